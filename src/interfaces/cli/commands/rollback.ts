import { Command, Option } from 'commander';
import type { Waymark } from '../../../composition/waymark.js';
import type { FileCleanupCompleted } from '../../../domain/events/families/file.events.js';
import type { RollbackPreview } from '../../../application/execution/preview-rollback.js';
import type { RollbackResult } from '../../../application/execution/rollback-result.js';
import { plural } from '../../text/quantities.js';
import { printable } from '../../text/printable.js';
import type { OnCompensationFailure } from '../../../domain/execution/undoing.js';
import type { WaymarkError } from '../../../domain/shared/errors.js';
import { EXIT, usageError } from '../errors.js';
import { changeExecution, type ChangeOptions, withChangeOptions } from '../change-execution.js';
import { checkId, given, helpText } from '../options.js';
import { renderNextSteps } from '../output/next-steps.js';
import type { Action, Session } from '../session.js';

type FileCleanup = ConstructorParameters<typeof FileCleanupCompleted>[0];

interface RollbackCommandOptions extends ChangeOptions {
  readonly to: string;
  readonly reason: string;
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
      .addOption(new Option('--reason <text>', 'why').makeOptionMandatory())
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
            'waymark rollback ID --to CHECKPOINT --reason "a look" --dry-run',
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
  return changeExecution(session, options, async ({ waymark, actor, register, patchFor, drive }) => {
    // Before anything is changed: a workflow that can't be loaded must not leave the execution rolled back and
    // standing.
    const execution = await waymark.executions.get(executionId);
    if (options.dryRun === true) {
      const preview = await waymark.executions.previewRollback(executionId, options.to);
      if (session.json) session.printJson(preview);
      else session.print(describePreview(session, preview, options.compensate));
      return EXIT.done;
    }
    const isThread = execution.threadId !== undefined;
    if (options.resume === true && isThread) throw onlyItsGraph(executionId);
    const { compensate, onCompensationFailure, takeOver, idempotencyKey } = options;
    const mayCompensate = compensate && execution.compensable.length > 0;
    if (options.resume === true || mayCompensate) await register(execution);
    const statePatch = await patchFor(() => waymark.checkpoints.state(options.to));
    const { reason } = options;
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

/** How many paths are listed before the rest is only counted. */
const MAX_PATHS = 20;

function describePreview(
  session: Session,
  { executionId, toCheckpointId, rolledBackNodes, compensates, nextNodeIds, files }: RollbackPreview,
  compensate: boolean,
): string {
  const { bold, dim } = session.palette;
  const names = (nodes: RollbackPreview['compensates']): string =>
    nodes
      .map(({ nodeId, occurrence }) => printable(occurrence === 1 ? nodeId : `${nodeId} (${occurrence})`))
      .join(', ');
  const paths = (mark: string, all: readonly string[]): readonly string[] => [
    ...all.slice(0, MAX_PATHS).map((path) => `    ${mark} ${printable(path)}`),
    ...(all.length > MAX_PATHS ? [dim(`    … and ${all.length - MAX_PATHS} more`)] : []),
  ];
  return [
    bold(
      `A rollback to checkpoint ${printable(toCheckpointId)} would go back over ${plural(rolledBackNodes.length, 'node')}. Nothing was changed.`,
    ),
    ...(rolledBackNodes.length === 0 ? [] : [`  Over: ${names(rolledBackNodes)}`]),
    ...(compensates.length === 0 || !compensate ? [] : [`  It would compensate, in this order: ${names(compensates)}`]),
    `  Next: ${nextNodeIds.map(printable).join(', ') || 'nothing'}`,
    ...(files === undefined
      ? []
      : [
          `  Files: ${files.restored.length} would be written, ${files.removed.length} taken away (after a copy of each was kept)`,
          ...paths('~', files.restored),
          ...paths('-', files.removed),
        ]),
    renderNextSteps(session, [
      {
        purpose: 'do it',
        name: 'rollback',
        operands: [executionId],
        options: ['--to', toCheckpointId, '--reason', '"why"'],
      },
    ]),
  ].join('\n');
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
