import { type CheckpointPruned, createWaymark, defineWorkflow, task, type Waymark } from '../../../src/index.js';
import { codeOf } from '../../support/caught.js';
import { FakeClock } from '../../support/fake-clock.js';
import { deferred, settle } from '../../support/deferred.js';
import { openWaymark, recordedTypes } from '../../support/open-waymark.js';
import { makeTemporaryFolder } from '../../support/temporary-folder.js';

const DAY_MS = 86_400_000;

let clock: FakeClock;
let waymark: Waymark;

beforeEach(async () => {
  clock = new FakeClock();
  waymark = await openWaymark({ clock });
});
afterEach(() => waymark.close());

/** A workflow of some nodes in a row, each of which leaves a long text of its own. */
function chain(count: number, work: (index: number) => unknown = () => undefined) {
  const ids = Array.from({ length: count }, (_, index) => `n${index}`);
  const node = (index: number) =>
    task(async () => {
      await work(index);
      return { [`text${index}`]: `${index} `.repeat(200) };
    });
  return defineWorkflow({
    id: 'chain',
    version: '1',
    nodes: Object.fromEntries(ids.map((id, index) => [id, node(index)])),
    edges: Object.fromEntries(ids.slice(1).map((id, index) => [`n${index}`, id])),
  });
}

async function run(count = 6): Promise<string> {
  const started = await waymark.executions.start(chain(count));
  await started.result();
  return started.id;
}

describe('a label', () => {
  it('finds its checkpoint, and is recorded with who gave it', async () => {
    const id = await run();
    const target = (await waymark.checkpoints.tree(id)).before('n3');
    const labelled = await waymark.checkpoints.label(target.id, 'before the gate', { actor: 'user:ada' });
    expect(labelled).toMatchObject({ id: target.id, label: 'before the gate' });
    expect(await waymark.checkpoints.labelled(id, 'before the gate')).toStrictEqual(labelled);
    await waymark.checkpoints.label(target.id, null);
    expect(await codeOf(() => waymark.checkpoints.labelled(id, 'before the gate'))).toBe(
      'WAYMARK_CHECKPOINT_NOT_FOUND',
    );
    const events = (await waymark.log.query({ types: ['checkpoint.labelled'] })).map(({ event }) => event);
    expect(events.map(({ payload, context }) => [(payload as { label: string }).label, context.actor])).toStrictEqual([
      ['before the gate', 'user:ada'],
      ['', undefined],
    ]);
  });

  it('is refused where it is no text on one line, or another checkpoint has it', async () => {
    const [first, second] = await waymark.checkpoints.list(await run());
    await waymark.checkpoints.label(first!.id, 'best');
    expect(await codeOf(() => waymark.checkpoints.label(second!.id, 'best'))).toBe('WAYMARK_LABEL_TAKEN');
    for (const label of ['', 'two\nlines', 'x'.repeat(300)]) {
      expect(await codeOf(() => waymark.checkpoints.label(second!.id, label))).toBe('WAYMARK_INVALID_ARGUMENT');
    }
  });
});

describe('pruning', () => {
  it('keeps the newest, and tells what went, by which policy and why, in the same transaction', async () => {
    const id = await run();
    const before = await waymark.checkpoints.list(id);
    const plan = await waymark.checkpoints.prune(id, { keepLast: 2 }, { dryRun: true });
    expect(plan.removed).toBe(before.length - 2);
    expect(await waymark.checkpoints.list(id)).toHaveLength(before.length);
    const done = await waymark.checkpoints.prune(id, { keepLast: 2 }, { reason: 'monthly', actor: 'user:ada' });
    expect(done).toStrictEqual({ ...plan, collected: { contents: expect.any(Number), bytes: plan.freedBytes } });
    expect((await waymark.checkpoints.list(id)).map(({ id: one }) => one)).toStrictEqual(
      before.slice(-2).map(({ id: one }) => one),
    );
    const [entry] = await waymark.log.query({ types: ['checkpoint.pruned'] });
    expect((entry!.event as CheckpointPruned).payload).toStrictEqual({
      executionId: id,
      removed: before.length - 2,
      kept: 2,
      freedBytes: plan.freedBytes,
      policy: { keepLast: 2, keepLabelled: true, reason: 'monthly' },
    });
    expect(entry!.event.context.actor).toBe('user:ada');
  });

  it('goes by age, on the clock of Waymark', async () => {
    const old = await run();
    clock.advance(10 * DAY_MS);
    const young = await run();
    const all = { all: true } as const;
    const { executions } = await waymark.checkpoints.prune(all, { olderThan: 5 * DAY_MS });
    expect(executions.map(({ executionId }) => executionId)).toStrictEqual([old]);
    expect(await waymark.checkpoints.list(old)).toHaveLength(1);
    expect((await waymark.checkpoints.list(young)).length).toBeGreaterThan(5);
  });

  it('keeps labels, kinds, heads and where branches start, and every state of those', async () => {
    const id = await run();
    const tree = await waymark.checkpoints.tree(id);
    const [target, named] = [tree.before('n3'), tree.before('n1')];
    const states = new Map<string, unknown>();
    await waymark.executions.rollback(id, target.id);
    await waymark.checkpoints.label(named.id, 'named');
    const kept = [target.id, named.id, tree.head('main').id];
    for (const one of kept) states.set(one, await waymark.checkpoints.state(one));
    await waymark.checkpoints.prune(id, { keepLast: 0 });
    expect((await waymark.checkpoints.list(id)).map(({ id: one }) => one).toSorted()).toStrictEqual(kept.toSorted());
    for (const [one, state] of states) expect(await waymark.checkpoints.state(one)).toStrictEqual(state);
    waymark.executions.register(chain(6));
    expect((await (await waymark.executions.resume(id)).result()).status).toBe('completed');
  });

  it('lets an execution run on that is running', async () => {
    const [reached, goOn] = [deferred(), deferred()];
    const started = await waymark.executions.start(
      chain(6, async (index) => {
        if (index !== 4) return;
        reached.resolve();
        await goOn.promise;
      }),
    );
    await reached.promise;
    await settle();
    await waymark.checkpoints.prune(started.id, { keepLast: 0 });
    expect(await waymark.checkpoints.list(started.id)).toHaveLength(1);
    goOn.resolve();
    expect((await started.result()).status).toBe('completed');
    expect(
      await waymark.checkpoints.state((await waymark.checkpoints.tree(started.id)).head('main').id),
    ).toHaveProperty('text5');
  });

  it.each<[string, unknown, unknown]>([
    ['a policy that says nothing', {}, {}],
    ['a rule that there is not', { keepFirst: 1 }, {}],
    ['a count below zero', { keepLast: -1 }, {}],
    ['a time without a zone', { olderThan: '2026-01-01T00:00' }, {}],
    ['a kind that there is not', { keepLast: 1, keepKinds: ['odd'] }, {}],
    ['an option that there is not', { keepLast: 1 }, { dry: true }],
  ])('refuses %s', async (_, policy, options) => {
    const id = await run();
    expect(await codeOf(() => waymark.checkpoints.prune(id, policy as never, options as never))).toBe(
      'WAYMARK_INVALID_ARGUMENT',
    );
  });

  it('refuses an execution that has no checkpoints', async () => {
    expect(await codeOf(() => waymark.checkpoints.prune('no-such', { keepLast: 1 }))).toBe('WAYMARK_NO_CHECKPOINTS');
  });
});

