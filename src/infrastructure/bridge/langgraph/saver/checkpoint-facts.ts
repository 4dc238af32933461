import type { CheckpointKind } from '../../../../domain/checkpoint/checkpoint.js';
import type { Checkpoint, CheckpointMetadata } from '@langchain/langgraph-checkpoint';

/** Where a `StateGraph` notes that a node is to run. */
const TO_NODE = 'branch:to:';
/** Where it puts its input, and the node that takes it from there. */
const START = '__start__';
/** Where it puts what is sent to nodes (`Send`). */
const TASKS = '__pregel_tasks';

/** What led to a checkpoint, by what LangGraph says of it. */
export function kindOf({ source }: Partial<CheckpointMetadata>): CheckpointKind {
  if (source === 'input') return 'entry';
  return source === 'loop' ? 'auto' : 'manual';
}

/**
 * The nodes that run next, as far as a checkpoint alone tells: those that an edge or a `Send` leads to. Which ones wait
 * for several others, and what the channels of a hand-made `Pregel` mean, only the graph knows.
 */
export function nextNodesOf(checkpoint: Checkpoint): readonly string[] {
  const { channel_values: values, channel_versions: versions, versions_seen: seen } = checkpoint;
  const nodes: string[] = [];
  for (const channel of Object.keys(values)) {
    if (channel !== START && !channel.startsWith(TO_NODE)) continue;
    const node = channel === START ? START : channel.slice(TO_NODE.length);
    const seenVersion = own(own(seen, node), channel);
    const version = own(versions, channel);
    if (version !== undefined && (seenVersion === undefined || version > seenVersion)) nodes.push(node);
  }
  const sends: unknown = own(values, TASKS);
  for (const send of Array.isArray(sends) ? (sends as unknown[]) : []) {
    const { node } = (send ?? {}) as { node?: unknown };
    if (typeof node === 'string') nodes.push(node);
  }
  return nodes;
}

function own<Value>(object: Readonly<Record<string, Value>> | undefined, key: string): Value | undefined {
  return object !== undefined && Object.hasOwn(object, key) ? object[key] : undefined;
}
