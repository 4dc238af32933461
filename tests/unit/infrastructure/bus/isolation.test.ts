import vm from 'node:vm';
import { finalize, map, Subject } from 'rxjs';
import { BusHandlerFailed, type DomainEvent, type EventBus } from '../../../../src/index.js';
import { makeBus } from '../../../support/bus.js';
import { deal, DealCreated } from '../../../support/deals.js';

/** Collects what the bus tells of failed handlers. */
function failuresOf(bus: EventBus): BusHandlerFailed[] {
  const failures: BusHandlerFailed[] = [];
  bus.subscribe(BusHandlerFailed, (event) => failures.push(event));
  return failures;
}

const oops = (): never => {
  throw new RangeError('oops');
};

describe('a handler that fails', () => {
  it('reaches neither the publisher nor the handlers after it', () => {
    const bus = makeBus();
    const seen: string[] = [];
    bus.subscribe(DealCreated, oops, { name: 'before' });
    bus.subscribe(DealCreated, (event) => seen.push(event.payload.dealId));
    expect(() => bus.publish(deal('a'))).not.toThrow();
    expect(seen).toStrictEqual(['a']);
    expect(bus.metrics()).toMatchObject({ failed: 1, delivered: 2 });
  });

  it('is told of: which handler, which event, which error', () => {
    const bus = makeBus();
    const failures = failuresOf(bus);
    bus.subscribe(DealCreated, oops, { name: 'crm' });
    const event = new DealCreated({ dealId: 'd' }, { correlationId: 'c-1', actor: 'user:ada' });
    bus.publish(event);
    expect(failures).toHaveLength(1);
    expect(failures[0]?.payload).toMatchObject({
      eventId: event.id,
      eventType: 'deal.created',
      handler: 'crm',
      attempt: 1,
      error: { name: 'RangeError', message: 'oops' },
    });
    expect(failures[0]?.context).toMatchObject({ causationId: event.id, correlationId: 'c-1' });
  });

  it('is called by the name of its function, or anonymous', () => {
    const bus = makeBus();
    const failures = failuresOf(bus);
    bus.subscribe(DealCreated, oops);
    bus.subscribe(DealCreated, () => oops);
    bus.subscribe(
      DealCreated,
      (
        () => () =>
          oops()
      )(),
    );
    bus.publish(deal());
    expect(failures.map(({ payload }) => payload.handler)).toStrictEqual(['oops', 'anonymous']);
  });

  it('may fail by a promise, and is waited for', async () => {
    const bus = makeBus();
    const failures = failuresOf(bus);
    bus.subscribe(DealCreated, () => Promise.reject(new Error('later')), { name: 'slow' });
    bus.publish(deal());
    expect(failures).toHaveLength(0);
    await bus.settled();
    expect(failures.map(({ payload }) => payload.error.message)).toStrictEqual(['later']);
  });

  it('may reject with what can not even be looked at', async () => {
    const bus = makeBus();
    const failures = failuresOf(bus);
    bus.subscribe(DealCreated, () => Promise.reject(revokedProxy() as Error));
    bus.publish(deal());
    await bus.settled();
    expect(failures).toHaveLength(1);
  });

  // A query builder or a Bluebird promise is no Promise, and its rejection would end the process.
  it('may fail by anything that has a then', async () => {
    const bus = makeBus();
    const failures = failuresOf(bus);
    const thenable = {
      // oxlint-disable-next-line unicorn/no-thenable -- a promise of another kind is the point
      then: (_: unknown, reject: (error: Error) => void) => reject(new Error('of another kind')),
    };
    bus.subscribe(DealCreated, () => thenable);
    bus.publish(deal());
    await bus.settled();
    expect(failures.map(({ payload }) => payload.error.message)).toStrictEqual(['of another kind']);
  });

  it('may fail in its filter', () => {
    const bus = makeBus();
    const failures = failuresOf(bus);
    const seen: DomainEvent[] = [];
    bus.subscribe(DealCreated, (event) => seen.push(event), { filter: oops, name: 'filtered' });
    bus.publish(deal());
    expect(seen).toHaveLength(0);
    expect(failures.map(({ payload }) => payload.handler)).toStrictEqual(['filtered']);
  });

  const cyclic: Record<string, unknown> = {};
  cyclic['self'] = cyclic;
  it.each<[string, unknown, unknown]>([
    ['a string', 'just words', { name: 'NonError', message: 'just words' }],
    ['undefined', undefined, { name: 'NonError', message: 'undefined' }],
    ['null', null, { name: 'NonError', message: 'null' }],
    ['an object', { reason: 1 }, { name: 'NonError', message: '{"reason":1}' }],
    ['a bigint', 5n, { name: 'NonError' }],
    ['a symbol', Symbol('s'), { name: 'NonError' }],
    ['a cycle', cyclic, { name: 'NonError', message: 'a object' }],
    ['an error that is its own cause', causeOfItself(), { name: 'Error', message: 'loop' }],
    ['an error whose message is no string', Object.assign(new Error('x'), { message: { no: 1 } }), { name: 'Error' }],
    ['an error of another realm', vm.runInNewContext('new TypeError("far")'), { name: 'TypeError', message: 'far' }],
    ['an error without a name', Object.assign(new Error('x'), { name: undefined }), { message: 'x' }],
    ['an error whose message throws', throwingMessage(), { name: 'Error' }],
    ['a proxy that was revoked', revokedProxy(), { name: 'NonError' }],
    ['a proxy whose traps throw', new Proxy({}, { getPrototypeOf: oops }), { name: 'NonError' }],
  ])('may throw %s', (_, thrown, told) => {
    const bus = makeBus();
    const failures = failuresOf(bus);
    const seen: DomainEvent[] = [];
    bus.subscribe(DealCreated, () => {
      throw thrown;
    });
    bus.subscribe(DealCreated, (event) => seen.push(event));
    expect(() => bus.publish(deal())).not.toThrow();
    expect(seen).toHaveLength(1);
    expect(failures.map(({ payload }) => payload.error)).toMatchObject([told]);
  });

  it('does not loop when it is the handler of bus.handler_failed that fails', async () => {
    const bus = makeBus();
    bus.subscribe(BusHandlerFailed, oops);
    bus.subscribe('**', () => Promise.reject(new Error('again')));
    bus.publish(deal());
    await bus.settled();
    // The event, two reports of its two failures, and what was put aside for each; no report of a report.
    const types = bus.history().events.map(({ type }) => type);
    expect(types.filter((type) => type === 'deal.created')).toHaveLength(1);
    expect(bus.metrics()).toMatchObject({ running: 0, deadLettered: 1 });
  });
});

