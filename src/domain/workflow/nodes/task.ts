import type { JsonObject } from '../../shared/json.js';
import type { TaskNode, TaskWork } from './workflow-node.js';

/** A task as it is declared. */
export type TaskOptions<State extends object = JsonObject> = Omit<TaskNode<State>, 'kind'>;

/**
 * Declares a node that does some work.
 *
 * @example
 * task<{ url: string; page?: string }>(async ({ state, signal }) => ({ page: await download(state.url, signal) }));
 * task({ name: 'Quality gate', run: ({ state }) => check(state), retry: { attempts: 3, delayMs: 1_000, factor: 2 } });
 */
export function task<State extends object = JsonObject>(work: TaskWork<State> | TaskOptions<State>): TaskNode<State> {
  if (typeof work === 'function') return Object.freeze({ kind: 'task', run: work });
  return Object.freeze({ ...work, kind: 'task' });
}
