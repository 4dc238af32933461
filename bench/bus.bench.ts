import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { AnyEventClass, DomainEvent } from 'waymark';
import { asyncHandlers } from './support/async-handlers.js';
import { eventClasses, eventsOf } from './support/events.js';
import { type Contender, measure, type Measurement } from './support/measure.js';
import {
  bareSubject,
  emitter,
  emitter2,
  emittery,
  filteredSubject,
  type MakePublisher,
  nest,
  type Publisher,
  waymark,
} from './support/publishers.js';
import { ratio, report, verdict } from './support/report.js';

/** How many event objects there are, of one type or of as many: the memory they take is the same for everybody. */
const OBJECTS = 200;
/** After so many events a publisher that calls handlers later, or promises something, is given time for it. */
const TURN = 1_000;
const PUBLISHES = 400_000;
/** It takes a hundred times as long. */
const PUBLISHES_OF_NEST = 10_000;
const GROWTH_EVENTS = 10_000_000;
const GROWTH_LIMIT = 5_000_000;
const PROGRAM = fileURLToPath(new URL('../tests/support/bus-process.mjs', import.meta.url));

/** What does it cost to publish an event that is made already: in time, with many types, in memory, and out of turn? */
export default async function busBench(): Promise<void> {
  // First: code of RxJS that has served operators too is slower from then on, and the Subject is to be at its best.
  await fewTypes();
  console.log('');
  await manyTypes();
  console.log('');
  memory();
  console.log('');
  await asyncHandlers();
}

async function fewTypes(): Promise<void> {
  const classes = eventClasses(1);
  const rows: string[][] = [];
  const bars: string[] = [];
  for (const [handlers, limit] of [
    [1, 2.5],
    [10, 1.5],
  ] as const) {
    const makers = [bareSubject, emitter, emitter2, emittery, waymark];
    const results = await measure(makers.map((make) => contender(make, classes, handlers)));
    const subject = findBy(results, 'RxJS Subject.next');
    const bus = findBy(results, 'Waymark bus.publish');
    for (const { name, nsPerOp } of results) {
      rows.push([name, String(handlers), nsPerOp.toFixed(1), ratio(nsPerOp / subject.nsPerOp)]);
    }
    const slowdown = bus.nsPerOp / subject.nsPerOp;
    const what = handlers === 1 ? 'one handler' : `${handlers} handlers`;
    bars.push(verdict(`${what} ≤ ${limit}× a bare Subject.next (${ratio(slowdown)})`, slowdown <= limit));
  }
  report('What does publishing cost?', ['publisher', 'handlers', 'ns/event', 'to Subject'], rows, [
    `Median of 7 rounds in one process, contenders in turns; ${OBJECTS} event objects of one type, one after another. Waymark also keeps`,
    'the order of nested publishes, isolates handlers, numbers each event and keeps the last 1,000 of them. Emittery calls handlers',
    'after the publish, and is waited for.',
    ...bars,
  ]);
}

async function manyTypes(): Promise<void> {
  const many = eventClasses(OBJECTS);
  const one = many.slice(0, 1);
  const makers = [emitter, emitter2, emittery, filteredSubject, waymark, nest];
  const results = await measure(
    makers.flatMap((make) => {
      const publishes = make === nest ? PUBLISHES_OF_NEST : PUBLISHES;
      return [
        contender(make, one, 1, { publishes }),
        contender(make, many, 1, { publishes, published: one }),
        contender(make, many, 1, { publishes }),
      ];
    }),
  );
  const growths = makers.map((_, index) => growthOf(results.slice(index * 3, index * 3 + 3)));
  const bus = findBy(growths, 'Waymark bus.publish');
  const peers = growths.filter((growth) => growth !== bus);
  const peerGrowth = peers.map(({ name, one: alone, many: all }) => `${name} ${ratio(all / alone)}`).join(', ');
  const gain = findBy(growths, '@nestjs/cqrs EventBus.publish').many / bus.many;
  report(
    `What does it cost when ${OBJECTS} types have a handler each?`,
    ['publisher', 'ns/event, 1 type', `${OBJECTS} types, 1 published`, `${OBJECTS} types`, 'growth', 'to Waymark'],
    growths.map(({ name, one: alone, registered, many: all }) => [
      name,
      alone.toFixed(1),
      registered.toFixed(1),
      all.toFixed(1),
      ratio(all / alone),
      ratio(all / bus.many),
    ]),
    [
      `Median of 7 rounds in one process, contenders in turns; ${OBJECTS} event objects, one after another. In the bus of @nestjs/cqrs each handler`,
      'filters the whole stream, by metadata of the event’s class: every event costs a look-up for every handler there is. So it does with',
      'a Subject and a filter for each type. Where many are published, reading a field of an event costs more, since 200 classes have as many shapes.',
      verdict(
        `${OBJECTS} types, one of them published, ≤ 1.1× our own cost with one (${ratio(bus.registered / bus.one)})`,
        bus.registered / bus.one <= 1.1,
      ),
      verdict(
        `${OBJECTS} types, all published, ≤ 1.1× our own cost with one (${ratio(bus.many / bus.one)}; ${peerGrowth})`,
        bus.many / bus.one <= 1.1,
      ),
      verdict(`${OBJECTS} types ≥ 50× faster than @nestjs/cqrs (${gain.toFixed(0)}×)`, gain >= 50),
    ],
  );
}

