import { NodeCompleted } from 'waymark';

/** Events as an engine makes them: one execution after another, a hundred nodes each. */
export function nodeEvents(count: number, from = 0): readonly NodeCompleted[] {
  return Array.from({ length: count }, (_, offset) => {
    const index = from + offset;
    return new NodeCompleted(
      {
        executionId: `execution-${Math.floor(index / 100)}`,
        nodeId: `node-${index % 100}`,
        occurrence: 1,
        attempt: 1,
        durationMs: index % 977,
        exitCheckpointId: `checkpoint-${index}`,
      },
      { correlationId: `execution-${Math.floor(index / 100)}`, actor: 'service:bench' },
    );
  });
}
