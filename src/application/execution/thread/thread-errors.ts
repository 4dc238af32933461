import { WaymarkError } from '../../../domain/shared/errors.js';

/** `WAYMARK_THREAD_VERB`: a verb that only the graph of a thread can do. */
export function threadVerb(threadId: string, verb: string, instead: string): WaymarkError {
  return new WaymarkError(
    'WAYMARK_THREAD_VERB',
    `${threadId} is a thread of a graph, which Waymark does not run: it can't ${verb} it.`,
    { hint: instead, details: { threadId, verb } },
  );
}

/** `WAYMARK_SUBGRAPH_CHECKPOINT`: a thread goes back to checkpoints of its graph itself only. */
export function subgraphCheckpoint(checkpointId: string, namespace: string, outer: string | undefined): WaymarkError {
  return new WaymarkError(
    'WAYMARK_SUBGRAPH_CHECKPOINT',
    `Checkpoint ${checkpointId} is one of the sub-graph ${namespace}, and a thread stands at one of its graph.`,
    {
      hint:
        outer === undefined
          ? 'Use a checkpoint of the graph itself, on the branch main or one that left it.'
          : `Use ${outer}, the checkpoint of the graph that this sub-graph was run from.`,
      details: { checkpointId, namespace, ...(outer === undefined ? {} : { use: outer }) },
    },
  );
}

/** `WAYMARK_CHECKPOINT_REPLACED`: the engine stored another checkpoint under the same name. */
export function checkpointReplaced(checkpointId: string): WaymarkError {
  return new WaymarkError(
    'WAYMARK_CHECKPOINT_REPLACED',
    `Checkpoint ${checkpointId} was replaced by another one that its graph gave the same name.`,
    {
      hint: 'It can be looked at, and no more gone back to. Use the one that follows it.',
      details: { checkpointId },
    },
  );
}

/** `WAYMARK_OCCURRENCE_NOT_FOUND`: an execution has no checkpoint before a node's occurrence. */
export function occurrenceNotFound(
  executionId: string,
  nodeId: string,
  occurrence: number | undefined,
  known: readonly string[],
): WaymarkError {
  const which = occurrence === undefined ? '' : ` (occurrence ${occurrence})`;
  return new WaymarkError(
    'WAYMARK_OCCURRENCE_NOT_FOUND',
    `There is no checkpoint of ${executionId} before ${nodeId}${which}: it was not reached there, or that was pruned.`,
    {
      hint:
        known.length === 0
          ? 'Look at what ran with waymark show EXECUTION.'
          : `Known are ${known.slice(0, 20).join(', ')}${known.length > 20 ? ', …' : ''}.`,
      details: { executionId, nodeId, ...(occurrence === undefined ? {} : { occurrence }) },
    },
  );
}