// Most events take a shorter way than one in 64, which is measured, and all while somebody watches.
it.each([false, true])('treats all events alike, measured or not: watched %p', async (isWatched) => {
  const bus = makeBus();
  using _tap = isWatched ? bus.tap(() => undefined) : undefined;
  const failures = failuresOf(bus);
  bus.subscribe(DealCreated, oops, { name: 'throws', deadLetter: false });
  bus.subscribe(DealCreated, () => Promise.reject(new Error('later')), { name: 'rejects', deadLetter: false });
  bus.subscribe(DealCreated, () => undefined, { name: 'plain' });
  for (let n = 0; n < 200; n += 1) bus.publish(deal());
  await bus.settled();
  const counts = bus.subscriptions().map(({ name, delivered, failures: failed }) => [name, delivered, failed]);
  expect(counts.slice(1)).toStrictEqual([
    ['throws', 200, 200],
    ['rejects', 200, 200],
    ['plain', 200, 0],
  ]);
  expect(failures).toHaveLength(400);
  expect(bus.metrics()).toMatchObject({ failed: 400, running: 0 });
});

describe('an observer of on()', () => {
  it('that throws hurts nobody, and gets the next event all the same', () => {
    const bus = makeBus();
    const failures = failuresOf(bus);
    const seen: string[] = [];
    bus.on(DealCreated).subscribe((event) => {
      seen.push(event.payload.dealId);
      oops();
    });
    bus.on(DealCreated).subscribe({ next: (event) => seen.push(`other ${event.payload.dealId}`) });
    bus.publish(deal('a'));
    bus.publish(deal('b'));
    expect(seen).toStrictEqual(['a', 'other a', 'b', 'other b']);
    expect(failures.map(({ payload }) => payload.handler)).toStrictEqual(['observer', 'observer']);
  });

  it('behind an operator that throws is ended and told of, and the process lives on', () => {
    const bus = makeBus();
    const failures = failuresOf(bus);
    bus.on(DealCreated).pipe(map(oops)).subscribe();
    const handled: unknown[] = [];
    bus
      .on(DealCreated)
      .pipe(map(oops))
      .subscribe({ error: (error) => handled.push(error) });
    bus.publish(deal());
    bus.publish(deal());
    expect(failures.map(({ payload }) => payload.error.message)).toStrictEqual(['oops']);
    expect(handled).toHaveLength(1);
    expect(bus.metrics().subscriptions).toBe(1);
  });

  it('may be a Subject', () => {
    const bus = makeBus();
    const subject = new Subject<DealCreated>();
    const seen: string[] = [];
    subject.subscribe((event) => seen.push(event.payload.dealId));
    bus.on(DealCreated).subscribe(subject);
    bus.publish(deal('a'));
    expect(seen).toStrictEqual(['a']);
  });

  it('completes when the bus closes, and one that comes later completes at once', async () => {
    const bus = makeBus();
    const done: string[] = [];
    bus.on('**').subscribe({ complete: () => done.push('open') });
    await bus.close();
    bus.on('**').subscribe({ complete: () => done.push('late') });
    expect(done).toStrictEqual(['open', 'late']);
  });

  it('that throws on completion keeps neither the others nor the bus from ending', async () => {
    const bus = makeBus();
    const done: string[] = [];
    bus.on('**').pipe(finalize(oops)).subscribe();
    bus.on('**').subscribe({ complete: oops });
    bus.on('**').subscribe({ complete: () => done.push('last') });
    await bus.close();
    expect(done).toStrictEqual(['last']);
  });
});

function causeOfItself(): Error {
  const error = new Error('loop');
  error.cause = error;
  return error;
}

function revokedProxy(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

function throwingMessage(): Error {
  return Object.defineProperty(new Error('x'), 'message', { get: oops });
}
