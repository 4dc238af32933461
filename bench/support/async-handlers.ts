import Emittery from 'emittery';
import { concatMap, mergeMap, type OperatorFunction, Subject } from 'rxjs';
import type { DomainEvent } from 'waymark';
import { eventClasses, eventsOf } from './events.js';
import { type Contender, measure } from './measure.js';
import { makeBus } from './publishers.js';
import { ratio, report } from './report.js';

const PUBLISHES = 100_000;
/** As many events as a queue holds: whoever publishes more has to wait for room. */
const TURN = 1_000;

const [EventClass] = eventClasses(1);
if (EventClass === undefined) throw new Error('no class of events');
const { type } = EventClass;
const events = eventsOf([EventClass], TURN);

type AsyncHandler = (event: DomainEvent) => Promise<void>;

/** How many events does an asynchronous handler get through? */
export async function asyncHandlers(): Promise<void> {
  const results = await measure([
    throughSubject('RxJS Subject, concatMap', (handler) => concatMap(handler)),
    throughSubject('RxJS Subject, mergeMap with 16', (handler) => mergeMap(handler, 16)),
    throughEmittery(),
    throughQueue(1),
    throughQueue(16),
    awaited(),
  ]);
  const [first] = results;
  report(
    'How many events does an asynchronous handler get through?',
    ['publisher', 'events/s', 'to concatMap'],
    results.map(({ name, nsPerOp }) => [
      name,
      Math.round(1e9 / nsPerOp).toLocaleString('en'),
      ratio((first?.nsPerOp ?? Number.NaN) / nsPerOp),
    ]),
    [
      `Median of 7 rounds of ${PUBLISHES.toLocaleString('en')} events in one process, contenders in turns, ${TURN.toLocaleString('en')} events at a time, until the handler, an async`,
      'function, is done with them. Waymark also gives the handler the context of the publisher and the event that it follows from, after an',
      'await as well, and counts, measures, retries and keeps dead letters. publishAsync is waited for one event at a time.',
    ],
  );
}

function throughSubject(
  name: string,
  operator: (handler: AsyncHandler) => OperatorFunction<DomainEvent, void>,
): Contender {
  return contender(name, (handler) => {
    const subject = new Subject<DomainEvent>();
    subject.pipe(operator(handler)).subscribe();
    return (event) => subject.next(event);
  });
}

function throughEmittery(): Contender {
  return contender('Emittery.emit', (handler) => {
    const emittery = new Emittery();
    emittery.on(type, handler);
    return (event) => void emittery.emit(event.type, event);
  });
}

function throughQueue(concurrency: number): Contender {
  return contender(`Waymark, mode async, concurrency ${concurrency}`, (handler) => {
    const bus = makeBus();
    bus.subscribe(type, handler, { mode: 'async', concurrency, queueSize: TURN });
    return (event) => bus.publish(event);
  });
}

function awaited(): Contender {
  return contender('Waymark, await bus.publishAsync', (handler) => {
    const bus = makeBus();
    bus.subscribe(type, handler);
    return (event) => bus.publishAsync(event);
  });
}

function contender(
  name: string,
  make: (handler: AsyncHandler) => (event: DomainEvent) => void | Promise<unknown>,
): Contender {
  let received = 0;
  const publish = make(async () => {
    await Promise.resolve();
    received += 1;
  });
  const run = async (): Promise<number> => {
    received = 0;
    for (let expected = TURN; expected <= PUBLISHES; expected += TURN) {
      for (const event of events) {
        const promised = publish(event);
        // Who waits for nothing is not made to wait.
        if (promised instanceof Promise) await promised;
      }
      while (received < expected) await new Promise((resolve) => setImmediate(resolve));
    }
    if (received !== PUBLISHES) throw new Error(`${name} delivered ${received} events`);
    return PUBLISHES;
  };
  return { name, run };
}
