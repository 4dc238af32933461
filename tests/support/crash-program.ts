import type { ExecutionSnapshot } from '../../src/index.js';
import type { CrashWorld } from './crash-world.js';

/** A step of a program: what is done, to which of the executions, with a number for whatever else is to be chosen. */
export interface Command {
  readonly verb: VerbName;
  readonly target: number;
  readonly choice: number;
}

/** What a verb is done with. */
interface Situation {
  readonly world: CrashWorld;
  /** The number by which the execution was chosen. */
  readonly target: number;
  /** The execution that is meant. */
  readonly execution: ExecutionSnapshot;
  /** One of several, by the number of the command. */
  readonly one: <T>(of: readonly T[]) => T;
  /** A bit of that number. */
  readonly flag: (bit: number) => boolean;
}

/** Does a verb. What it rejects with is its own affair: many are not legal where a program does them. */
type Doing = (situation: Situation) => Promise<unknown>;

/** How an execution is started. */
export const THAT_FAILS = 1;
export const WITH_A_BREAKPOINT = 2;

const reason = 'the program says so';

/** The verbs of a program: to add one is to add its line. */
export const VERBS = {
  /** The choice is that of a workflow; the target says how it is started: see {@link THAT_FAILS}. */
  start: ({ world, one, target }) => {
    const workflow = one(world.workflows);
    const breakpoints = (target & WITH_A_BREAKPOINT) === 0 ? [] : workflow.graph.nodeIds.slice(-1);
    return world.waymark.executions.start(workflow, { fail: (target & THAT_FAILS) !== 0 }, { breakpoints });
  },
  pause: ({ world, execution }) => world.waymark.executions.pause(execution.id),
  resume: ({ world, execution }) => world.waymark.executions.resume(execution.id, { breakpoints: [] }),
  'resume edited': ({ world, execution }) =>
    world.waymark.executions.resume(execution.id, { statePatch: { fail: false }, breakpoints: [] }),
  cancel: ({ world, execution }) => world.waymark.executions.cancel(execution.id, { reason }),
  rollback: async ({ world, execution, one }) =>
    world.waymark.executions.rollback(execution.id, one(await world.waymark.checkpoints.list(execution.id)).id, {
      reason,
    }),
  'rollback edited': async ({ world, execution, one }) =>
    world.waymark.executions.rollback(execution.id, one(await world.waymark.checkpoints.list(execution.id)).id, {
      reason,
      statePatch: { fail: false },
    }),
  fork: async ({ world, execution, one }) =>
    world.waymark.executions.fork(one(await world.waymark.checkpoints.list(execution.id)).id, { reason }),
  rerun: ({ world, execution, one }) =>
    world.waymark.executions.rerun(execution.id, { nodeId: one(Object.keys(execution.occurrences)) }, { reason }),
  restart: ({ world, execution }) => world.waymark.executions.restart(execution.id, { reason }),
  retryNode: ({ world, execution, one }) =>
    world.waymark.executions.retryNode(execution.id, { nodeId: one(execution.failed).nodeId }, { reason }),
  skipNode: ({ world, execution, one }) =>
    world.waymark.executions.skipNode(
      execution.id,
      { nodeId: one([...execution.failed.map(({ nodeId }) => nodeId), ...execution.waiting]) },
      { reason },
    ),
  modifyState: ({ world, execution, flag }) =>
    world.waymark.executions.modifyState(execution.id, { fail: flag(0) }, { reason }),
  label: ({ world, execution, one }) => world.waymark.executions.label(execution.id, one(['one', 'two', null])),
  approve: ({ world, execution }) => world.waymark.executions.approve(execution.id),
  reject: ({ world, execution }) => world.waymark.executions.reject(execution.id, { reason }),
  signal: ({ world, execution }) => world.waymark.executions.signal(execution.id, 'go', { came: true }),
  step: ({ world, execution }) => world.waymark.executions.step(execution.id),
  recover: ({ world }) => world.waymark.executions.recover(),
  'let time pass': async ({ world }) => {
    await world.pass(40_000);
    await world.waymark.executions.recover();
  },
  'let it run': ({ world }) => world.quiet(),
} satisfies Record<string, Doing>;

/** See {@link VERBS}. */
export type VerbName = keyof typeof VERBS;

/** The names of the verbs. */
export const VERB_NAMES = Object.keys(VERBS) as readonly VerbName[];

/** Does the commands of a program. Whenever the process dies, the next one takes up what it left, and goes on. */
export async function runProgram(world: CrashWorld, commands: readonly Command[]): Promise<void> {
  for (const command of commands) {
    await perform(world, command).catch(() => undefined);
    if (world.crash.isDead) await world.restart();
  }
  await world.quiet();
  world.crash.avert();
  if (!world.crash.isDead) return;
  await world.restart();
  await world.quiet();
}

/** Lets everything come to its end that can. */
export async function finish(world: CrashWorld): Promise<void> {
  for (let rounds = 0; rounds < 50; rounds += 1) {
    await world.quiet();
    const open = (await world.waymark.executions.list({ limit: 500 })).filter(
      ({ status }) => status === 'paused' || status === 'running',
    );
    if (open.length === 0) return;
    for (const { id, status, suspended } of open) {
      if (status !== 'paused') continue;
      const awaited = suspended.map(({ awaiting }) => awaiting);
      if (awaited.includes('approval')) await world.waymark.executions.approve(id).catch(() => undefined);
      if (awaited.includes('signal')) await world.waymark.executions.signal(id, 'go').catch(() => undefined);
      await world.waymark.executions
        .resume(id, { statePatch: { fail: false }, breakpoints: [] })
        .catch(() => undefined);
    }
    await VERBS['let time pass']({ world } as Situation);
  }
  throw new Error('It does not come to an end.');
}

async function perform(world: CrashWorld, { verb, target, choice }: Command): Promise<void> {
  const all = (await world.waymark.executions.list({ limit: 50 })).toReversed();
  const execution = all[target % Math.max(1, all.length)];
  if (execution === undefined && verb !== 'start') return;
  const one = <T>(of: readonly T[]): T => of[choice % Math.max(1, of.length)] as T;
  const flag = (bit: number): boolean => (choice >> bit) % 2 === 1;
  const doing: Doing = VERBS[verb];
  const done = await doing({ world, target, execution: execution as ExecutionSnapshot, one, flag });
  // Whoever died has told whoever waited for its result.
  if (hasResult(done)) done.result().catch(() => undefined);
}

function hasResult(value: unknown): value is { readonly result: () => Promise<unknown> } {
  return typeof value === 'object' && value !== null && 'result' in value && typeof value.result === 'function';
}
