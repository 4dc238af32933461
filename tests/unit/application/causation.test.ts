import { type DomainEvent, type EventBus, runWithContext, type Waymark } from '../../../src/index.js';
import { makeBus } from '../../support/bus.js';
import { deal, DealCreated, DealNoteAdded, DealWon } from '../../support/deals.js';
import { deferred, settle } from '../../support/deferred.js';
import { openWaymark } from '../../support/open-waymark.js';
import { chain } from '../../support/workflows.js';

const won = (): DealWon => new DealWon({ dealId: 'd' });
const noted = (): DealNoteAdded => new DealNoteAdded({ dealId: 'd' });
const created = (context: ConstructorParameters<typeof DealCreated>[1] = { correlationId: 'order-7' }): DealCreated =>
  new DealCreated({ dealId: 'd' }, context);

/** Cause and correlation of an event. */
function lineage(event: DomainEvent | undefined): readonly unknown[] {
  return [event?.context.causationId, event?.context.correlationId];
}

/** What was published on a bus, by type. */
function published(bus: EventBus, type: string): readonly DomainEvent[] {
  return bus.history({ topic: type }).events;
}

describe('an event that is made in a handler', () => {
  it('follows from the one that is handled, and belongs to what that one belongs to', () => {
    const bus = makeBus();
    bus.subscribe(DealCreated, () => bus.publish(won()));
    const cause = created();
    bus.publish(cause);
    expect(published(bus, 'deal.won').map(lineage)).toStrictEqual([[cause.id, 'order-7']]);
  });

  it('follows from it in an Observable too', () => {
    const bus = makeBus();
    bus.on(DealCreated).subscribe(() => bus.publish(won()));
    const cause = created();
    bus.publish(cause);
    expect(published(bus, 'deal.won').map(lineage)).toStrictEqual([[cause.id, 'order-7']]);
  });

  it('has no correlation where its cause has none', () => {
    const bus = makeBus();
    bus.subscribe(DealCreated, () => bus.publish(won()));
    const cause = deal();
    bus.publish(cause);
    expect(published(bus, 'deal.won').map(lineage)).toStrictEqual([[cause.id, undefined]]);
  });

  it('makes a chain over nested publishes, each with the cause of its own', () => {
    const bus = makeBus();
    bus.subscribe(DealCreated, () => {
      bus.publish(won());
      bus.publish(won());
    });
    bus.subscribe(DealWon, () => bus.publish(noted()));
    // A second handler of the first event, after a nested publish: it is still that event which is handled.
    bus.subscribe(DealCreated, () => bus.publish(noted()));
    const cause = created();
    bus.publish(cause);
    const [first, second] = published(bus, 'deal.won');
    expect([first, second].map(lineage)).toStrictEqual([
      [cause.id, 'order-7'],
      [cause.id, 'order-7'],
    ]);
    expect(published(bus, 'deal.note.added').map(lineage)).toStrictEqual([
      [cause.id, 'order-7'],
      [first?.id, 'order-7'],
      [second?.id, 'order-7'],
    ]);
  });

  it('keeps to its own bus where two are nested', () => {
    const [outer, inner] = [makeBus(), makeBus()];
    inner.subscribe(DealWon, () => inner.publish(noted()));
    outer.subscribe(DealCreated, () => {
      inner.publish(won());
      outer.publish(noted());
    });
    const cause = created();
    outer.publish(cause);
    const [between] = published(inner, 'deal.won');
    expect(lineage(between)).toStrictEqual([cause.id, 'order-7']);
    expect(published(inner, 'deal.note.added').map(lineage)).toStrictEqual([[between?.id, 'order-7']]);
    expect(published(outer, 'deal.note.added').map(lineage)).toStrictEqual([[cause.id, 'order-7']]);
  });

  it('follows from the event and not from what its publisher was about, whose other context it keeps', () => {
    const bus = makeBus();
    bus.subscribe(DealCreated, () => bus.publish(won()));
    const cause = created();
    runWithContext({ actor: 'user:ada', causationId: 'request-1', correlationId: 'request-1' }, () => {
      bus.publish(cause);
      bus.publish(noted());
    });
    const [reaction] = published(bus, 'deal.won');
    expect(lineage(reaction)).toStrictEqual([cause.id, 'order-7']);
    expect(reaction?.context.actor).toBe('user:ada');
    // After the delivery, the publisher's own context is what counts.
    expect(published(bus, 'deal.note.added').map(lineage)).toStrictEqual([['request-1', 'request-1']]);
  });

  it('takes what it is given instead', () => {
    const bus = makeBus();
    bus.subscribe(DealCreated, () =>
      bus.publish(new DealWon({ dealId: 'd' }, { causationId: 'other', correlationId: 'another' })),
    );
    bus.publish(created());
    expect(published(bus, 'deal.won').map(lineage)).toStrictEqual([['other', 'another']]);
  });

  it('takes what the handler runs it with instead, and the rest from its cause', () => {
    const bus = makeBus();
    bus.subscribe(DealCreated, () => {
      runWithContext({ correlationId: 'batch-1' }, () => bus.publish(won()));
      bus.publish(won());
    });
    const cause = created();
    runWithContext({ causationId: 'request-1' }, () => bus.publish(cause));
    expect(published(bus, 'deal.won').map(lineage)).toStrictEqual([
      [cause.id, 'batch-1'],
      [cause.id, 'order-7'],
    ]);
  });

  it('leaves no cause behind, whether handlers return or throw', () => {
    const bus = makeBus();
    bus.subscribe(DealCreated, () => {
      throw new Error('a handler that fails');
    });
    bus.publish(created());
    expect(lineage(won())).toStrictEqual([undefined, undefined]);
  });
});