describe('a copy', () => {
  it('stands where the original does, goes on by itself, and shares its states', async () => {
    const started = await waymark.executions.start(chain(6), {}, { breakpoints: ['n3'] });
    await started.result();
    const copy = await waymark.checkpoints.copy(started.id, 'copy', { reason: 'to try' });
    expect(copy.executionId).toBe('copy');
    const [original, copied] = [await waymark.checkpoints.list(started.id), await waymark.checkpoints.list('copy')];
    expect(copied.map(({ stateHash, sequence }) => [stateHash, sequence])).toStrictEqual(
      original.map(({ stateHash, sequence }) => [stateHash, sequence]),
    );
    expect(await waymark.executions.get('copy')).toMatchObject({ status: 'paused', parentExecutionId: started.id });
    expect((await (await waymark.executions.resume('copy')).result()).status).toBe('completed');
    expect((await waymark.executions.get(started.id)).status).toBe('paused');
    expect((await recordedTypes(waymark, 'copy'))[0]).toBe('execution.forked');
    expect(await codeOf(() => waymark.checkpoints.copy(started.id, 'copy'))).toBe('WAYMARK_EXECUTION_EXISTS');
  });
});

describe('deleting', () => {
  it('removes the execution and its tree, and leaves the log and what was forked', async () => {
    const id = await run();
    const fork = await waymark.executions.fork((await waymark.checkpoints.tree(id)).before('n3').id);
    await fork.result();
    const recorded = (await recordedTypes(waymark, id)).length;
    await waymark.checkpoints.delete(id, { reason: 'request 4711' });
    await waymark.checkpoints.collectGarbage();
    expect(await codeOf(() => waymark.executions.get(id))).toBe('WAYMARK_EXECUTION_NOT_FOUND');
    expect(await waymark.checkpoints.list(id)).toStrictEqual([]);
    expect(await recordedTypes(waymark, id)).toHaveLength(recorded + 1);
    const head = (await waymark.checkpoints.tree(fork.id)).head('main');
    expect(await waymark.checkpoints.state(head.id)).toHaveProperty('text5');
    expect(await codeOf(() => waymark.checkpoints.delete(id))).toBe('WAYMARK_NO_CHECKPOINTS');
  });

  it('and copying are refused while it runs', async () => {
    const goOn = deferred();
    const started = await waymark.executions.start(chain(2, () => goOn.promise));
    expect(await codeOf(() => waymark.checkpoints.delete(started.id))).toBe('WAYMARK_EXECUTION_RUNNING');
    expect(await codeOf(() => waymark.checkpoints.copy(started.id))).toBe('WAYMARK_EXECUTION_RUNNING');
    goOn.resolve();
    await started.result();
  });
});

describe('compacting', () => {
  it('makes the file of a SQLite store smaller, and there is nothing to do in memory', async () => {
    expect(await waymark.checkpoints.compact()).toBeUndefined();
    const folder = makeTemporaryFolder();
    await waymark.close();
    waymark = await createWaymark({ storage: `sqlite:${folder.file('waymark.db')}` });
    const big = defineWorkflow({
      id: 'big',
      version: '1',
      nodes: { a: task(() => ({ text: Array.from({ length: 40_000 }, (_, index) => `line ${index}`) })) },
      edges: {},
    });
    const started = await waymark.executions.start(big);
    await started.result();
    await waymark.checkpoints.delete(started.id);
    await waymark.checkpoints.collectGarbage();
    const done = await waymark.checkpoints.compact();
    expect(done!.afterBytes).toBeLessThan(done!.beforeBytes / 2);
    await waymark.close();
    folder.remove();
  });
});
