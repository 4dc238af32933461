import type { AuditEntry, Waymark } from '../../src/index.js';
import { lastPosition } from './open-waymark.js';

/** What an action added to the log, and what it returned. */
export async function happened<Result>(
  waymark: Waymark,
  action: () => Promise<Result>,
): Promise<{ readonly result: Result; readonly entries: readonly AuditEntry[]; readonly types: readonly string[] }> {
  const after = await lastPosition(waymark);
  const result = await action();
  const entries = await waymark.log.query({}, { after, limit: 10_000 });
  return { result, entries, types: entries.map((entry) => entry.event.type) };
}

/** The payload of the only event of a type among entries. */
export function payloadOf(entries: readonly AuditEntry[], type: string): unknown {
  const found = entries.filter((entry) => entry.event.type === type);
  if (found.length === 1) return found[0]?.event.payload;
  throw new Error(`There are ${found.length} events of type ${type}.`);
}

/** The states of all checkpoints of an execution, by kind and node. */
export async function statesOf(
  waymark: Waymark,
  executionId: string,
): Promise<readonly (readonly [string, unknown])[]> {
  const checkpoints = await waymark.checkpoints.list(executionId);
  return Promise.all(
    checkpoints.map(async ({ id, kind, nodeId }) => {
      const name = nodeId === null ? kind : `${kind} ${nodeId}`;
      return [name, await waymark.checkpoints.state(id)] as const;
    }),
  );
}

/** The id of the checkpoint of a kind and a node. */
export async function checkpointId(
  waymark: Waymark,
  executionId: string,
  kind: string,
  nodeId?: string,
): Promise<string> {
  const checkpoints = await waymark.checkpoints.list(executionId);
  const found = checkpoints.find((checkpoint) => checkpoint.kind === kind && checkpoint.nodeId === (nodeId ?? null));
  if (found !== undefined) return found.id;
  throw new Error(`There is no checkpoint ${kind} of ${nodeId ?? 'no node'}.`);
}