describe('an asynchronous handler', () => {
  it('remembers its event after every await, however many are under way', async () => {
    const bus = makeBus();
    const gates = [deferred(), deferred()];
    let next = 0;
    bus.subscribe(DealCreated, async (event) => {
      await gates[(next += 1) - 1]?.promise;
      bus.publish(new DealWon({ dealId: event.payload.dealId }));
      await settle();
      bus.publish(new DealNoteAdded({ dealId: event.payload.dealId }));
    });
    const causes = ['one', 'two'].map((name) => new DealCreated({ dealId: name }, { correlationId: `order-${name}` }));
    for (const cause of causes) bus.publish(cause);
    gates[1]?.resolve();
    await settle();
    gates[0]?.resolve();
    await bus.settled();
    const expected = causes.map((cause) => [cause.id, cause.context.correlationId]);
    expect(published(bus, 'deal.won').map(lineage)).toStrictEqual(expected.toReversed());
    expect(new Set(published(bus, 'deal.note.added').map(lineage))).toStrictEqual(new Set(expected));
  });

  it('is the cause of what it does, and a handler of that is the cause of what follows', async () => {
    const bus = makeBus();
    bus.subscribe(DealCreated, async () => {
      await settle();
      bus.publish(won());
      bus.publish(noted());
    });
    const seen: unknown[] = [];
    bus.subscribe(DealWon, (event) => seen.push([event.id, ...lineage(noted())]));
    const cause = created();
    bus.publish(cause);
    await bus.settled();
    expect(seen).toStrictEqual([[published(bus, 'deal.won')[0]?.id, published(bus, 'deal.won')[0]?.id, 'order-7']]);
    // Between and after the nested deliveries it is still the first event that the handler is about.
    expect(published(bus, 'deal.note.added').map(lineage)).toStrictEqual([[cause.id, 'order-7']]);
  });

  it('goes by a context of its own where it sets one', async () => {
    const bus = makeBus();
    bus.subscribe(DealCreated, async () => {
      await runWithContext({ correlationId: 'batch-1', actor: 'service:nightly' }, async () => {
        await settle();
        bus.publish(won());
      });
      bus.publish(noted());
    });
    const cause = created();
    bus.publish(cause);
    await bus.settled();
    expect(published(bus, 'deal.won').map(lineage)).toStrictEqual([[cause.id, 'batch-1']]);
    expect(published(bus, 'deal.note.added').map(lineage)).toStrictEqual([[cause.id, 'order-7']]);
  });

  it('is told by being an async function, methods and bound ones among them', async () => {
    class Desk {
      readonly bus = makeBus();
      async celebrate(): Promise<void> {
        await settle();
        this.bus.publish(won());
      }
    }
    const desk = new Desk();
    desk.bus.subscribe(DealCreated, desk.celebrate.bind(desk));
    const cause = created();
    desk.bus.publish(cause);
    await desk.bus.settled();
    expect(published(desk.bus, 'deal.won').map(lineage)).toStrictEqual([[cause.id, 'order-7']]);
  });

  it('that is a plain function has its event until it returns', async () => {
    const bus = makeBus();
    bus.subscribe(DealCreated, () => {
      bus.publish(won());
      return settle().then(() => bus.publish(noted()));
    });
    const cause = created();
    bus.publish(cause);
    await bus.settled();
    expect(published(bus, 'deal.won').map(lineage)).toStrictEqual([[cause.id, 'order-7']]);
    expect(published(bus, 'deal.note.added').map(lineage)).toStrictEqual([[undefined, undefined]]);
  });
});

