import fc from 'fast-check';
import { CRASH_WORKFLOWS, crashWorkflows } from '../support/crash-workflows.js';
import { CrashWorld } from '../support/crash-world.js';
import {
  type Command,
  finish,
  runProgram,
  THAT_FAILS,
  VERB_NAMES,
  WITH_A_BREAKPOINT,
} from '../support/crash-program.js';
import { Crash } from '../support/crashing-store.js';

async function makeWorld(crash?: Crash): Promise<CrashWorld> {
  const world = new CrashWorld(crashWorkflows);
  await world.start(crash);
  return world;
}

/** What a program came to, and how many moments there were. */
interface Ran {
  readonly world: CrashWorld;
  readonly moments: number;
}

/** Runs a program in which the process dies at a moment. */
async function runWith(commands: readonly Command[], at?: number): Promise<Ran> {
  const crash = new Crash(at);
  const world = await makeWorld(crash);
  await runProgram(world, commands);
  const { calls } = crash;
  await world.assertWhole();
  await finish(world);
  await world.assertWhole();
  return { world, moments: calls };
}

const command = (verb: Command['verb'], target = 0, choice = 0): Command => ({ verb, target, choice });

const { chain, diamond, nested, waiting, saga, parent, waitsForChild } = CRASH_WORKFLOWS;

/** What is done again and again, each time with a death at another moment. */
const PROGRAMS: readonly (readonly [name: string, commands: readonly Command[]])[] = [
  ['runs nodes beside each other', [command('start', 0, diamond), command('let it run')]],
  [
    'fails, is rolled back with an edit, and goes on',
    [
      command('start', THAT_FAILS, chain),
      command('let it run'),
      command('rollback edited', 0, 1),
      command('resume'),
      command('let it run'),
    ],
  ],
  [
    'stands at a breakpoint, is resumed, and cancelled',
    [
      command('start', WITH_A_BREAKPOINT, chain),
      command('let it run'),
      command('resume edited'),
      command('cancel'),
      command('let it run'),
    ],
  ],
  ['has nodes within nodes', [command('start', 0, nested), command('let it run')]],
  [
    'waits, is approved and gets its signal',
    [
      command('start', 0, waiting),
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
      command('start', 0, chain),
      command('let it run'),
      command('fork', 0, 2),
      command('rerun', 0, 1),
      command('let it run'),
    ],
  ],
];

describe.each(PROGRAMS)('an execution that %s, in a process that dies', (_, commands) => {
  it('at any call of a repository, goes on in the next as if nothing had been', async () => {
    const { moments } = await dieAtEveryMoment(commands);
    expect(moments).toBeGreaterThan(30);
  });
});

/** The same of what is undone, and of sub-workflows, with how many compensations there are when nobody dies. */
const UNDOING: readonly (readonly [name: string, compensated: number, commands: readonly Command[]])[] = [
  [
    'is rolled back to its start',
    4,
    [command('start', 0, saga), command('let it run'), command('rollback'), command('let it run')],
  ],
  [
    'is rolled back half way, goes on, and is rolled back to its start',
    6,
    [
      command('start', 0, saga),
      command('let it run'),
      command('rollback', 0, 2),
      command('resume'),
      command('let it run'),
      command('rollback'),
    ],
  ],
  ['fails and undoes what it did', 4, [command('start', THAT_FAILS, saga), command('let it run')]],
  ['has a sub-workflow', 0, [command('start', 0, parent), command('let it run')]],
  ['fails after its sub-workflow, and undoes both', 5, [command('start', THAT_FAILS, parent), command('let it run')]],
  [
    'is rolled back to before its sub-workflow, and goes on with another',
    4,
    [
      command('start', 0, parent),
      command('let it run'),
      command('rollback', 0, 1),
      command('resume'),
      command('let it run'),
    ],
  ],
  [
    'stands still for its sub-workflow, and is rolled back over it',
    5,
    [
      command('start', 0, waitsForChild),
      command('let it run'),
      command('signal', 1),
      command('let it run'),
      command('rollback'),
    ],
  ],
];

describe.each(UNDOING)('an execution that %s, in a process that dies', (_, compensated, commands) => {
  it('at any call of a repository, is whole in the next: all is undone, the latest first, and nothing twice', async () => {
    const { world, moments } = await dieAtEveryMoment(commands);
    expect(moments).toBeGreaterThan(30);
    const types = (await world.entries()).map(({ event }) => event.type);
    expect(types.filter((type) => type === 'node.compensated')).toHaveLength(compensated);
  });
});

/** Where a compensation is tried often enough, none is given up: not because a process died, either. */
async function assertNothingLeft(world: CrashWorld): Promise<void> {
  const entries = await world.entries();
  const givenUp = entries.filter(
    ({ event }) =>
      event.type === 'checkpoint.rollback_failed' ||
      (event.type === 'node.compensation_failed' && (event.payload as { readonly attempt?: number }).attempt !== 1),
  );
  expect(givenUp.map(({ event }) => event.payload)).toStrictEqual([]);
}

/** Runs a program once for each of its moments, with a death there. Returns what it came to when nobody died. */
async function dieAtEveryMoment(commands: readonly Command[]): Promise<Ran> {
  const { world, moments } = await runWith(commands);
  for (let at = 1; at <= moments; at += 1) {
    const ran = runWith(commands, at).then(({ world: other }) => assertNothingLeft(other));
    await ran.catch((cause: unknown) => {
      throw new Error(`It died at moment ${at} of ${moments}.`, { cause });
    });
  }
  return { world, moments };
}

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
      const withStart: readonly Command[] = [command('start', moments.length, commands.length), ...commands];
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
