import fc from 'fast-check';
import { makeBus } from '../../../support/bus.js';
import { DealCreated, DealNoteAdded, DealWon } from '../../../support/deals.js';
import { settle } from '../../../support/deferred.js';
import { nameOf } from '../../../support/marbles.js';

const TYPES = [DealCreated, DealWon, DealNoteAdded] as const;
const TOPICS = [
  { topic: 'deal.created', takes: [0] },
  { topic: DealWon, takes: [1] },
  { topic: 'deal.*', takes: [0, 1] },
  { topic: 'deal.**', takes: [0, 1, 2] },
  { topic: ['deal.won', DealNoteAdded], takes: [1, 2] },
  { topic: ({ family }: { family: string }) => family === 'deal', takes: [0, 1] },
] as const;

interface Options {
  readonly topic: number;
  readonly isOnce: boolean;
  /** Only names that have no such remainder. */
  readonly leftOut: number;
  /** Without any option: on the short way that most handlers take. */
  readonly isPlain: boolean;
  readonly replay: number;
}
type Action =
  | { readonly kind: 'publish' | 'publishAsync'; readonly type: number; readonly count: number }
  | { readonly kind: 'subscribe'; readonly script: number; readonly options: Options }
  | { readonly kind: 'unsubscribe'; readonly who: number }
  | { readonly kind: 'throw' | 'nothing' };

const anyOptions = fc.record({
  topic: fc.nat(TOPICS.length - 1),
  isOnce: fc.boolean(),
  leftOut: fc.nat(4),
  isPlain: fc.boolean(),
  replay: fc.nat(3),
});
const options: fc.Arbitrary<Options> = anyOptions.map((given) =>
  given.isPlain ? { ...given, isOnce: false, leftOut: -1, replay: 0 } : given,
);
const action: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constantFrom('publish' as const, 'publishAsync' as const),
      type: fc.nat(2),
      count: fc.integer({ min: 1, max: 2 }),
    }),
  },
  fc.record({ kind: fc.constant('subscribe' as const), script: fc.nat(3), options }),
  fc.record({ kind: fc.constant('unsubscribe' as const), who: fc.nat(6) }),
  fc.record({ kind: fc.constantFrom('throw' as const, 'nothing' as const) }),
);

interface Happening {
  readonly type: number;
  readonly name: number;
}
interface AnyBus {
  publish(event: Happening, isAsync: boolean): void;
  subscribe(handle: (name: number) => void, how: Options): () => void;
}
interface Member {
  readonly handle: (name: number) => void;
  readonly how: Options;
  active: boolean;
}

/** The least of a bus that is right: a queue, a list of handlers, and a list of what was delivered. */
class Model implements AnyBus {
  readonly members: Member[] = [];
  readonly queue: Happening[] = [];
  readonly past: Happening[] = [];
  isBusy = false;

  subscribe(handle: (name: number) => void, how: Options): () => void {
    const member = { handle, how, active: true };
    this.members.push(member);
    const wanted = this.past.filter((event) => takes(how, event));
    this.busy(() => {
      for (const event of how.replay === 0 ? [] : wanted.slice(-how.replay)) this.give(member, event);
    });
    return () => void (member.active = false);
  }

  publish(event: Happening): void {
    this.queue.push(event);
    this.busy(() => undefined);
  }

  busy(first: () => void): void {
    const isOutermost = !this.isBusy;
    this.isBusy = true;
    first();
    if (!isOutermost) return;
    for (let event = this.queue.shift(); event !== undefined; event = this.queue.shift()) {
      this.past.push(event);
      for (const member of this.members.slice()) this.give(member, event);
    }
    this.isBusy = false;
  }

  give(member: Member, event: Happening): void {
    if (!member.active || !takes(member.how, event)) return;
    if (member.how.isOnce) member.active = false;
    try {
      member.handle(event.name);
    } catch {
      // Isolation: nobody else notices.
    }
  }
}

function takes({ topic, leftOut }: Options, { type, name }: Happening): boolean {
  const types: readonly number[] = TOPICS[topic]?.takes ?? [];
  return types.includes(type) && name % 5 !== leftOut;
}

