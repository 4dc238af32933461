import { setImmediate as turn } from 'node:timers/promises';
import { z } from 'zod';
import { defineEvent, NodeSkipped, runWithContext } from '../../../src/index.js';
import { caughtWaymark, codeOf } from '../../support/caught.js';
import { deal, DealCreated } from '../../support/deals.js';

const TRACE = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

/** A type whose stream is whatever the payload says. */
class Streamed extends defineEvent('deal.streamed', {
  version: 3,
  severity: 'info',
  category: 'workflow',
  emitter: 'host',
  description: 'A fixture.',
  message: () => '',
  stream: (payload) => payload.stream,
  upcasters: { 1: (payload) => payload, 2: (payload) => payload },
  payload: z.object({ stream: z.string() }),
}) {}

describe('the context of an event', () => {
  it('is filled in: id, time, stream and version', () => {
    const { context } = new Streamed({ stream: 'deals/7' });
    expect(context.stream).toBe('deals/7');
    expect(context.schemaVersion).toBe(3);
    expect(context.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7/);
    expect(new Date(context.occurredAt).toISOString()).toBe(context.occurredAt);
    expect(Object.keys(context).toSorted()).toStrictEqual(['id', 'occurredAt', 'schemaVersion', 'stream']);
  });

  it('puts an event of an execution into its stream, and others into that of their family', () => {
    const skipped = { executionId: 'e-1', nodeId: 'n', occurrence: 1, attempt: 1, reason: 'why not' };
    expect(new NodeSkipped(skipped).context.stream).toBe('execution/e-1');
    expect(deal().context.stream).toBe('deal');
  });

  it('takes the longest execution id: its stream is longer than an identifier', () => {
    const executionId = 'e'.repeat(256);
    const event = new NodeSkipped({ executionId, nodeId: 'n', occurrence: 1, attempt: 1, reason: '' });
    expect(event.context.stream).toBe(`execution/${executionId}`);
  });

  it('gives ids in ascending order', () => {
    const ids = Array.from({ length: 200 }, () => deal().id);
    expect(ids.toSorted()).toStrictEqual(ids);
    expect(new Set(ids).size).toBe(200);
  });

  it('is as given where it is given', () => {
    const given = {
      id: 'e-1',
      occurredAt: '2026-03-01T00:00:00.000Z',
      stream: 'elsewhere',
      correlationId: 'c',
      causationId: 'e-0',
      actor: 'user:ada',
      source: 'tests',
      traceparent: TRACE,
    };
    expect(new DealCreated({ dealId: 'd' }, given).context).toStrictEqual({ ...given, schemaVersion: 1 });
  });

  it.each([
    ['id', ''],
    ['id', 'a\nb'],
    ['actor', ''],
    ['correlationId', 'x'.repeat(257)],
    ['causationId', '__proto__'],
    ['source', '\u0000'],
    ['stream', ''],
    ['stream', 'x'.repeat(500)],
    ['occurredAt', 'yesterday'],
    ['occurredAt', '2026-01-01'],
    ['occurredAt', '2026-01-01T00:00:00+01:00'],
    ['traceparent', '00-xyz-01'],
    ['traceparent', `${TRACE}-more`],
  ])('refuses %s %j', async (key, value) => {
    const error = await caughtWaymark(() => new DealCreated({ dealId: 'd' }, { [key]: value }));
    expect(error.code).toBe('WAYMARK_INVALID_EVENT');
    expect(error.message).toContain('deal.created');
  });

  // A stream that no store can keep would hold up everything that is recorded after it.
  it.each([
    ['empty', ''],
    ['with a control character', 'a\u0000b'],
    ['with half a surrogate pair', '\ud800'],
    ['endless', 'x'.repeat(5000)],
    ['that of no execution', 'execution/'],
  ])('refuses a type whose stream comes out %s', async (_, stream) => {
    expect(await codeOf(() => new Streamed({ stream }))).toBe('WAYMARK_INVALID_EVENT');
  });
});

describe('runWithContext', () => {
  it('reaches every event, across awaits and callbacks', async () => {
    const seen = await runWithContext({ actor: 'user:ada', traceparent: TRACE }, async () => {
      const first = deal();
      await turn();
      const inCallback = await new Promise<DealCreated>((resolve) => setImmediate(() => resolve(deal())));
      return [first, deal(), inCallback];
    });
    for (const { context } of seen) expect(context).toMatchObject({ actor: 'user:ada', traceparent: TRACE });
    expect(deal().context.actor).toBeUndefined();
  });

  it('nests: the inner one adds and overrides, and undefined takes nothing away', () => {
    const inner = runWithContext({ actor: 'user:ada', correlationId: 'c-1' }, () =>
      runWithContext({ correlationId: 'c-2', actor: undefined, source: 'inner' }, deal),
    );
    expect(inner.context).toMatchObject({ actor: 'user:ada', correlationId: 'c-2', source: 'inner' });
  });

  it('keeps apart what runs at the same time', async () => {
    const actors = Array.from({ length: 20 }, (_, index) => `user:${index}`);
    const events = await Promise.all(
      actors.map((actor) =>
        runWithContext({ actor }, async () => {
          await turn();
          return deal();
        }),
      ),
    );
    expect(events.map((event) => event.context.actor)).toStrictEqual(actors);
  });

  it('yields to what the event is given', () => {
    const event = runWithContext({ actor: 'user:ada' }, () => new DealCreated({ dealId: 'd' }, { actor: 'user:bob' }));
    expect(event.context.actor).toBe('user:bob');
  });

  it('returns what the work returns and throws what it throws', () => {
    expect(runWithContext({}, () => 5)).toBe(5);
    expect(() =>
      runWithContext({ actor: 'a' }, () => {
        throw new RangeError('mine');
      }),
    ).toThrow('mine');
  });

  it.each([
    ['actor', 'two\nlines'],
    ['correlationId', ''],
    ['traceparent', 'nonsense'],
  ])('refuses %s %j before the work begins', async (key, value) => {
    let ran = false;
    const run = (): unknown =>
      runWithContext({ [key]: value }, () => {
        ran = true;
      });
    expect(await codeOf(run)).toMatch(/^WAYMARK_INVALID_/);
    expect(ran).toBe(false);
  });
});
