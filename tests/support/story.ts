import type { Waymark } from '../../src/index.js';

/** What happened in an execution, a line an event: its fact, the node and its occurrence from the second one on. */
export async function story(waymark: Waymark, executionId: string, after = -1): Promise<readonly string[]> {
  const entries = await waymark.log.query({ executionId }, { after, limit: 10_000 });
  return entries
    .map(({ event }) => ({ type: event.type, payload: event.payload as Record<string, string | number | undefined> }))
    .filter(({ type }) => type !== 'checkpoint.node_boundary_recorded' && type !== 'checkpoint.history_loaded')
    .map(({ type, payload }) => {
      const { nodeId, occurrence, attempt, kind, reason, condition } = payload;
      const node = nodeId === undefined ? '' : ` ${nodeId}`;
      const nth = occurrence === undefined || occurrence === 1 ? '' : `#${occurrence}`;
      const again = attempt === undefined || attempt === 1 ? '' : ` (attempt ${attempt})`;
      if (type === 'checkpoint.created') return `checkpoint ${kind}${node}${nth}`;
      const why = type === 'node.skipped' || type === 'node.cancelled' ? `: ${reason}` : '';
      const when = condition === undefined ? '' : ` [${condition}]`;
      return `${type.replace('node.', '')}${node}${nth}${again}${why}${when}`;
    });
}