/** What a publisher needs with one type, with many of which one is published, and with many, in ns. */
interface Growth {
  readonly name: string;
  readonly one: number;
  readonly registered: number;
  readonly many: number;
}

function growthOf([one, registered, many]: readonly Measurement[]): Growth {
  if (one === undefined || registered === undefined || many === undefined) throw new Error('a contender is missing');
  return { name: one.name, one: one.nsPerOp, registered: registered.nsPerOp, many: many.nsPerOp };
}

function memory(): void {
  const counts = [1, 10];
  const allocated = counts.map((handlers) => allocation(handlers));
  const grown = inProcess<{ grownBytes: number }>(['--expose-gc'], 'growth', GROWTH_EVENTS).grownBytes;
  const [first = Number.NaN, last = Number.NaN] = allocated.map(({ bytesPerPublish }) => bytesPerPublish);
  report(
    'What does publishing do to the heap?',
    ['what', 'handlers', 'bytes', 'spread'],
    [
      ...counts.map((handlers, index) => [
        'allocated for one publish',
        String(handlers),
        (allocated[index]?.bytesPerPublish ?? Number.NaN).toFixed(1),
        `± ${((allocated[index]?.spread ?? Number.NaN) / 2).toFixed(1)}`,
      ]),
      [`heap grown by ${GROWTH_EVENTS.toLocaleString('en')} events`, '1', grown.toLocaleString('en'), ''],
    ],
    [
      'A process for each figure. Allocated: median of 31 rounds of 50,000 events in which no garbage is collected, after 5 that do not count;',
      'half of the rounds lie within the spread. Grown: after garbage collection, with the history full before.',
      verdict(`nothing allocated for a handler (${((last - first) / 9).toFixed(2)} bytes each)`, last - first < 8),
      verdict(`the heap grows by < 5 MB (${(grown / 1e6).toFixed(2)} MB)`, grown < GROWTH_LIMIT),
    ],
  );
}

/** Bytes for one publish. */
function allocation(handlers: number): { readonly bytesPerPublish: number; readonly spread: number } {
  const room = ['--min-semi-space-size=128', '--max-semi-space-size=128'];
  return inProcess(['--expose-gc', ...room], 'allocation', handlers);
}

function inProcess<Found>(nodeOptions: readonly string[], command: string, amount: number): Found {
  const output = execFileSync(process.execPath, [...nodeOptions, PROGRAM, command, String(amount)], {
    encoding: 'utf8',
  });
  return JSON.parse(output) as Found;
}

function contender(
  make: MakePublisher,
  classes: readonly AnyEventClass[],
  handlers: number,
  { publishes = PUBLISHES, published = classes }: { publishes?: number; published?: readonly AnyEventClass[] } = {},
): Contender {
  const events = eventsOf(published, OBJECTS);
  let received = 0;
  const publisher = make(classes, handlers, () => () => {
    received += 1;
  });
  const isLate = make === emittery || make === nest;
  const run = async (): Promise<number> => {
    received = 0;
    if (isLate) await publishInTurns(publisher, events, publishes);
    else publishAll(publisher, events, publishes);
    if (received !== publishes * handlers) throw new Error(`${publisher.name} delivered ${received} events`);
    return publishes;
  };
  return { name: publisher.name, run };
}

function publishAll({ publish }: Publisher, events: readonly DomainEvent[], publishes: number): void {
  for (let done = 0; done < publishes; done += OBJECTS) for (const event of events) publish(event);
}

async function publishInTurns(
  { publish }: Publisher,
  events: readonly DomainEvent[],
  publishes: number,
): Promise<void> {
  for (let done = 0; done < publishes; done += TURN) {
    const promised: unknown[] = [];
    for (let index = 0; index < TURN; index += 1) promised.push(publish(events[index % OBJECTS] as DomainEvent));
    await Promise.all(promised);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function findBy<Named extends { readonly name: string }>(all: readonly Named[], name: string): Named {
  const found = all.find((one) => one.name === name);
  if (found === undefined) throw new Error(`${name} is missing`);
  return found;
}
