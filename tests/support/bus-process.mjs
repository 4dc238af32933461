// Plain JavaScript over the build in dist/. What only a process with --expose-gc shows: what the bus does to the heap.
//   bus-process.mjs growth EVENTS        publishes so many events, with the history full before
//   bus-process.mjs allocation HANDLERS  what one publish allocates, with so many handlers; begin Node with
//                                        --min-semi-space-size=128 --max-semi-space-size=128, so that nothing is
//                                        collected while that is measured
// Each prints what it found, as JSON.
import { randomUUID } from 'node:crypto';
import { EventFactory, RxEventBus, SystemStarted } from '../../dist/index.js';

const HISTORY = 1_000;
/** Enough to fill the history, and for the compiler to be done. */
const WARM_UP = 200_000;
const ROUNDS = 31;
/** The first ones are the compiler's. */
const DISCARDED = 5;
const EVENTS_A_ROUND = 50_000;

const [command = '', amount = ''] = process.argv.slice(2);
/** @type {Record<string, (amount: number) => Promise<unknown>>} */
const COMMANDS = { growth, allocation };
process.stdout.write(`${JSON.stringify(await COMMANDS[command]?.(Number(amount)))}\n`);

/** @param {number} events */
async function growth(events) {
  const { publish, received } = makeBus(1);
  publish(WARM_UP, makeEvent);
  const before = await heapAfterCollection();
  publish(events, makeEvent);
  const grownBytes = (await heapAfterCollection()) - before;
  // Asked for afterwards, so that the bus is alive until then.
  return { grownBytes, received: received() - WARM_UP };
}

/** @param {number} handlers */
async function allocation(handlers) {
  const { publish, received } = makeBus(handlers);
  const event = makeEvent();
  const same = () => event;
  publish(WARM_UP, same);
  /** @type {number[]} */
  const samples = [];
  for (let round = 0; round < DISCARDED + ROUNDS; round += 1) {
    await collect();
    // The compiler discards code along with the garbage: what making it anew takes is none of the bus's.
    publish(EVENTS_A_ROUND, same);
    const before = process.memoryUsage().heapUsed;
    publish(EVENTS_A_ROUND, same);
    samples.push((process.memoryUsage().heapUsed - before) / EVENTS_A_ROUND);
  }
  const sorted = samples.slice(DISCARDED).toSorted((a, b) => a - b);
  /** @param {number} share */
  const at = (share) => sorted[Math.floor((ROUNDS - 1) * share)];
  // Half of the rounds lie within the spread.
  const spread = Number(at(0.75)) - Number(at(0.25));
  const published = WARM_UP + (DISCARDED + ROUNDS) * EVENTS_A_ROUND * 2;
  return { bytesPerPublish: at(0.5), spread, received: received() - published * handlers };
}

/** @param {number} handlers */
function makeBus(handlers) {
  const clock = { now: Date.now, monotonic: () => performance.now() };
  const bus = new RxEventBus(new EventFactory(clock, { next: randomUUID }), { historySize: HISTORY });
  let received = 0;
  for (let handler = 0; handler < handlers; handler += 1) {
    bus.subscribe(SystemStarted, () => {
      received += 1;
    });
  }
  return {
    /** @type {(events: number, next: () => SystemStarted) => void} */
    publish(events, next) {
      for (let event = 0; event < events; event += 1) bus.publish(next());
    },
    received: () => received,
  };
}

function makeEvent() {
  return new SystemStarted({ version: '0.0.0', pid: 1, host: 'here', storage: 'memory' });
}

async function heapAfterCollection() {
  for (let turn = 0; turn < 10; turn += 1) await collect();
  return process.memoryUsage().heapUsed;
}

/** Collects, and lets those who wait for it be told. */
async function collect() {
  globalThis.gc?.();
  await new Promise((resolve) => setImmediate(resolve));
}
