import type { AuditEntry, Waymark } from '../../src/index.js';

interface Told {
  readonly nodeId?: string;
  readonly occurrence?: number;
  readonly attempt?: number;
  readonly step?: number;
  readonly nodeIds?: readonly string[];
  readonly reason?: string;
  readonly model?: string;
  readonly toolName?: string;
  readonly name?: string;
}

/** What the log tells, one line an event: `node.started b#2.3` is the third attempt of the second occurrence of b. */
export async function told(waymark: Waymark, executionId?: string): Promise<readonly string[]> {
  return (await entriesOf(waymark, executionId)).map(line);
}

/** The entries of the log, when everything that was published is in it. */
export async function entriesOf(waymark: Waymark, executionId?: string): Promise<readonly AuditEntry[]> {
  await waymark.flush();
  return waymark.log.query(executionId === undefined ? {} : { executionId }, { limit: 10_000 });
}

/** The payloads of the events of a type, in order. */
export async function payloadsOf(waymark: Waymark, type: string): Promise<readonly Record<string, unknown>[]> {
  const entries = await entriesOf(waymark);
  return entries
    .filter(({ event }) => event.type === type)
    .map(({ event }) => event.payload as Record<string, unknown>);
}

function line({ event: { type, payload } }: AuditEntry): string {
  const { nodeId, occurrence, attempt, step, nodeIds = [], reason, model, toolName, name } = payload as Told;
  const family = type.slice(0, type.indexOf('.'));
  if (family === 'node') return `${type} ${nodeId}${times('#', occurrence)}${times('.', attempt)}`;
  if (type === 'checkpoint.node_boundary_recorded') return `exit of ${nodeId}${times('#', occurrence)}`;
  const within = nodeId === undefined ? '' : ` in ${nodeId}`;
  if (family === 'graph' && step !== undefined) return `${type} ${step}: ${nodeIds.join(', ')}${within}`;
  if (family === 'graph') return `${type} ${name ?? nodeIds.join(', ')}${within}`;
  if (family === 'llm' || family === 'tool' || family === 'retriever') {
    const called = model ?? toolName;
    return `${type}${called === undefined ? '' : ` ${called}`}${within}`;
  }
  return type === 'execution.paused' ? `${type} (${reason})` : type;
}

const times = (mark: string, count = 1): string => (count === 1 ? '' : `${mark}${count}`);