/** Plays scripts on a bus of either kind, and tells who was given what. */
function play(scripts: readonly (readonly Action[])[], first: readonly Options[], bus: AnyBus): readonly string[] {
  const trace: string[] = [];
  const stops: (() => void)[] = [];
  let [budget, names, joined] = [60, 0, 0];
  const publish = (type: number, isAsync: boolean): void => bus.publish({ type, name: (names += 1) }, isAsync);
  const join = (index: number, how: Options): void => {
    const script = scripts[index % scripts.length] as readonly Action[];
    const who = (joined += 1) - 1;
    let turn = 0;
    const stop = bus.subscribe((name) => {
      trace.push(`${who} gets ${name}`);
      const todo = script[turn++ % script.length] as Action;
      if (todo.kind === 'throw') throw new Error('scripted');
      if (todo.kind === 'unsubscribe') stops[todo.who]?.();
      if (todo.kind === 'subscribe' && joined < 12) join(todo.script, todo.options);
      if (todo.kind !== 'publish' && todo.kind !== 'publishAsync') return;
      for (let n = 0; n < todo.count && budget > 0; n += 1) {
        budget -= 1;
        publish(todo.type, todo.kind === 'publishAsync');
      }
    }, how);
    stops[who] = stop;
  };
  for (const [index, how] of first.entries()) join(index, how);
  for (const type of [0, 1, 2, 0]) publish(type, false);
  return trace;
}

it('delivers like a queue and a list would, whatever handlers listen to, publish, or end', async () => {
  const script = fc.array(action, { minLength: 1, maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(
      fc.array(script, { minLength: 1, maxLength: 4 }),
      fc.array(options, { minLength: 1, maxLength: 4 }),
      async (scripts, first) => {
        const bus = makeBus({ maxDepth: 1_000 });
        const published: Promise<unknown>[] = [];
        const real = play(scripts, first, {
          publish: ({ type, name }, isAsync) => {
            const event = new (TYPES[type] as typeof DealCreated)({ dealId: String(name) });
            if (isAsync) published.push(bus.publishAsync(event));
            else bus.publish(event);
          },
          subscribe: (handle, { topic, isOnce, leftOut, replay, isPlain }) => {
            const subscription = bus.subscribe(
              TOPICS[topic]?.topic as never,
              (event: DealCreated) => handle(Number(nameOf(event))),
              (isPlain
                ? { deadLetter: false }
                : {
                    once: isOnce,
                    replay,
                    deadLetter: false,
                    filter: (event: DealCreated) => Number(nameOf(event)) % 5 !== leftOut,
                  }) as never,
            );
            return () => subscription.unsubscribe();
          },
        });
        await settle();
        expect(real).toStrictEqual(play(scripts, first, new Model()));
        await Promise.all(published);
      },
    ),
    { numRuns: 300 },
  );
});

describe('a runaway by breadth', () => {
  it('stops, and says of which types', async () => {
    const bus = makeBus({ maxCascade: 10_000 });
    const errors: unknown[] = [];
    let handled = 0;
    bus.subscribe(DealCreated, () => {
      handled += 1;
      for (let n = 0; n < 2; n += 1) {
        try {
          bus.publish(new DealCreated({ dealId: 'again' }));
        } catch (error) {
          errors.push(error);
        }
      }
    });
    bus.publish(new DealCreated({ dealId: 'root' }));
    expect(handled).toBeLessThan(20_000);
    expect(errors[0]).toMatchObject({
      code: 'WAYMARK_BUS_RUNAWAY',
      message: expect.stringContaining('deal.created → deal.created'),
    });
    const seen: string[] = [];
    bus.subscribe(DealWon, (event) => seen.push(event.type));
    bus.publish(new DealWon({ dealId: 'd' }));
    expect(seen).toHaveLength(1);
  });

  it('is none where very many events lead nowhere', () => {
    const bus = makeBus({ maxCascade: 10_000 });
    let seen = 0;
    bus.subscribe(DealCreated, () => {
      for (let n = 0; n < 15_000; n += 1) bus.publish(new DealWon({ dealId: 'd' }));
    });
    bus.subscribe(DealWon, () => bus.publish(new DealNoteAdded({ dealId: 'd' })));
    bus.subscribe(DealNoteAdded, () => (seen += 1));
    bus.publish(new DealCreated({ dealId: 'root' }));
    expect([seen, bus.metrics().failed]).toStrictEqual([15_000, 0]);
  });
});
