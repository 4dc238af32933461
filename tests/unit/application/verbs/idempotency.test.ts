import { defineWorkflow, InMemoryStore, type NodeContext, task, type Waymark } from '../../../../src/index.js';
import { VERB_NAMES, VERBS } from '../../../../src/domain/execution/verbs.js';
import { caughtWaymark, codeOf } from '../../../support/caught.js';
import { checkpointId, happened } from '../../../support/happened.js';
import { lastPosition, openWaymark } from '../../../support/open-waymark.js';
import { FaultyStore } from '../../../support/faulty-store.js';
import { arrange, doVerb } from '../../../support/verb-cases.js';
import { chain } from '../../../support/workflows.js';

/** Verbs that take no key: they ask for nothing that could be done twice. */
const WITHOUT_KEY: ReadonlySet<string> = new Set(['recover', 'setBreakpoints']);

const CASES = VERB_NAMES.filter((verb) => !WITHOUT_KEY.has(verb)).map((verb) => {
  const row = VERBS[verb].cases[0];
  return { verb, status: row?.from[0] ?? ('completed' as const), given: row?.given };
});

describe('a verb under a key', () => {
  it.each(CASES)('$verb is done once, however often it is asked for', async ({ verb, status, given }) => {
    const arranged = await arrange(status, given);
    const { waymark } = arranged;
    const key = { idempotencyKey: `${verb}-1` };
    const first = await doVerb(verb, arranged, key);
    const executions = (await waymark.executions.list()).length;
    const { result: again, types } = await happened(waymark, () => doVerb(verb, arranged, key));
    expect(types.filter((type) => !type.startsWith('node.') && type !== 'checkpoint.created')).toStrictEqual([]);
    expect((again as { id?: string } | undefined)?.id).toBe((first as { id?: string } | undefined)?.id);
    expect(await waymark.executions.list()).toHaveLength(executions);
    expect(await waymark.store.verbKeys.find(key.idempotencyKey)).toMatchObject({ verb, key: key.idempotencyKey });
    const other = { ...key, ...(verb === 'approve' ? { comment: 'other' } : { reason: 'other' }) };
    const arguments_ = verb === 'signal' ? key : other;
    const differs =
      verb === 'signal'
        ? waymark.executions.signal(arranged.id, 'paid', { amount: 2 }, arguments_)
        : doVerb(verb, arranged, arguments_);
    expect(await codeOf(differs)).toBe('WAYMARK_IDEMPOTENCY_CONFLICT');
    for (const { id } of await waymark.executions.list({ status: 'running' })) {
      await waymark.executions.cancel(id);
    }
    await waymark.close();
  });

  it('gives the very result of the first call: of a rollback, a cancellation, an edit and a name', async () => {
    const waymark = await openWaymark();
    const run = await waymark.executions.start(chain(), {}, { breakpoints: ['c'] });
    await run.result();
    const target = await checkpointId(waymark, run.id, 'exit', 'a');
    const verbs = [
      (key: string) => waymark.executions.label(run.id, 'mine', { idempotencyKey: key }),
      (key: string) => waymark.executions.modifyState(run.id, { n: 1 }, { idempotencyKey: key }),
      (key: string) => waymark.executions.rollback(run.id, target, { idempotencyKey: key }),
      (key: string) => waymark.executions.cancel(run.id, { idempotencyKey: key, reason: 'enough' }),
    ];
    for (const [index, verb] of verbs.entries()) {
      const first = await verb(`k${index}`);
      const size = await lastPosition(waymark);
      expect(await verb(`k${index}`)).toStrictEqual(first);
      expect(await lastPosition(waymark)).toBe(size);
    }
  });

  it('gives a handle to the same execution, though another process runs it', async () => {
    const store = new InMemoryStore();
    const [one, other] = [await openWaymark({}, store), await openWaymark({}, store)];
    const options = { idempotencyKey: 'nightly/2026-01-31' };
    const run = await one.executions.start(chain(), { day: 31 }, options);
    const same = await other.executions.start(chain(), { day: 31 }, options);
    expect(same.id).toBe(run.id);
    expect(await same.result()).toStrictEqual(await run.result());
    const ended = await other.executions.start(chain(), { day: 31 }, options);
    expect(await ended.result()).toMatchObject({ status: 'completed', executionId: run.id });
    await one.executions.cancel((await one.executions.start(chain(), {}, { breakpoints: ['b'] })).id, { reason: 'no' });
  });

  it('is refused for another verb and for other arguments, and says what it was used for', async () => {
    const waymark = await openWaymark();
    const run = await waymark.executions.start(chain(), { n: 1 }, { idempotencyKey: 'k' });
    await run.result();
    for (const call of [
      () => waymark.executions.start(chain(), { n: 2 }, { idempotencyKey: 'k' }),
      () => waymark.executions.label(run.id, 'x', { idempotencyKey: 'k' }),
    ]) {
      const { result: error, types } = await happened(waymark, () => caughtWaymark(call));
      expect(error).toMatchObject({
        code: 'WAYMARK_IDEMPOTENCY_CONFLICT',
        details: { key: 'k', verb: 'start', executionId: run.id },
      });
      expect(types).toStrictEqual([]);
    }
    // The order of keys is no difference, and neither is who asks.
    const same = { idempotencyKey: 'm', actor: 'user:ada' };
    const first = await waymark.executions.start(chain(), { a: 1, b: { c: 2, d: 3 } }, same);
    const again = await waymark.executions.start(chain(), { b: { d: 3, c: 2 }, a: 1 }, { ...same, actor: 'user:bob' });
    expect(again.id).toBe(first.id);
  });

  it.each([1, 2])('is done once when it is asked for at once, in %i processes', async (processes) => {
    const store = new InMemoryStore();
    const waymarks = await Promise.all(Array.from({ length: processes }, () => openWaymark({}, store)));
    const asked = await Promise.all(
      Array.from({ length: 8 }, (_, index) =>
        (waymarks[index % processes] as Waymark).executions.start(chain(), {}, { idempotencyKey: 'at-once' }),
      ),
    );
    expect(new Set(asked.map(({ id }) => id)).size).toBe(1);
    const results = await Promise.all(asked.map((handle) => handle.result()));
    for (const result of results) expect(result).toStrictEqual(results[0]);
    expect(await (waymarks[0] as Waymark).executions.list()).toHaveLength(1);
  });

  it('is not used up by a verb that failed', async () => {
    const waymark = await openWaymark();
    const options = { idempotencyKey: 'k' };
    const run = await waymark.executions.start(chain());
    await run.result();
    expect(await codeOf(waymark.executions.cancel(run.id, options))).toBe('WAYMARK_ILLEGAL_TRANSITION');
    expect(await waymark.store.verbKeys.find('k')).toBeUndefined();
  });

  it('is kept with what was done, or not at all', async () => {
    const store = new FaultyStore();
    const waymark = await openWaymark({ storePatienceMs: 0 }, store);
    const run = await waymark.executions.start(chain(), {}, { breakpoints: ['b'] });
    await run.result();
    store.unitOfWork.fails = () => true;
    for (const verb of [
      () => waymark.executions.cancel(run.id, { idempotencyKey: 'k' }),
      () => waymark.executions.label(run.id, 'x', { idempotencyKey: 'k' }),
      () => waymark.executions.start(chain(), {}, { idempotencyKey: 'k' }),
    ]) {
      expect(await codeOf(verb)).toBe('WAYMARK_STORE_UNAVAILABLE');
      expect(await store.verbKeys.find('k')).toBeUndefined();
    }
    store.unitOfWork.fails = () => false;
    expect(await waymark.executions.get(run.id)).toMatchObject({ status: 'paused', label: null });
    expect(await waymark.executions.cancel(run.id, { idempotencyKey: 'k' })).toMatchObject({ status: 'cancelled' });
    expect(await codeOf(waymark.executions.label(run.id, 'x', { idempotencyKey: '' }))).toBe('WAYMARK_INVALID_ID');
  });

  it('can be used again once its execution is deleted', async () => {
    const waymark = await openWaymark();
    const run = await waymark.executions.start(chain(), {}, { idempotencyKey: 'k' });
    await run.result();
    await waymark.checkpoints.delete(run.id);
    const other = await waymark.executions.start(chain(), {}, { idempotencyKey: 'k' });
    expect(other.id).not.toBe(run.id);
  });

  it('keeps a cancellation of what ran, and one that came when it had ended', async () => {
    const waymark = await openWaymark();
    const held = defineWorkflow({
      id: 'held',
      version: '1',
      nodes: {
        only: task(
          ({ signal }: NodeContext) =>
            new Promise((_, reject) => {
              signal.addEventListener('abort', () => reject(new Error('stopped')), { once: true });
            }),
        ),
      },
      edges: {},
    });
    const run = await waymark.executions.start(held);
    const options = { idempotencyKey: 'k', reason: 'enough' };
    const both = await Promise.all([
      waymark.executions.cancel(run.id, options),
      waymark.executions.cancel(run.id, options),
    ]);
    expect(both[0]).toStrictEqual({ status: 'cancelled', executionId: run.id, reason: 'enough' });
    expect(both[1]).toStrictEqual(both[0]);
    expect(await waymark.store.verbKeys.find('k')).toMatchObject({ verb: 'cancel', result: both[0] });
  });
});
