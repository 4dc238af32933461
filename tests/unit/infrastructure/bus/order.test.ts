import fc from 'fast-check';
import type { BusSubscription, DomainEvent } from '../../../../src/index.js';
import { makeBus } from '../../../support/bus.js';
import { caughtWaymark } from '../../../support/caught.js';
import { deal, DealCreated, DealWon } from '../../../support/deals.js';

const nameOf = (event: DomainEvent): string => (event.payload as { dealId: string }).dealId;

describe('order', () => {
  it('is breadth-first: what a handler publishes waits until the present event has reached everybody', () => {
    const bus = makeBus();
    const seen: string[] = [];
    const follow: Record<string, readonly string[]> = { a: ['a1', 'a2'], a1: ['a11'] };
    bus.subscribe(DealCreated, (event) => {
      seen.push(`first ${nameOf(event)}`);
      for (const next of follow[nameOf(event)] ?? []) bus.publish(deal(next));
    });
    bus.subscribe(DealCreated, (event) => seen.push(`second ${nameOf(event)}`));
    bus.publish(deal('a'));
    expect(seen).toStrictEqual(['a', 'a1', 'a2', 'a11'].flatMap((name) => [`first ${name}`, `second ${name}`]));
  });

  it('is one for all: whoever subscribes, to whatever, sees the same', () => {
    const bus = makeBus();
    const [all, family, observed]: [string[], string[], string[]] = [[], [], []];
    bus.subscribe('deal.*', (event) => family.push(nameOf(event)));
    bus.subscribe(DealCreated, (event) => nameOf(event).length < 4 && bus.publish(deal(`${nameOf(event)}x`)));
    bus.subscribe('**', (event) => all.push(nameOf(event)));
    bus.on('**').subscribe((event) => observed.push(nameOf(event)));
    bus.publish(deal('a'));
    bus.publish(deal('b'));
    expect(all).toStrictEqual(['a', 'ax', 'axx', 'axxx', 'b', 'bx', 'bxx', 'bxxx']);
    expect([family, observed]).toStrictEqual([all, all]);
  });

  it('numbers deliveries from 1 without gaps, and passes the position on', () => {
    const bus = makeBus();
    const seen: unknown[] = [];
    bus.subscribe('**', (_, delivery) => seen.push({ ...delivery }));
    bus.publish(deal());
    bus.publishRecorded(deal(), 7);
    expect(seen).toStrictEqual([
      { sequence: 1, position: undefined },
      { sequence: 2, position: 7 },
    ]);
  });

  it('returns from the outermost publish when nothing is left to deliver', () => {
    const bus = makeBus();
    let depth = 0;
    bus.subscribe(DealCreated, () => {
      if (depth < 10) bus.publish(deal());
      depth += 1;
    });
    bus.publish(deal());
    expect(depth).toBe(11);
  });

  it('gives nothing of the present event to who subscribes during it', () => {
    const bus = makeBus();
    const late: string[] = [];
    bus.subscribe(DealCreated, () => bus.subscribe(DealCreated, (event) => late.push(nameOf(event))), { once: true });
    bus.publish(deal('a'));
    bus.publish(deal('b'));
    expect(late).toStrictEqual(['b']);
  });

  it('gives nothing more to who unsubscribes during it, not even the present event', () => {
    const bus = makeBus();
    const seen: string[] = [];
    bus.subscribe(DealCreated, () => second.unsubscribe());
    const second = bus.subscribe(DealCreated, (event) => seen.push(nameOf(event)));
    bus.publish(deal('a'));
    expect(seen).toStrictEqual([]);
    expect(second.active).toBe(false);
  });
});