describe('what the engine does for a handler', () => {
  let waymark: Waymark;
  beforeEach(async () => {
    waymark = await openWaymark();
  });
  afterEach(() => waymark.close());

  // As one writes it in a line: the function is not async, and returns the promise.
  it('follows from the event, where the handler starts an execution', async () => {
    waymark.bus.subscribe(DealCreated, () => waymark.executions.start(chain()));
    const cause = created();
    waymark.bus.publish(cause);
    await waymark.bus.settled();
    const [run] = await waymark.executions.list();
    const entries = await waymark.log.query({ executionId: run?.id ?? '' }, { limit: 1_000 });
    const started = entries.find(({ event }) => event.type === 'execution.started')?.event;
    expect(lineage(started)).toStrictEqual([cause.id, 'order-7']);
    expect(new Set(entries.map(({ event }) => event.context.correlationId))).toStrictEqual(new Set(['order-7']));
    // The rest follows from the start, step by step, and not from the event again.
    const causedByEvent = entries.filter(({ event }) => event.context.causationId === cause.id);
    expect(causedByEvent.map(({ event }) => event.type)).toStrictEqual(['execution.started']);
  });

  it('follows from the event, where the handler goes back in one', async () => {
    const run = await waymark.executions.start(chain());
    await run.result();
    const [entry] = await waymark.checkpoints.list(run.id);
    waymark.bus.subscribe(DealWon, () => waymark.executions.rollback(run.id, entry?.id ?? ''));
    const cause = won();
    waymark.bus.publish(cause);
    await waymark.bus.settled();
    // The first thing that a rollback records; its request follows from that.
    const [first] = await waymark.log.query({ types: ['checkpoint.history_loaded'] });
    // An execution has a correlation of its own.
    expect(lineage(first?.event)).toStrictEqual([cause.id, run.id]);
  });

  it('follows from the event, where the handler aborts what cancels one', async () => {
    const abort = new AbortController();
    const hang = { b: () => new Promise(() => undefined) };
    const run = await waymark.executions.start(chain(hang), {}, { signal: abort.signal });
    waymark.bus.subscribe(DealWon, () => abort.abort('the deal is won'));
    const cause = won();
    waymark.bus.publish(cause);
    await run.result();
    const [cancelled] = await waymark.log.query({ types: ['execution.cancelled'] });
    expect(lineage(cancelled?.event)).toStrictEqual([cause.id, run.id]);
  });
});
