import {
  approval,
  type CompensationContext,
  decision,
  defineWorkflow,
  loop,
  map,
  type NodeContext,
  parallel,
  signal,
  subworkflow,
  task,
  timer,
  type Workflow,
} from '../../src/index.js';
import { chain, diamond } from './workflows.js';

/** What nodes tell the world of. */
export interface CrashWork {
  /** Work was begun. */
  readonly note: (context: NodeContext) => void;
  /** Work is undone. */
  readonly undo: (context: CompensationContext) => Promise<void>;
}

/** Which of {@link crashWorkflows} is which. */
export const CRASH_WORKFLOWS = {
  chain: 0,
  diamond: 1,
  nested: 2,
  waiting: 3,
  saga: 4,
  parent: 5,
  waitsForChild: 6,
} as const;

/**
 * Workflows whose nodes tell that they were begun, take a turn of the event loop, and one of which fails when asked to.
 * The first try of each compensation of a node `shaky` fails.
 */
export function crashWorkflows({ note, undo }: CrashWork): readonly Workflow[] {
  const run = async (context: NodeContext): Promise<object> => {
    note(context);
    await turn();
    if (context.nodeId.endsWith('b') && context.state['fail'] === true) throw new Error('It was asked to fail.');
    return { [context.nodeId.replaceAll('/', '-')]: context.occurrence };
  };
  const compensate = {
    run: async (context: CompensationContext): Promise<void> => {
      await turn();
      await undo(context);
      if (context.nodeId === 'shaky' && context.attempt === 1) throw new Error('It is tried again.');
    },
    retry: { attempts: 2 },
  };
  const all = (ids: readonly string[]): Record<string, typeof run> => Object.fromEntries(ids.map((id) => [id, run]));
  const undoable = task({ run, compensate });
  const trip = defineWorkflow({
    id: 'trip',
    version: '1',
    nodes: { x: undoable, shaky: undoable },
    edges: { x: 'shaky' },
  });
  const errand = defineWorkflow({
    id: 'errand',
    version: '1',
    nodes: { x: undoable, go: signal({ name: 'go', into: 'came' }), y: undoable },
    edges: { x: 'go', go: 'y' },
  });
  return [
    chain(all(['a', 'b', 'c'])),
    diamond(all(['split', 'left', 'right', 'join'])),
    defineWorkflow({
      id: 'nested',
      version: '1',
      nodes: {
        choose: decision({ choose: ({ state }) => (state['fail'] === true ? 'fan' : ['fan', 'twice']) }),
        fan: parallel({ branches: { a: task(run), b: task(run) } }),
        twice: loop({ body: task(run), maxIterations: 3, while: ({ iteration = 1 }) => iteration <= 2 }),
        each: map({ over: () => [1, 2, 3], each: task(run), concurrency: 2, into: 'results' }),
      },
      edges: { choose: ['fan', 'twice'], fan: 'each', twice: 'each' },
    }),
    defineWorkflow({
      id: 'waiting',
      version: '1',
      nodes: {
        a: undoable,
        review: approval({ message: 'Go on?', expiresAfterMs: 3_600_000 }),
        go: signal({ name: 'go', into: 'came' }),
        pause: timer({ afterMs: 30_000 }),
        b: task({ run, retry: { attempts: 2, delayMs: 1_000 } }),
      },
      edges: { a: ['review', 'go'], review: 'pause', go: 'pause', pause: 'b' },
    }),
    defineWorkflow({
      id: 'saga',
      version: '1',
      onFailure: 'compensate',
      nodes: {
        a: undoable,
        shaky: undoable,
        each: map({ over: () => [1, 2], each: undoable, into: 'results' }),
        b: task(run),
      },
      edges: { a: 'shaky', shaky: 'each', each: 'b' },
    }),
    defineWorkflow({
      id: 'parent',
      version: '1',
      onFailure: 'compensate',
      nodes: {
        a: undoable,
        sub: subworkflow({ workflow: trip, input: () => ({}), into: 'trip' }),
        c: undoable,
        b: task(run),
      },
      edges: { a: 'sub', sub: 'c', c: 'b' },
    }),
    defineWorkflow({
      id: 'waits-for-child',
      version: '1',
      nodes: { a: undoable, sub: subworkflow({ workflow: errand, into: 'errand' }), c: undoable },
      edges: { a: 'sub', sub: 'c' },
    }),
  ];
}

function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
