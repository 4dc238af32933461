import { EventEmitter } from 'node:events';
import { BusBridge, BusHandlerFailed, eventEmitterEndPoint } from '../../../../src/index.js';
import { handlersOf, heardOn, makeBridgedBus } from '../../../support/bridges.js';
import { deal, DealCreated, DealWon } from '../../../support/deals.js';

describe('a bridge to an EventEmitter', () => {
  it('emits an event under its type, and takes one in that is emitted so', () => {
    const bus = makeBridgedBus();
    const heard = heardOn(bus);
    const emitter = new EventEmitter();
    const emitted: unknown[] = [];
    emitter.on('deal.created', (...args) => void emitted.push(args));
    using bridge = new BusBridge(bus, eventEmitterEndPoint(emitter, ['deal.created', 'deal.won'])).enable();
    const created = deal('1');
    const won = new DealWon({ dealId: '1' });
    bus.publish(created);
    emitter.emit('deal.won', won);
    expect(emitted).toStrictEqual([[created]]);
    expect(heard).toStrictEqual([created, won]);
    expect(bridge.counters).toStrictEqual({ sent: 1, received: 1, skipped: 2, ignored: 0, failed: 0 });
  });

  it('maps both ways, under names that are symbols too', () => {
    const bus = makeBridgedBus();
    const heard = heardOn(bus);
    const emitter = new EventEmitter();
    const created = Symbol('created');
    const lines: unknown[] = [];
    emitter.on(created, (...args) => void lines.push(args));
    const line = Symbol('line');
    using bridge = new BusBridge(bus, eventEmitterEndPoint(emitter, [line]), {
      topic: DealCreated,
      outgoing: ({ payload }) => ({ name: created, args: [payload.dealId, 7] }),
      incoming: ({ name, args }) => (name === line ? new DealWon({ dealId: String(args[0]) }) : undefined),
    }).enable();
    bus.publish(deal('1'));
    emitter.emit(line, '2');
    expect(lines).toStrictEqual([['1', 7]]);
    expect(heard.map(({ type }) => type)).toStrictEqual(['deal.created', 'deal.won']);
    expect(heard[1]?.payload).toStrictEqual({ dealId: '2' });
    expect(bridge.counters).toMatchObject({ sent: 1, received: 1 });
  });

  it('leaves where it is what a mapping gives nothing for, and what carries no event', () => {
    const bus = makeBridgedBus();
    const heard = heardOn(bus);
    const emitter = new EventEmitter();
    using bridge = new BusBridge(bus, eventEmitterEndPoint(emitter, ['line']), { outgoing: () => undefined }).enable();
    bus.publish(deal());
    emitter.emit('line', 'no event');
    expect(heard).toHaveLength(1);
    expect(bridge.counters).toStrictEqual({ sent: 0, received: 0, skipped: 0, ignored: 2, failed: 0 });
  });

  it('keeps what a listener throws from the publisher, and tells of it under its name', () => {
    const bus = makeBridgedBus();
    const heard = heardOn(bus);
    const emitter = new EventEmitter();
    emitter.on('deal.created', () => {
      throw new Error('the listener is tired');
    });
    const told: unknown[] = [];
    using bridge = new BusBridge(bus, eventEmitterEndPoint(emitter), {
      name: 'to the emitter',
      onError: (error, direction) => void told.push([String(error), direction]),
    }).enable();
    bus.publish(deal());
    const reports = heard.filter((event) => BusHandlerFailed.is(event));
    expect(reports).toMatchObject([{ payload: { handler: 'to the emitter', eventType: 'deal.created' } }]);
    expect(bridge.counters).toMatchObject({ sent: 0, failed: 1 });
    expect(bridge.lastError).toBe('Error: the listener is tired');
    expect(told).toStrictEqual([['Error: the listener is tired', 'outgoing']]);
  });

  it('keeps an error that nobody listens to from the publisher', () => {
    const bus = makeBridgedBus();
    const heard = heardOn(bus);
    using bridge = new BusBridge(bus, eventEmitterEndPoint(new EventEmitter()), {
      topic: DealCreated,
      outgoing: () => ({ name: 'error', args: [new Error('nobody listens')] }),
    }).enable();
    expect(() => bus.publish(deal())).not.toThrow();
    expect(heard.filter((event) => BusHandlerFailed.is(event))).toHaveLength(1);
    expect(bridge.lastError).toContain('nobody listens');
  });

  it('sends an event again that is redriven after a failure', async () => {
    const bus = makeBridgedBus();
    const emitter = new EventEmitter();
    const arrived: unknown[] = [];
    let isDown = true;
    emitter.on('deal.created', (event: unknown) => {
      if (isDown) throw new Error('down');
      arrived.push(event);
    });
    using bridge = new BusBridge(bus, eventEmitterEndPoint(emitter), { topic: DealCreated }).enable();
    const created = deal();
    bus.publish(created);
    isDown = false;
    await bus.settled();
    const [letter] = await bus.deadLetters.list();
    await bus.deadLetters.redrive(letter?.id ?? '');
    expect(arrived).toStrictEqual([created]);
    expect(bridge.counters).toMatchObject({ sent: 1, failed: 1 });
  });

  it('keeps a mapping that throws, and an event that the bus refuses, from who emits', () => {
    const bus = makeBridgedBus();
    const emitter = new EventEmitter();
    const errors: unknown[] = [];
    using bridge = new BusBridge(bus, eventEmitterEndPoint(emitter, ['line']), {
      outgoing: false,
      incoming: ({ args: [first] }) => {
        if (first === 'bad') throw new Error('unreadable');
        return {} as DealCreated;
      },
      onError: (error, direction) => {
        errors.push([(error as Error).name, direction]);
        throw new Error('onError is broken, too');
      },
    }).enable();
    expect(() => emitter.emit('line', 'bad')).not.toThrow();
    expect(() => emitter.emit('line', 'no event')).not.toThrow();
    expect(errors).toStrictEqual([
      ['Error', 'incoming'],
      ['InvalidEventError', 'incoming'],
    ]);
    expect(bridge.counters).toMatchObject({ received: 0, failed: 2 });
    expect(bridge.lastError).toBe('Error: onError is broken, too');
  });

  it('lets an answer in that comes while it sends, and not the echo', () => {
    const bus = makeBridgedBus();
    const heard = heardOn(bus);
    const emitter = new EventEmitter();
    emitter.on('line', (text: unknown) => {
      if (text === 'question') emitter.emit('line', 'answer');
    });
    using bridge = new BusBridge(bus, eventEmitterEndPoint(emitter, ['line']), {
      topic: DealCreated,
      outgoing: ({ payload }) => ({ name: 'line', args: [payload.dealId] }),
      incoming: ({ args }) => deal(String(args[0])),
    }).enable();
    bus.publish(deal('question'));
    expect(heard.map(({ payload }) => payload)).toStrictEqual([{ dealId: 'question' }, { dealId: 'answer' }]);
    expect(bridge.counters).toMatchObject({ sent: 1, received: 1 });
  });

  it('carries once over two bridges, though each makes an event of its own of what comes in', () => {
    const bus = makeBridgedBus();
    const heard = heardOn(bus);
    const emitter = new EventEmitter();
    const lines: unknown[] = [];
    emitter.on('line', (text: unknown) => void lines.push(text));
    const bridges = Array.from({ length: 2 }, () =>
      new BusBridge(bus, eventEmitterEndPoint(emitter, ['line']), {
        topic: DealCreated,
        outgoing: ({ payload }) => ({ name: 'line', args: [payload.dealId] }),
        incoming: ({ args }) => deal(String(args[0])),
      }).enable(),
    );
    bus.publish(deal('1'));
    expect(lines).toStrictEqual(['1']);
    expect(heard).toHaveLength(1);
    for (const bridge of bridges) bridge.disable();
  });

  it('emits nothing that was emitted there before, though it was not let in', () => {
    const bus = makeBridgedBus();
    const emitter = new EventEmitter();
    const emitted: unknown[] = [];
    emitter.on('deal.created', (event) => void emitted.push(event));
    using bridge = new BusBridge(bus, eventEmitterEndPoint(emitter, ['deal.created']), {
      incoming: () => undefined,
    }).enable();
    const event = deal();
    emitter.emit('deal.created', event);
    bus.publish(event);
    expect(emitted).toStrictEqual([event]);
    expect(bridge.counters).toMatchObject({ sent: 0, ignored: 1, skipped: 1 });
  });

  it('takes nothing in after it was disabled by a listener before its own', () => {
    const bus = makeBridgedBus();
    const heard = heardOn(bus);
    const emitter = new EventEmitter();
    emitter.on('deal.created', () => bridge.disable());
    const bridge = new BusBridge(bus, eventEmitterEndPoint(emitter, ['deal.created'])).enable();
    emitter.emit('deal.created', deal());
    expect(heard).toStrictEqual([]);
  });

  it('neither sets off the warning of Node about listeners, nor changes what it is set to', async () => {
    const bus = makeBridgedBus();
    const emitter = new EventEmitter();
    const warnings: string[] = [];
    const listener = (warning: Error): void => void warnings.push(warning.name);
    process.on('warning', listener);
    for (let index = 0; index < emitter.getMaxListeners(); index += 1) emitter.on('line', () => index);
    const bridges = Array.from({ length: 5 }, () =>
      new BusBridge(bus, eventEmitterEndPoint(emitter, ['line', 'line'])).enable(),
    );
    expect(emitter.listenerCount('line')).toBe(15);
    for (const bridge of bridges) bridge.disable();
    expect([emitter.listenerCount('line'), emitter.getMaxListeners()]).toStrictEqual([10, 10]);
    // Node warns in the next tick.
    await new Promise((resolve) => setImmediate(resolve));
    process.off('warning', listener);
    expect(warnings).toStrictEqual([]);
  });

  it('leaves an emitter without a limit without one', () => {
    const emitter = new EventEmitter().setMaxListeners(0);
    const bridge = new BusBridge(makeBridgedBus(), eventEmitterEndPoint(emitter, ['line'])).enable();
    expect(emitter.getMaxListeners()).toBe(0);
    bridge.disable();
    expect(emitter.getMaxListeners()).toBe(0);
  });

  it('leaves nothing at the emitter when the bus closes', async () => {
    const bus = makeBridgedBus();
    const emitter = new EventEmitter();
    const bridge = new BusBridge(bus, eventEmitterEndPoint(emitter, ['deal.created'])).enable();
    await bus.close();
    expect([bridge.enabled, emitter.listenerCount('deal.created')]).toStrictEqual([false, 0]);
    expect(emitter.emit('deal.created', deal())).toBe(false);
    expect(handlersOf(bus)).toStrictEqual([]);
  });

  it('counts what comes in while the bus closes', async () => {
    const bus = makeBridgedBus();
    const emitter = new EventEmitter();
    // It is told before the bridge is.
    const complete = (): void => {
      emitter.emit('deal.created', deal());
      emitter.emit('deal.created', deal());
    };
    bus.closing.addEventListener('abort', complete);
    const bridge = new BusBridge(bus, eventEmitterEndPoint(emitter, ['deal.created'])).enable();
    await bus.close();
    expect(bridge.counters).toMatchObject({ received: 0, failed: 1 });
    expect(bridge.lastError).toContain('The bus is closed');
    expect([bridge.enabled, emitter.listenerCount('deal.created')]).toStrictEqual([false, 0]);
  });

  it('carries from one bus to another over the emitter, and nothing back', () => {
    const [here, there] = [makeBridgedBus(), makeBridgedBus()];
    const heard = [here, there].map(heardOn);
    const emitter = new EventEmitter();
    const bridges = [here, there].map((bus) =>
      new BusBridge(bus, eventEmitterEndPoint(emitter, ['line']), {
        topic: DealCreated,
        outgoing: ({ payload }) => ({ name: 'line', args: [payload.dealId] }),
        incoming: ({ args }) => deal(String(args[0])),
      }).enable(),
    );
    here.publish(deal('1'));
    there.publish(deal('2'));
    emitter.emit('line', '3');
    for (const events of heard) {
      expect(events.map(({ payload }) => payload)).toStrictEqual([{ dealId: '1' }, { dealId: '2' }, { dealId: '3' }]);
    }
    for (const bridge of bridges) bridge.disable();
  });
});
