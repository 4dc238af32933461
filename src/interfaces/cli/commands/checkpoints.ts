import { Command, Option } from 'commander';
import type { Waymark } from '../../../composition/waymark.js';
import type { Checkpoint } from '../../../domain/checkpoint/checkpoint.js';
import type { CheckpointTree } from '../../../domain/checkpoint/checkpoint-tree.js';
import type { ExecutionSnapshot } from '../../../domain/execution/execution-snapshot.js';
import { WaymarkError } from '../../../domain/shared/errors.js';
import { MAX_EXECUTION_PAGE } from '../../../domain/shared/page-limits.js';
import { statusColor } from '../../text/palette.js';
import { printable } from '../../text/printable.js';
import { plural } from '../../text/quantities.js';
import { renderCheckpointTree, type TreeFork } from '../../text/render-checkpoint-tree.js';
import { withWaymark } from '../open-waymark.js';
import { checkId, given, helpText, wholeNumber } from '../options.js';
import { labelCommand } from './checkpoints-label.js';
import { renderNextSteps } from '../output/next-steps.js';
import type { Action, Session, SharedOptions } from '../session.js';

interface CheckpointsOptions extends SharedOptions {
  readonly branch?: string;
  readonly label?: string;
  readonly limit?: number;
}

/** `waymark checkpoints EXECUTION` */
export function checkpointsCommand(action: Action): Command {
  return new Command('checkpoints')
    .description('Draw the checkpoint tree of an execution: its branches, what was abandoned, and what was forked.')
    .argument('<execution>', 'the id of the execution')
    .addOption(new Option('--branch <name>', 'only the way to the head of this branch'))
    .addOption(new Option('--label <text>', 'only checkpoints with this label'))
    .addOption(
      new Option('--limit <n>', 'only the newest ones, this many').argParser(wholeNumber(1, Number.MAX_SAFE_INTEGER)),
    )
    .addHelpText(
      'after',
      helpText(
        [
          'waymark checkpoints ID',
          'waymark checkpoints ID --branch main --limit 20',
          'waymark checkpoints ID --label approved --json',
          'waymark checkpoints label CHECKPOINT approved',
        ],
        [
          '● on the way it took   × abandoned by a rollback   ⑂ forked into another execution   ← head: where it stands',
          'No state is read, however large it is.',
        ],
      ),
    )
    .addCommand(labelCommand(action))
    .action(action<CheckpointsOptions, [string]>(draw));
}

async function draw(session: Session, options: CheckpointsOptions, executionId: string): Promise<void> {
  await checkId(executionId, 'execution id');
  await withWaymark(session, 'read', async (waymark) => {
    const execution = await waymark.executions.get(executionId);
    const tree = await waymark.checkpoints.tree(executionId);
    const forks = await forksOf(waymark, executionId);
    const shown = new Set(chosen(tree, options));
    const { headCheckpointId } = execution;
    if (session.json) {
      const checkpoints = tree.checkpoints
        .filter((checkpoint) => shown.has(checkpoint))
        .map((checkpoint) => ({ ...checkpoint, abandoned: tree.isAbandoned(checkpoint.id) }));
      session.printJson({ executionId, headCheckpointId, checkpoints, branches: tree.branches, forks });
      return;
    }
    const { palette, width } = session;
    session.print(title(session, execution, tree.checkpoints.length));
    const isWhole = shown.size === tree.checkpoints.length;
    const only = isWhole ? undefined : (checkpoint: Checkpoint): boolean => shown.has(checkpoint);
    session.print(
      renderCheckpointTree(tree, given({ headCheckpointId, forks, width, only, color: palette.isColorSupported })),
    );
    noteRest(session, tree.checkpoints.length - shown.size, executionId);
    session.print(
      renderNextSteps(session, [
        { purpose: 'look at a state', name: 'show', operands: ['CHECKPOINT'], options: ['--state'] },
        { purpose: 'what changed', name: 'diff', operands: ['CHECKPOINT', 'CHECKPOINT'] },
        {
          purpose: 'go back',
          name: 'rollback',
          operands: [executionId],
          options: ['--to', 'CHECKPOINT', '--reason', '"why"'],
        },
        { purpose: 'branch off', name: 'fork', operands: ['CHECKPOINT'], options: ['--reason', '"why"'] },
      ]),
    );
  });
}

/** The checkpoints that were asked for, in the order of their creation. */
function chosen(tree: CheckpointTree, { branch, label, limit }: CheckpointsOptions): readonly Checkpoint[] {
  const ofBranch = branch === undefined ? tree.checkpoints : tree.path(tree.head(branch).id);
  const labelled = label === undefined ? ofBranch : ofBranch.filter((checkpoint) => checkpoint.label === label);
  if (label !== undefined && labelled.length === 0) throw unknownLabel(label, ofBranch);
  return limit === undefined ? labelled : labelled.slice(-limit);
}

function unknownLabel(label: string, among: readonly Checkpoint[]): WaymarkError {
  const labels = among.flatMap((checkpoint) => checkpoint.label ?? []);
  return new WaymarkError('WAYMARK_CHECKPOINT_NOT_FOUND', `No checkpoint there is labelled ${JSON.stringify(label)}.`, {
    hint: labels.length === 0 ? 'None of them has a label.' : `There is ${labels.join(', ')}.`,
    details: { label },
  });
}

function noteRest(session: Session, hidden: number, executionId: string): void {
  if (hidden === 0) return;
  session.note(
    `${plural(hidden, 'checkpoint')} not shown. All of them: ${session.command('checkpoints', [executionId])}`,
  );
}

/** What was forked from an execution's checkpoints, oldest first. */
export async function forksOf(waymark: Waymark, executionId: string): Promise<readonly TreeFork[]> {
  const children = await waymark.executions.list({ parentExecutionId: executionId, limit: MAX_EXECUTION_PAGE });
  return children
    .flatMap(({ id, sourceCheckpointId, status, label }) =>
      sourceCheckpointId === null ? [] : [{ executionId: id, sourceCheckpointId, status, label }],
    )
    .reverse();
}

function title({ palette }: Session, execution: ExecutionSnapshot, count: number): string {
  const { id, workflowName, status, parentExecutionId, sourceCheckpointId } = execution;
  const lines = [
    `${palette.bold(printable(workflowName))} ${printable(id)} ${statusColor(palette, status)(status)}, ${plural(count, 'checkpoint')}`,
  ];
  if (parentExecutionId !== null) {
    lines.push(
      palette.dim(printable(`forked from checkpoint ${sourceCheckpointId} of execution ${parentExecutionId}`)),
    );
  }
  return lines.join('\n');
}
