import { Command, Option } from 'commander';
import type { Waymark } from '../../../composition/waymark.js';
import type { FileCleanupCompleted } from '../../../domain/events/families/file.events.js';
import type { RollbackResult } from '../../../application/execution/rollback-result.js';
import { plural } from '../../text/quantities.js';
import { printable } from '../../text/printable.js';
import type { OnCompensationFailure } from '../../../domain/execution/undoing.js';
import type { WaymarkError } from '../../../domain/shared/errors.js';
import { EXIT, usageError } from '../errors.js';
import { changeExecution, type ChangeOptions, withChangeOptions } from '../change-execution.js';
import { checkId, given, helpText } from '../options.js';
import { withWaymark } from '../open-waymark.js';
import { renderNextSteps } from '../output/next-steps.js';
import { describeRollbackPreview } from '../output/rollback-preview.js';
import type { Action, Session } from '../session.js';

/** What follows from leaving the reason out. */
const REASON_HINT = 'Say why: it is recorded. See waymark rollback --help; --dry-run only looks, and takes none.';

type FileCleanup = ConstructorParameters<typeof FileCleanupCompleted>[0];

interface RollbackCommandOptions extends ChangeOptions {
  readonly to: string;
  readonly reason?: string;
  readonly resume?: boolean;
  readonly dryRun?: boolean;
  readonly takeOver?: boolean;
  readonly compensate: boolean;
  readonly onCompensationFailure?: OnCompensationFailure;
}

/** `waymark rollback EXECUTION` */
export function rollbackCommand(action: Action): Command {
  return withChangeOptions(
    new Command('rollback')
      .description(
        'Put an execution back to one of its checkpoints. What came after it is kept, on an abandoned branch.',
      )
      .argument('<execution>', 'the id of the execution')
      .addOption(new Option('--to <checkpoint>', 'the checkpoint to go back to').makeOptionMandatory())
      .addOption(new Option('--reason <text>', 'why: always but with --dry-run'))
      .addOption(new Option('--resume', 'let it go on from there at once').conflicts('dryRun'))
      .addOption(
        new Option('--dry-run', 'only tell what would be done: to its nodes, and to the files of its workspace'),
      )
      .addOption(
        new Option('--take-over', 'of a thread that another process was running: only when you know that it is gone'),
      )
      .addOption(new Option('--no-compensate', 'leave alone what its nodes did outside'))
      .addOption(
        new Option(
          '--on-compensation-failure <what>',
          'stop: leave it where it was (when left out); continue: go back all the same',
        ).choices(['stop', 'continue']),
      )
      .addHelpText(
        'after',
        helpText(
          [
            'waymark checkpoints ID',
            'waymark rollback ID --to CHECKPOINT --reason "limit too strict" --set limit=0.3 --resume',
            'waymark rollback ID --to CHECKPOINT --dry-run',
          ],
          ['Without --resume the execution is left paused at the checkpoint: look at it, then waymark resume ID.'],
        ),
      )
      .action(action<RollbackCommandOptions, [string]>(rollback)),
  );
}

async function rollback(session: Session, options: RollbackCommandOptions, executionId: string): Promise<number> {
  await checkId(executionId, 'execution id');
  await checkId(options.to, 'checkpoint id');
  if (options.dryRun === true) return preview(session, options, executionId);
  const { reason } = options;
  // Who only looks has no reason to give.
  if (reason === undefined) throw usageError("required option '--reason <text>' not specified", REASON_HINT);
  return changeExecution(session, options, async ({ waymark, actor, register, patchFor, drive }) => {
    // Before anything is changed: a workflow that can't be loaded must not leave the execution rolled back and
    // standing.
    const execution = await waymark.executions.get(executionId);
    const isThread = execution.threadId !== undefined;
    if (options.resume === true && isThread) throw onlyItsGraph(executionId);
    const { compensate, onCompensationFailure, takeOver, idempotencyKey } = options;
    const mayCompensate = compensate && execution.compensable.length > 0;
    if (options.resume === true || mayCompensate) await register(execution);
    const statePatch = await patchFor(() => waymark.checkpoints.state(options.to));
    const undo = { onCompensationFailure, compensate: compensate ? undefined : false };
    const how = given({ statePatch, reason, actor, takeOver, idempotencyKey, ...undo });
    const done = await waymark.executions.rollback(executionId, options.to, how);
    const backupPath = await backupOf(waymark, done);
    if (options.resume === true) {
      session.note(summary(done));
      if (backupPath !== undefined) session.note(backedUp(backupPath));
      return drive(() => waymark.executions.resume(executionId, given({ actor })));
    }
    if (session.json) session.printJson({ ...done, ...given({ backupPath }) });
    else session.print(describe(session, done, isThread, backupPath));
    return EXIT.done;
  });
}

/** Only looks: the store is opened to be read, so that not even what a crash left is seen to. */
async function preview(
  session: Session,
  { to, compensate }: RollbackCommandOptions,
  executionId: string,
): Promise<number> {
  await withWaymark(session, 'read', async (waymark) => {
    const would = await waymark.executions.previewRollback(executionId, to);
    if (session.json) session.printJson(would);
    else session.print(describeRollbackPreview(session, would, compensate));
  });
  return EXIT.done;
}

function summary({ toCheckpointId, rolledBackNodes, compensated, notCompensated }: RollbackResult): string {
  const undone = rolledBackNodes.map(({ nodeId }) => printable(nodeId)).join(', ');
  const made = compensated + notCompensated === 0 ? '' : `; ${compensated} compensated, ${notCompensated} not`;
  return `rolled back to checkpoint ${printable(toCheckpointId)}, over ${plural(rolledBackNodes.length, 'node')}${undone && `: ${undone}`}${made}`;
}

/** Where the files are that a rollback has overwritten or taken away: its restore is the last of its execution. */
async function backupOf(
  { log }: Waymark,
  { executionId, toCheckpointId }: RollbackResult,
): Promise<string | undefined> {
  const types = ['file.cleanup_completed'];
  const [entry] = await log.query({ executionId, types }, { limit: 1, order: 'desc' });
  const told = entry?.event.payload as FileCleanup | undefined;
  return told?.dryRun === false && told.checkpointId === toCheckpointId ? told.backupPath : undefined;
}

function backedUp(path: string): string {
  return `Copies of the files that it overwrote or took away are in ${printable(path)}`;
}

function onlyItsGraph(threadId: string): WaymarkError {
  return usageError(
    `${threadId} is a thread: its graph lets it go on, and --resume can't.`,
    'Leave --resume out, and then call graph.invoke(null, { configurable: { thread_id } }).',
  );
}

function describe(session: Session, done: RollbackResult, isThread: boolean, backupPath: string | undefined): string {
  const { bold } = session.palette;
  const next = done.nextNodeIds.map(printable).join(', ');
  return [
    bold(summary(done)),
    `  It is paused on branch ${printable(done.branchId)}, at checkpoint ${printable(done.headCheckpointId)}. ${next ? `Next: ${next}.` : 'Nothing is left to run.'}`,
    ...(backupPath === undefined ? [] : [`  ${backedUp(backupPath)}`]),
    renderNextSteps(session, [
      { purpose: 'its state', name: 'show', operands: [done.headCheckpointId], options: ['--state'] },
      ...(isThread ? [] : [{ purpose: 'let it go on', name: 'resume', operands: [done.executionId] }]),
      { purpose: 'where it stands', name: 'checkpoints', operands: [done.executionId] },
    ]),
  ].join('\n');
}
