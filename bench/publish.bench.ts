import { EventEmitter } from 'node:events';
import { Subject } from 'rxjs';
import { type DomainEvent, EventFactory, RxEventBus } from 'waymark';
import { nodeEvents } from './support/events.js';
import { type Contender, measure, type Measurement } from './support/measure.js';
import { ratio, report, verdict } from './support/report.js';

const PUBLISHES = 1_000_000;

/** What does it cost to publish an event that is made already, beside a bare Subject and an EventEmitter? */
export default async function publishBench(): Promise<void> {
  const rows: string[][] = [];
  const bars: string[] = [];
  for (const handlers of [1, 10]) {
    const [subject, emitter, bus] = await measure(contenders(handlers));
    if (subject === undefined || emitter === undefined || bus === undefined) throw new Error('a contender is missing');
    for (const result of [subject, emitter, bus]) rows.push(row(handlers, result, subject, emitter));
    const slowdown = bus.nsPerOp / subject.nsPerOp;
    if (handlers === 1) bars.push(verdict(`one handler ≤ 3× a bare Subject.next (${ratio(slowdown)})`, slowdown <= 3));
  }
  report('What does publishing cost?', ['publisher', 'handlers', 'ns/event', 'to Subject', 'to EventEmitter'], rows, [
    'Median of 7 rounds of 1,000,000 events in one process, contenders in turns. Waymark also keeps the order of nested publishes,',
    'isolates handlers, numbers each event and keeps the last 1,000 of them.',
    ...bars,
  ]);
}

function row(handlers: number, result: Measurement, subject: Measurement, emitter: Measurement): string[] {
  return [
    result.name,
    String(handlers),
    result.nsPerOp.toFixed(1),
    ratio(result.nsPerOp / subject.nsPerOp),
    ratio(result.nsPerOp / emitter.nsPerOp),
  ];
}

function contenders(handlers: number): readonly Contender[] {
  const [event] = nodeEvents(1);
  if (event === undefined) throw new Error('no event');
  let received = 0;
  const handler = (): void => {
    received += 1;
  };
  const subject = new Subject<DomainEvent>();
  const emitter = new EventEmitter();
  emitter.setMaxListeners(handlers);
  const bus = new RxEventBus(new EventFactory({ now: Date.now, monotonic: () => 0 }, { next: () => 'unused' }));
  for (let index = 0; index < handlers; index += 1) {
    subject.subscribe(handler);
    emitter.on(event.type, handler);
    bus.subscribe(event.type, handler);
  }
  const times = (name: string, publish: () => void): Contender => ({
    name,
    run: () => {
      received = 0;
      for (let index = 0; index < PUBLISHES; index += 1) publish();
      if (received !== PUBLISHES * handlers) throw new Error(`${name} delivered ${received} events`);
      return PUBLISHES;
    },
  });
  return [
    times('RxJS Subject.next', () => subject.next(event)),
    times('EventEmitter.emit', () => void emitter.emit(event.type, event)),
    times('Waymark bus.publish', () => bus.publish(event)),
  ];
}
