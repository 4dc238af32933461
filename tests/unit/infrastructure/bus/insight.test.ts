import { jest } from '@jest/globals';
import type { BusTrace } from '../../../../src/index.js';
import { makeBus } from '../../../support/bus.js';
import { codeOf } from '../../../support/caught.js';
import { deal, DealCreated, DealWon } from '../../../support/deals.js';
import { deferred, settle } from '../../../support/deferred.js';
import { openWaymark } from '../../../support/open-waymark.js';
import { nameOf } from '../../../support/marbles.js';
import { OfferSent } from '../../../support/people.js';

const failing = (): never => {
  throw new Error('no');
};

describe('metrics', () => {
  it('count what was given once, to whoever has ended too', async () => {
    const bus = makeBus();
    bus.subscribe(DealCreated, () => undefined, { once: true });
    bus.subscribe(DealCreated, () => undefined, { once: true, mode: 'async' });
    bus.subscribe(DealCreated, () => undefined, { once: true, mode: 'batch' });
    const left = bus.subscribe(DealCreated, () => undefined);
    for (const name of ['a', 'b']) bus.publish(deal(name));
    await bus.settled();
    left.unsubscribe();
    expect(bus.metrics()).toMatchObject({ published: 2, delivered: 5, subscriptions: 0 });
  });

  it('tell what waits and what goes on', async () => {
    const bus = makeBus();
    const gate = deferred();
    bus.subscribe(DealCreated, () => gate.promise, { mode: 'async', concurrency: 2 });
    bus.subscribe(DealCreated, () => gate.promise);
    for (let n = 0; n < 5; n += 1) bus.publish(deal());
    await settle();
    expect(bus.metrics()).toMatchObject({ queueDepth: 3, running: 7, delivered: 7 });
    expect(bus.subscriptions().map(({ queueDepth, running }) => [queueDepth, running])).toStrictEqual([
      [3, 2],
      [0, 5],
    ]);
    gate.resolve();
    await bus.settled();
    expect(bus.metrics()).toMatchObject({ queueDepth: 0, running: 0, delivered: 10 });
    expect(bus.metrics().waiting.count).toBe(5);
  });
});

describe('subscriptions', () => {
  it('tells of each who it is and how it does', async () => {
    const bus = makeBus();
    const predicate = (): boolean => true;
    bus.subscribe(['deal.*', DealWon, predicate], failing, {
      name: 'crm',
      mode: 'async',
      retry: { attempts: 2, delayMs: 0 },
    });
    bus.subscribe('**', function audit() {});
    bus.publish(deal());
    await bus.settled();
    const [crm, audit] = bus.subscriptions();
    expect(crm).toMatchObject({
      name: 'crm',
      topic: 'deal.*, deal.won, predicate predicate',
      mode: 'async',
      isWeak: false,
      lastError: 'no',
    });
    expect(crm?.failures).toBe((crm?.retries ?? 0) + (crm?.delivered ?? 0));
    expect(audit).toMatchObject({
      name: 'audit',
      topic: '**',
      mode: 'sync',
      failures: 0,
      ageMs: 0,
      lastError: undefined,
    });
  });
});

describe('a tap', () => {
  it('sees each step', async () => {
    const bus = makeBus();
    const steps: string[] = [];
    using _tap = bus.tap(({ step, handler, attempt }) =>
      steps.push([step, handler, attempt].filter((part) => part !== undefined).join(' ')),
    );
    const retry = { attempts: 2, delayMs: 0 };
    const subscription = bus.subscribe(DealCreated, failing, {
      name: 'crm',
      mode: 'async',
      retry,
      queueSize: 1,
      overflow: 'drop-newest',
    });
    bus.publish(deal());
    bus.publish(deal());
    await bus.settled();
    bus.publish(deal());
    subscription.unsubscribe();
    bus.subscribe(DealWon, () => undefined, { name: 'ok' });
    bus.publish(new DealWon({ dealId: 'd' }));
    expect(steps.filter((step) => step !== 'published')).toStrictEqual([
      'subscribed crm',
      'queued crm',
      'dropped crm',
      'failed crm 1',
      'retried crm 2',
      'failed crm 2',
      'dead-lettered crm 2',
      'queued crm',
      'unsubscribed crm',
      'cancelled crm',
      'subscribed ok',
      'handled ok',
    ]);
  });

  it('says of a step which event it is about', () => {
    const bus = makeBus();
    const traces: BusTrace[] = [];
    const tap = bus.tap((trace) => traces.push(trace));
    const event = deal();
    bus.subscribe(DealCreated, () => undefined, { name: 'crm' });
    bus.publish(event);
    tap[Symbol.dispose]();
    bus.publish(deal());
    const about = { sequence: 1, eventId: event.id, eventType: 'deal.created' };
    expect(traces).toStrictEqual([
      { step: 'subscribed', handler: 'crm', topic: 'deal.created' },
      { step: 'published', ...about },
      { step: 'handled', ...about, handler: 'crm', durationMs: 0 },
    ]);
  });

  it.each([[new Error('tap')], [Object.create(null) as unknown]])(
    'that throws is taken off, and hurts nobody',
    async (thrown) => {
      const bus = makeBus();
      const warnings: string[] = [];
      const warn = jest.spyOn(process, 'emitWarning').mockImplementation((text) => void warnings.push(String(text)));
      let calls = 0;
      const seen: string[] = [];
      bus.tap(() => {
        calls += 1;
        throw thrown;
      });
      bus.subscribe(DealCreated, (event) => seen.push(nameOf(event)));
      for (const name of ['a', 'b']) bus.publish(deal(name));
      warn.mockRestore();
      expect([calls, seen]).toStrictEqual([1, ['a', 'b']]);
      expect(warnings).toHaveLength(1);
    },
  );
});

