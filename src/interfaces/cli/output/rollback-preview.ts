import type { RollbackPreview } from '../../../application/execution/preview-rollback.js';
import { printable } from '../../text/printable.js';
import { plural } from '../../text/quantities.js';
import type { Session } from '../session.js';
import { renderNextSteps } from './next-steps.js';

/** How many paths are listed before the rest is only counted. */
const MAX_PATHS = 20;

/** What a rollback would do, and how to do it. */
export function describeRollbackPreview(
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