describe('a runaway loop', () => {
  it('is stopped at its depth with an error that names the cycle', async () => {
    const bus = makeBus({ maxDepth: 20 });
    const errors: Error[] = [];
    let published = 0;
    const chase = (next: () => DomainEvent) => (): void => {
      published += 1;
      try {
        bus.publish(next());
      } catch (error) {
        errors.push(error as Error);
      }
    };
    bus.subscribe(
      DealCreated,
      chase(() => new DealWon({ dealId: 'd' })),
    );
    bus.subscribe(
      DealWon,
      chase(() => deal('d')),
    );
    bus.publish(deal('d'));
    expect(published).toBe(20);
    expect(errors).toHaveLength(1);
    const error = await caughtWaymark(() => {
      throw errors[0] as Error;
    });
    expect(error.code).toBe('WAYMARK_BUS_RUNAWAY');
    expect(error.message).toContain('deal.created → deal.won → deal.created');
    expect(error.details['types']).toStrictEqual(['deal.created', 'deal.won', 'deal.created']);
  });

  it('leaves the bus as good as new', () => {
    const bus = makeBus({ maxDepth: 5 });
    bus.subscribe(DealCreated, () => bus.publish(deal()));
    bus.publish(deal());
    const seen: string[] = [];
    bus.subscribe(DealWon, (event) => seen.push(event.type));
    bus.publish(new DealWon({ dealId: 'd' }));
    expect(seen).toStrictEqual(['deal.won']);
  });

  it('is no matter of how many events, only of how they hang together', () => {
    const bus = makeBus({ maxDepth: 3 });
    let seen = 0;
    bus.subscribe(DealWon, () => (seen += 1));
    bus.subscribe(DealCreated, () => {
      for (let n = 0; n < 1_000; n += 1) bus.publish(new DealWon({ dealId: String(n) }));
    });
    bus.publish(deal());
    expect(seen).toBe(1_000);
  });
});

/** What a handler does with the n-th event it gets. */
type Action =
  | { readonly kind: 'publish'; readonly count: number }
  | { readonly kind: 'subscribe'; readonly script: number }
  | { readonly kind: 'unsubscribe'; readonly who: number }
  | { readonly kind: 'throw' }
  | { readonly kind: 'nothing' };

const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('publish' as const), count: fc.integer({ min: 1, max: 2 }) }) },
  fc.record({ kind: fc.constant('subscribe' as const), script: fc.nat(3) }),
  fc.record({ kind: fc.constant('unsubscribe' as const), who: fc.nat(6) }),
  fc.constant({ kind: 'throw' as const }),
  fc.constant({ kind: 'nothing' as const }),
);

/** The least of a bus that is right: a queue of names and a list of handlers. */
class Model {
  readonly handlers: { handle: (name: string) => void; active: boolean }[] = [];
  readonly queue: string[] = [];
  busy = false;

  subscribe(handle: (name: string) => void): () => void {
    const handler = { handle, active: true };
    this.handlers.push(handler);
    return () => void (handler.active = false);
  }

  publish(name: string): void {
    this.queue.push(name);
    if (this.busy) return;
    this.busy = true;
    for (let next = this.queue.shift(); next !== undefined; next = this.queue.shift()) {
      for (const handler of this.handlers.slice()) {
        if (!handler.active) continue;
        try {
          handler.handle(next);
        } catch {
          // Isolation: nobody else notices. The property compares what they were given.
        }
      }
    }
    this.busy = false;
  }
}

/** Plays scripts on a bus of either kind, and tells who was given what. */
function play(
  scripts: readonly (readonly Action[])[],
  roots: number,
  bus: { publish(name: string): void; subscribe(handle: (name: string) => void): () => void },
): readonly string[] {
  const trace: string[] = [];
  const stops: (() => void)[] = [];
  let budget = 60;
  let names = 0;
  const join = (scriptIndex: number): void => {
    const script = scripts[scriptIndex % scripts.length] as readonly Action[];
    const who = stops.length;
    let turn = 0;
    stops.push(
      bus.subscribe((name) => {
        trace.push(`${who} gets ${name}`);
        const todo = script[turn++ % script.length] as Action;
        if (todo.kind === 'throw') throw new Error('scripted');
        if (todo.kind === 'unsubscribe') stops[todo.who]?.();
        if (todo.kind === 'subscribe' && stops.length < 12) join(todo.script);
        for (let n = 0; todo.kind === 'publish' && n < todo.count && budget > 0; n += 1) {
          budget -= 1;
          bus.publish(`${name}.${(names += 1)}`);
        }
      }),
    );
  };
  for (let index = 0; index < scripts.length; index += 1) join(index);
  for (let root = 0; root < roots; root += 1) bus.publish(`root${root}`);
  return trace;
}

it('delivers like a queue and a list would, whatever handlers do', () => {
  const script = fc.array(action, { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(fc.array(script, { minLength: 1, maxLength: 4 }), fc.integer({ min: 1, max: 3 }), (scripts, roots) => {
      const bus = makeBus({ maxDepth: 1_000 });
      const real = play(scripts, roots, {
        publish: (name) => bus.publish(deal(name)),
        subscribe: (handle) => {
          const subscription: BusSubscription = bus.subscribe(DealCreated, (event) => handle(nameOf(event)));
          return () => subscription.unsubscribe();
        },
      });
      expect(real).toStrictEqual(play(scripts, roots, new Model()));
    }),
    { numRuns: 300 },
  );
});