describe('debugging', () => {
  it.each([
    ['bus', true],
    ['*', true],
    ['http,bus:deal.*', true],
    ['bus:node.*', false],
    ['http', false],
  ])('by %s prints the steps to stderr: %p', async (debug, isPrinted) => {
    const lines: string[] = [];
    const write = jest.spyOn(process.stderr, 'write').mockImplementation((text) => lines.push(String(text)) > 0);
    const waymark = await openWaymark({ debug });
    waymark.bus.subscribe(DealCreated, failing, { name: 'crm' });
    const event = deal();
    waymark.bus.publish(event);
    await waymark.close();
    write.mockRestore();
    const found = (pattern: RegExp): boolean => lines.some((line) => pattern.test(line));
    expect(found(/^waymark:bus published +#\d+ deal\.created .*\n$/)).toBe(isPrinted);
    expect(found(/^waymark:bus failed +#\d+ deal\.created → crm attempt 1 : no\n$/)).toBe(isPrinted);
  });

  it('is asked for by the environment where the configuration says nothing', async () => {
    const lines: string[] = [];
    const write = jest.spyOn(process.stderr, 'write').mockImplementation((text) => lines.push(String(text)) > 0);
    process.env['WAYMARK_DEBUG'] = 'bus:deal.won';
    const waymark = await openWaymark();
    delete process.env['WAYMARK_DEBUG'];
    waymark.bus.publish(deal());
    waymark.bus.publish(new DealWon({ dealId: 'd' }));
    await waymark.close();
    write.mockRestore();
    const published = lines.filter((line) => line.includes('published'));
    expect(published).toHaveLength(1);
    expect(published[0]).toContain('deal.won');
  });

  it('prints nothing of what an event holds, whatever becomes of it', async () => {
    const lines: string[] = [];
    const write = jest.spyOn(process.stderr, 'write').mockImplementation((text) => lines.push(String(text)) > 0);
    const waymark = await openWaymark({ debug: 'bus' });
    const traces: BusTrace[] = [];
    waymark.bus.tap((trace) => traces.push(trace));
    waymark.bus.subscribe(OfferSent, () => Promise.reject(new Error('no connection')), { name: 'mail', mode: 'async' });
    waymark.bus.publish(new OfferSent({ offerId: 'o-1', customerId: 'ada', email: 'PLANTED' }));
    await waymark.bus.settled();
    await waymark.close();
    write.mockRestore();
    expect(lines.join('')).toMatch(/offer\.sent.*→ mail/);
    expect(lines.join('') + JSON.stringify(traces)).not.toContain('PLANTED');
  });

  it('goes on where the environment names a pattern that there is not, and says so in one line', async () => {
    const lines: string[] = [];
    const write = jest.spyOn(process.stderr, 'write').mockImplementation((text) => lines.push(String(text)) > 0);
    process.env['WAYMARK_DEBUG'] = 'bus:Foo';
    const waymark = await openWaymark();
    delete process.env['WAYMARK_DEBUG'];
    waymark.bus.publish(deal());
    await waymark.close();
    write.mockRestore();
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^waymark: WAYMARK_DEBUG is not followed\. .*Foo.*\n$/);
  });

  it('gives every step one line, whatever a host calls its handlers', async () => {
    const lines: string[] = [];
    const write = jest.spyOn(process.stderr, 'write').mockImplementation((text) => lines.push(String(text)) > 0);
    const waymark = await openWaymark({ debug: 'bus:deal.*' });
    waymark.bus.subscribe(DealCreated, () => undefined, { name: 'crm\nwaymark:bus forged\u001b[2J\u2028' });
    waymark.bus.publish(deal());
    await waymark.close();
    write.mockRestore();
    expect(lines.every((line) => /^waymark:bus [^\p{Cc}\u2028]*\n$/u.test(line))).toBe(true);
    expect(lines.join('')).toContain('crm\\nwaymark:bus forged\\u001b[2J\\u2028');
  });

  it('refuses a pattern that there is not', async () => {
    expect(await codeOf(openWaymark({ debug: 'bus:Deal.*' }))).toBe('WAYMARK_INVALID_TOPIC');
  });
});
