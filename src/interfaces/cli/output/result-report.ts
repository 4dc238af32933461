import type { ExecutionResult } from '../../../application/execution/execution-result.js';
import type { PauseReason } from '../../../domain/execution/execution-snapshot.js';
import { statusColor } from '../../text/palette.js';
import { printable, printableJson } from '../../text/printable.js';
import { EXIT } from '../errors.js';
import type { Session } from '../session.js';
import { type NextStep, renderNextSteps } from './next-steps.js';

/**
 * Prints how an execution ended, or where it stands, and what to do next. Returns the exit code.
 *
 * @param isThread whether another engine, or a runner of the host's, runs it
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
      return [standstill(result)];
    case 'cancelled':
      return [printable(result.reason)];
  }
}

/** Where an execution stands still, and until when. */
function standstill({ reason, nextNodeIds, dueAt }: Extract<ExecutionResult, { status: 'paused' }>): string {
  const isWait = reason === 'approval' || reason === 'signal' || reason === 'timer';
  const next = nextNodeIds.map(printable).join(', ');
  return [
    isWait ? `waits for ${reason === 'approval' ? 'an' : 'a'} ${reason}` : printable(reason),
    ...(next === '' && isWait ? [] : [`before ${next || 'nothing'}`]),
    ...(dueAt === undefined ? [] : [`until ${printable(dueAt)}`]),
  ].join(', ');
}

/** How it goes on: one node, where somebody wants to look, or all of them. */
function stepsOn(reason: PauseReason, id: string): readonly NextStep[] {
  const step: NextStep = { purpose: 'one node more', name: 'step', operands: [id] };
  const resume: NextStep = { purpose: 'let it go on', name: 'resume', operands: [id] };
  if (reason === 'approval') return [{ purpose: 'approve it', name: 'approve', operands: [id] }];
  if (reason === 'signal') return [{ purpose: 'send the signal', name: 'signal', operands: [id, 'NAME'] }];
  return reason === 'breakpoint' ? [step, resume] : [resume];
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
        // What it did is undone: going on from there would be as if it were not.
        result.undone === undefined
          ? {
              purpose: 'try again from there',
              name: 'rollback',
              operands: [id],
              options: ['--to', result.checkpointId, '--reason', '"why"', '--resume'],
            }
          : { purpose: 'run it again from its entry', name: 'restart', operands: [id], options: ['--reason', '"why"'] },
      ];
    case 'paused':
      return [
        { purpose: 'its state', name: 'show', operands: [result.checkpointId], options: ['--state'] },
        ...(isThread ? [] : stepsOn(result.reason, id)),
        checkpoints,
      ];
    case 'cancelled':
      return [show, checkpoints];
  }
}
