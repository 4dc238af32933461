import fc from 'fast-check';
import {
  approval,
  decision,
  defineWorkflow,
  loop,
  map,
  type NodeContext,
  parallel,
  signal,
  task,
  timer,
  type Workflow,
} from '../../src/index.js';
import { CrashWorld } from '../support/crash-world.js';
import { type Command, finish, runProgram, VERB_NAMES } from '../support/crash-program.js';
import { Crash } from '../support/crashing-store.js';
import { chain, diamond } from '../support/workflows.js';

/** Workflows whose nodes tell that they were begun, take a turn of the event loop, and one of which fails when asked to. */
function workflowsWith(note: (context: NodeContext) => void): readonly Workflow[] {
  const work = async (context: NodeContext): Promise<object> => {
    note(context);
    await new Promise((resolve) => setImmediate(resolve));
    if (context.nodeId.endsWith('b') && context.state['fail'] === true) throw new Error('It was asked to fail.');
    return { [context.nodeId.replaceAll('/', '-')]: context.occurrence };
  };
  const all = (ids: readonly string[]): Record<string, typeof work> => Object.fromEntries(ids.map((id) => [id, work]));
  return [
    chain(all(['a', 'b', 'c'])),
    diamond(all(['split', 'left', 'right', 'join'])),
    defineWorkflow({
      id: 'nested',
      version: '1',
      nodes: {
        choose: decision({ choose: ({ state }) => (state['fail'] === true ? 'fan' : ['fan', 'twice']) }),
        fan: parallel({ branches: { a: task(work), b: task(work) } }),
        twice: loop({ body: task(work), maxIterations: 3, while: ({ iteration = 1 }) => iteration <= 2 }),
        each: map({ over: () => [1, 2, 3], each: task(work), concurrency: 2, into: 'results' }),
      },
      edges: { choose: ['fan', 'twice'], fan: 'each', twice: 'each' },
    }),
    defineWorkflow({
      id: 'waiting',
      version: '1',
      nodes: {
        a: task({ run: work, compensate: () => undefined }),
        review: approval({ message: 'Go on?', expiresAfterMs: 3_600_000 }),
        go: signal({ name: 'go', into: 'came' }),
        pause: timer({ afterMs: 30_000 }),
        b: task({ run: work, retry: { attempts: 2, delayMs: 1_000 } }),
      },
      edges: { a: ['review', 'go'], review: 'pause', go: 'pause', pause: 'b' },
    }),
  ];
}

async function makeWorld(crash?: Crash): Promise<CrashWorld> {
  const world = new CrashWorld(workflowsWith);
  await world.start(crash);
  return world;
}

/** Runs a program in which the process dies at a moment. Returns how many moments there were. */
async function runWith(commands: readonly Command[], at?: number): Promise<number> {
  const crash = new Crash(at);
  const world = await makeWorld(crash);
  await runProgram(world, commands);
  const { calls } = crash;
  await world.assertWhole();
  await finish(world);
  await world.assertWhole();
  return calls;
}

const command = (verb: Command['verb'], target = 0, choice = 0): Command => ({ verb, target, choice });

/** Which workflow is started, and how: see the verb. */
const CHAIN = 0;
const DIAMOND = 1;
const NESTED = 2;
const WAITING = 3;
const THAT_FAILS = 4;
const WITH_A_BREAKPOINT = 8;

/** What is done again and again, each time with a death at another moment. */
const PROGRAMS: readonly (readonly [name: string, commands: readonly Command[]])[] = [
  ['runs nodes beside each other', [command('start', 0, DIAMOND), command('let it run')]],
  [
    'fails, is rolled back with an edit, and goes on',
    [
      command('start', 0, CHAIN + THAT_FAILS),
      command('let it run'),
      command('rollback edited', 0, 1),
      command('resume'),
      command('let it run'),
    ],
  ],
  [
    'stands at a breakpoint, is resumed, and cancelled',
    [
      command('start', 0, CHAIN + WITH_A_BREAKPOINT),
      command('let it run'),
      command('resume edited'),
      command('cancel'),
      command('let it run'),
    ],
  ],
  ['has nodes within nodes', [command('start', 0, NESTED), command('let it run')]],
  [
    'waits, is approved and gets its signal',
    [
      command('start', 0, WAITING),
      command('let it run'),
      command('approve'),
      command('signal'),
      command('let time pass'),
      command('let it run'),
    ],
  ],
  [
    'is forked, and run again from a node',
    [
      command('start', 0, CHAIN),
      command('let it run'),
      command('fork', 0, 2),
      command('rerun', 0, 1),
      command('let it run'),
    ],
  ],
];

describe.each(PROGRAMS)('an execution that %s, in a process that dies', (_, commands) => {
  it('at any call of a repository, goes on in the next as if nothing had been', async () => {
    const moments = await runWith(commands);
    expect(moments).toBeGreaterThan(30);
    for (let at = 1; at <= moments; at += 1) {
      await runWith(commands, at).catch((cause: unknown) => {
        throw new Error(`It died at moment ${at} of ${moments}.`, { cause });
      });
    }
  });
});

it('whatever is done, and whenever processes die: the log tells what is stored, and nothing is done twice', async () => {
  const anyCommand = fc.record({
    verb: fc.constantFrom(...VERB_NAMES),
    target: fc.nat(7),
    choice: fc.nat(15),
  });
  const program = fc.array(anyCommand, { minLength: 3, maxLength: 15 });
  const deaths = fc.array(fc.integer({ min: 1, max: 120 }), { maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(program, deaths, async (commands, moments) => {
      const [first, ...more] = moments;
      const world = await makeWorld(new Crash(first));
      const withStart: readonly Command[] = [command('start', 0, commands.length), ...commands];
      const parts = Math.max(1, more.length);
      for (let part = 0; part < parts; part += 1) {
        const size = Math.ceil(withStart.length / parts);
        await runProgram(world, withStart.slice(part * size, (part + 1) * size));
        if (part + 1 < parts) await world.restart(new Crash(more[part]));
      }
      await world.assertWhole();
      await finish(world);
      await world.assertWhole();
    }),
    { numRuns: 40 },
  );
});
