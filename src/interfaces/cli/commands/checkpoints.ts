import { Command } from 'commander';
import type { Waymark } from '../../../composition/waymark.js';
import type { ExecutionSnapshot } from '../../../domain/execution/execution.js';
import { MAX_EXECUTION_PAGE } from '../../../domain/shared/page-limits.js';
import { statusColor } from '../../text/palette.js';
import { printable } from '../../text/printable.js';
import { plural } from '../../text/quantities.js';
import { renderCheckpointTree, type TreeFork } from '../../text/render-checkpoint-tree.js';
import { withWaymark } from '../open-waymark.js';
import { checkId, given, helpText } from '../options.js';
import { renderNextSteps } from '../output/next-steps.js';
import type { Action, Session, SharedOptions } from '../session.js';

/** `waymark checkpoints EXECUTION` */
export function checkpointsCommand(action: Action): Command {
  return new Command('checkpoints')
    .description('Draw the checkpoint tree of an execution: its branches, what was abandoned, and what was forked.')
    .argument('<execution>', 'the id of the execution')
    .addHelpText(
      'after',
      helpText(
        ['waymark checkpoints ID', 'waymark checkpoints ID --json'],
        [
          '● on the way it took   × abandoned by a rollback   ⑂ forked into another execution   ← head: where it stands',
        ],
      ),
    )
    .action(action<SharedOptions, [string]>(draw));
}

async function draw(session: Session, _options: SharedOptions, executionId: string): Promise<void> {
  await checkId(executionId, 'execution id');
  await withWaymark(session, 'read', async (waymark) => {
    const execution = await waymark.executions.get(executionId);
    const tree = await waymark.checkpoints.tree(executionId);
    const forks = await forksOf(waymark, executionId);
    const { headCheckpointId } = execution;
    if (session.json) {
      const checkpoints = tree.checkpoints.map((checkpoint) => ({
        ...checkpoint,
        abandoned: tree.isAbandoned(checkpoint.id),
      }));
      session.printJson({ executionId, headCheckpointId, checkpoints, branches: tree.branches, forks });
      return;
    }
    const { palette, width } = session;
    session.print(title(session, execution, tree.checkpoints.length));
    session.print(
      renderCheckpointTree(tree, given({ headCheckpointId, forks, width, color: palette.isColorSupported })),
    );
    session.print(
      renderNextSteps(session, [
        { purpose: 'look at a state', name: 'show', operands: ['CHECKPOINT'], options: ['--state'] },
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
