import type { ExecutionResult } from '../../../application/execution/execution-result.js';
import { statusColor } from '../../text/palette.js';
import { printable, printableJson } from '../../text/printable.js';
import { EXIT } from '../errors.js';
import type { Session } from '../session.js';
import { type NextStep, renderNextSteps } from './next-steps.js';

/**
 * Prints how an execution ended, or where it stands, and what to do next. Returns the exit code.
 *
 * @param isThread whether another engine runs it
 */
export function reportResult(session: Session, result: ExecutionResult, isThread = false): number {
  if (session.json) {
    session.printJson(result);
    return exitCodeOf(result);
  }
  const { palette } = session;
  const status = palette.bold(statusColor(palette, result.status)(result.status));
  session.print(`${status} execution ${printable(result.executionId)}`);
  for (const line of detailsOf(result)) session.print(`  ${line}`);
  session.print(renderNextSteps(session, stepsAfter(result, isThread)));
  return exitCodeOf(result);
}

function exitCodeOf({ status }: ExecutionResult): number {
  return status === 'completed' || status === 'paused' ? EXIT.done : EXIT.failed;
}

function detailsOf(result: ExecutionResult): readonly string[] {
  switch (result.status) {
    case 'completed':
      return [`output ${printableJson(result.output)}`];
    case 'failed':
      return [
        `${result.nodeId === null ? 'the output' : printable(result.nodeId)} failed: ${printable(result.error.message)}`,
      ];
    case 'paused':
      return [`${printable(result.reason)}, before ${result.nextNodeIds.map(printable).join(', ') || 'nothing'}`];
    case 'cancelled':
      return [printable(result.reason)];
  }
}

function stepsAfter(result: ExecutionResult, isThread: boolean): readonly NextStep[] {
  const id = result.executionId;
  const show: NextStep = { purpose: 'all about it', name: 'show', operands: [id] };
  const log: NextStep = { purpose: 'what happened', name: 'log', options: ['--execution', id] };
  const checkpoints: NextStep = { purpose: 'where to go back to', name: 'checkpoints', operands: [id] };
  switch (result.status) {
    case 'completed':
      return [show, log, checkpoints];
    case 'failed':
      return [
        show,
        checkpoints,
        {
          purpose: 'try again from there',
          name: 'rollback',
          operands: [id],
          options: ['--to', result.checkpointId, '--reason', '"why"', '--resume'],
        },
      ];
    case 'paused':
      return [
        { purpose: 'its state', name: 'show', operands: [result.checkpointId], options: ['--state'] },
        ...(isThread ? [] : [{ purpose: 'let it go on', name: 'resume', operands: [id] }]),
        checkpoints,
      ];
    case 'cancelled':
      return [show, checkpoints];
  }
}
