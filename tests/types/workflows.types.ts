import { z } from 'zod';
import {
  defineWorkflow,
  type ExecutionResult,
  type JsonValue,
  type NodeContext,
  task,
  type Waymark,
} from '../../src/index.js';
import { assertType, type Equal } from './equal.js';

// Compiled by `npm run typecheck`, never run.

const node = task(() => undefined);

/** Edges and entries name nodes that there are. */
export function graphs(): void {
  const base = { id: 'w', version: '1' };
  defineWorkflow({ ...base, nodes: { a: node, b: node }, edges: { a: 'b' }, entry: 'a' });
  defineWorkflow({ ...base, nodes: { a: node, b: node, c: node }, edges: { a: ['b', 'c'] } });
  // @ts-expect-error -- an edge to a node that there is not
  defineWorkflow({ ...base, nodes: { a: node, b: node }, edges: { a: 'x' } });
  // @ts-expect-error -- an edge from a node that there is not
  defineWorkflow({ ...base, nodes: { a: node, b: node }, edges: { x: 'a' } });
  // @ts-expect-error -- one of several is not there
  defineWorkflow({ ...base, nodes: { a: node, b: node }, edges: { a: ['b', 'x'] } });
  // @ts-expect-error -- an entry that there is not
  defineWorkflow({ ...base, nodes: { a: node, b: node }, edges: {}, entry: 'x' });
  // @ts-expect-error -- a function is no node
  defineWorkflow({ ...base, nodes: { a: () => undefined }, edges: {} });
  // @ts-expect-error -- no version
  defineWorkflow({ id: 'w', nodes: { a: node }, edges: {} });
  // A schema of Zod will do as it is.
  defineWorkflow({ ...base, input: z.object({ name: z.string() }), nodes: { a: node }, edges: {} });
}

/** Work sees its state, and may change it only by what it returns. */
export function work(): void {
  interface State {
    readonly name: string;
    readonly greeting?: string;
  }
  task<State>(({ state }) => {
    assertType<Equal<typeof state.name, string>>();
    return { greeting: `Hello, ${state.name}` };
  });
  task<State>(async ({ signal, idempotencyKey }) => {
    assertType<Equal<typeof signal, AbortSignal>>();
    assertType<Equal<typeof idempotencyKey, string>>();
    await Promise.resolve();
  });
  // @ts-expect-error -- a key of another type
  task<State>(() => ({ greeting: 5 }));
  // @ts-expect-error -- the state has no such key
  task<State>(({ state }) => ({ greeting: state.nmae }));
  task(({ state }: NodeContext<{ count: number }>) => {
    // @ts-expect-error -- the state is not to be changed
    state.count = 2;
  });
}

/** A compensation is a function, or one with a policy; it sees the state of its node. */
export function compensations(): void {
  interface State {
    readonly flight?: string;
  }
  const run = (): State => ({ flight: 'AB1' });
  task<State>({ run, compensate: ({ state }) => assertType<Equal<typeof state.flight, string | undefined>>() });
  task<State>({
    run,
    compensate: {
      run: ({ state, attempt }) => {
        assertType<Equal<typeof state.flight, string | undefined>>();
        assertType<Equal<typeof attempt, number>>();
      },
      retry: { attempts: 3, delayMs: 1_000 },
      timeoutMs: 30_000,
    },
  });
  // @ts-expect-error -- nothing to run
  task<State>({ run, compensate: { retry: { attempts: 3 } } });
  // @ts-expect-error -- a compensation has no heartbeat
  task<State>({ run, compensate: { run: () => undefined, heartbeatMs: 5 } });
}

/** A result tells its status apart. */
export function results(result: ExecutionResult): JsonValue {
  switch (result.status) {
    case 'completed':
      return result.output;
    case 'failed':
      return result.error.message;
    case 'paused':
      return result.nextNodeIds;
    case 'cancelled':
      // @ts-expect-error -- a cancelled run has no output
      void result.output;
      return result.reason;
  }
}

/** Verbs take what they say, and snapshots are not to be changed. */
export async function verbs({ executions }: Waymark): Promise<void> {
  const snapshot = await executions.get('e');
  assertType<Equal<typeof snapshot.status, 'pending' | 'running' | 'paused' | 'completed' | 'failed' | 'cancelled'>>();
  // @ts-expect-error -- read only
  snapshot.status = 'completed';
  // @ts-expect-error -- read only, all the way
  snapshot.waiting.push('a');
  // @ts-expect-error -- no such option
  await executions.rollback('e', 'c', { patch: {} });
  // @ts-expect-error -- a patch is an object
  await executions.resume('e', { statePatch: 'x' });
}
