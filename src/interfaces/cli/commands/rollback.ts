import { Command, Option } from 'commander';
import type { RollbackResult } from '../../../application/execution/rollback-execution.js';
import { plural } from '../../text/quantities.js';
import { printable } from '../../text/printable.js';
import { EXIT } from '../errors.js';
import { withWaymark } from '../open-waymark.js';
import { actorOf, actorOption, checkId, given, helpText, stateOptions, workflowOption } from '../options.js';
import { renderNextSteps } from '../output/next-steps.js';
import { reportResult } from '../output/result-report.js';
import { registerWorkflow } from '../register-workflow.js';
import type { Action, Session, SharedOptions } from '../session.js';
import { readStateEdit, type StateEditOptions } from '../state-edit.js';

interface RollbackCommandOptions extends SharedOptions, StateEditOptions {
  readonly to: string;
  readonly reason: string;
  readonly actor?: string;
  readonly resume?: boolean;
  readonly workflow?: string;
}

/** `waymark rollback EXECUTION` */
export function rollbackCommand(action: Action): Command {
  const [patch, set] = stateOptions();
  return new Command('rollback')
    .description('Put an execution back to one of its checkpoints. What came after it is kept, on an abandoned branch.')
    .argument('<execution>', 'the id of the execution')
    .addOption(new Option('--to <checkpoint>', 'the checkpoint to go back to').makeOptionMandatory())
    .addOption(new Option('--reason <text>', 'why').makeOptionMandatory())
    .addOption(actorOption())
    .addOption(patch)
    .addOption(set)
    .addOption(new Option('--resume', 'let it go on from there at once'))
    .addOption(workflowOption())
    .addHelpText(
      'after',
      helpText(
        [
          'waymark checkpoints ID',
          'waymark rollback ID --to CHECKPOINT --reason "limit too strict" --set limit=0.3 --resume',
        ],
        ['Without --resume the execution is left paused at the checkpoint: look at it, then waymark resume ID.'],
      ),
    )
    .action(action<RollbackCommandOptions, [string]>(rollback));
}

async function rollback(session: Session, options: RollbackCommandOptions, executionId: string): Promise<number> {
  await checkId(executionId, 'execution id');
  await checkId(options.to, 'checkpoint id');
  const edit = await readStateEdit(options, session.io);
  const actor = actorOf(options.actor);
  return withWaymark(session, 'change', async (waymark) => {
    const execution = await waymark.executions.get(executionId);
    // Before anything is changed: a workflow that can't be loaded must not leave the execution rolled back and standing.
    if (options.resume === true) await registerWorkflow(waymark, execution, options.workflow);
    const statePatch = await edit.patchFor(() => waymark.checkpoints.state(options.to));
    const how = given({ statePatch, reason: options.reason, actor });
    const done = await waymark.executions.rollback(executionId, options.to, how);
    if (options.resume !== true) {
      if (session.json) session.printJson(done);
      else session.print(describe(session, done));
      return EXIT.done;
    }
    session.note(summary(done));
    const { driveExecution } = await import('../drive-execution.js');
    const result = await driveExecution(session, waymark, actor, () =>
      waymark.executions.resume(executionId, given({ actor })),
    );
    return reportResult(session, result);
  });
}

function summary({ toCheckpointId, rolledBackNodes }: RollbackResult): string {
  const undone = rolledBackNodes.map(({ nodeId }) => printable(nodeId)).join(', ');
  return `rolled back to checkpoint ${toCheckpointId}, over ${plural(rolledBackNodes.length, 'node')}${undone && `: ${undone}`}`;
}

function describe(session: Session, done: RollbackResult): string {
  const { bold } = session.palette;
  const next = done.nextNodeIds.map(printable).join(', ');
  return [
    bold(summary(done)),
    `  It is paused on branch ${printable(done.branchId)}, at checkpoint ${done.headCheckpointId}. ${next ? `Next: ${next}.` : 'Nothing is left to run.'}`,
    renderNextSteps(session, [
      { purpose: 'its state', command: ['show', done.headCheckpointId, '--state'] },
      { purpose: 'let it go on', command: ['resume', done.executionId] },
      { purpose: 'where it stands', command: ['checkpoints', done.executionId] },
    ]),
  ].join('\n');
}
