// Plain JavaScript over the build in dist/. What only a process with --expose-gc shows: whether bridges keep memory.
//   bridge-process.mjs toggle MECHANISM    enables and disables a bridge 10,000 times
//   bridge-process.mjs drop-far MECHANISM  lets go of what the bridge leads to, and keeps the bus and the bridge
//   bridge-process.mjs drop-bus MECHANISM  lets go of the bus, and keeps the other side and the bridge
//   bridge-process.mjs drop-bridge MECHANISM  lets go of the bridge, keeps both sides, and uses them
// Each prints what it found, as JSON.
import { randomUUID } from 'node:crypto';
import { EventEmitter, getEventListeners } from 'node:events';
import { Subject } from 'rxjs';
import {
  BusBridge,
  busEndPoint,
  EventFactory,
  eventEmitterEndPoint,
  eventTargetEndPoint,
  RxEventBus,
  subjectEndPoint,
  SystemStarted,
} from '../../dist/index.js';

/** How often to collect garbage before giving up. */
const MOST_TURNS = 200;

const makeBus = () =>
  new RxEventBus(new EventFactory({ now: Date.now, monotonic: () => performance.now() }, { next: randomUUID }), {
    historySize: 10,
  });
const makeEvent = () => new SystemStarted({ version: '0.0.0', pid: 1, host: 'here', storage: 'memory' });

/**
 * What a bridge leads to: how it is made, reached, used and asked for its handlers.
 *
 * @type {Record<string, { make(): any, endPoint(far: any): any, options?: object, use(far: any): void, handlers(far: any): number }>}
 */
const MECHANISMS = {
  emitter: {
    make: () => new EventEmitter(),
    endPoint: (far) => eventEmitterEndPoint(far, ['line', 'system.started']),
    use(far) {
      const tired = () => {
        throw new Error('tired');
      };
      far.emit('system.started', makeEvent());
      far.emit('line', 'no event');
      far.once('system.started', tired);
    },
    handlers: (far) => far.listenerCount('line') + far.listenerCount('system.started'),
  },
  // Takes in only, and fails.
  listener: {
    make: () => new EventEmitter(),
    endPoint: (far) => eventEmitterEndPoint(far, ['line']),
    options: {
      outgoing: false,
      incoming: (/** @type {{ args: unknown[] }} */ { args: [text] }) => {
        if (text === 'bad') throw new Error('unreadable');
        return makeEvent();
      },
    },
    use(far) {
      far.emit('line', 'good');
      far.emit('line', 'bad');
    },
    handlers: (far) => far.listenerCount('line'),
  },
  subject: {
    make: () => new Subject(),
    endPoint: (far) => subjectEndPoint(far),
    options: { outgoing: (/** @type {unknown} */ event) => event },
    use: (far) => far.next(makeEvent()),
    handlers: (far) => (far.observed ? 1 : 0),
  },
  target: {
    make: () => new EventTarget(),
    endPoint: (far) => eventTargetEndPoint(far, ['system.started']),
    use: (far) => far.dispatchEvent(new CustomEvent('system.started', { detail: makeEvent() })),
    handlers: (far) => getEventListeners(far, 'system.started').length,
  },
  bus: {
    make: makeBus,
    endPoint: (far) => busEndPoint(far),
    use: (far) => far.publish(makeEvent()),
    handlers: (far) => far.metrics().subscriptions,
  },
};

const [command = '', name = ''] = process.argv.slice(2);
const mechanism = MECHANISMS[name];
if (mechanism === undefined) throw new Error(`There is no mechanism ${name}.`);
/** @type {Record<string, (mechanism: typeof MECHANISMS[string]) => Promise<unknown>>} */
const COMMANDS = { toggle, 'drop-far': dropFar, 'drop-bus': dropBus, 'drop-bridge': dropBridge };
const found = await COMMANDS[command]?.(mechanism);
process.stdout.write(`${JSON.stringify(found)}\n`);

/** @param {typeof MECHANISMS[string]} mechanism */
async function toggle({ make, endPoint, options, handlers }) {
  const bus = makeBus();
  const far = make();
  const bridge = new BusBridge(bus, endPoint(far), options);
  const toggleOften = (/** @type {number} */ times) => {
    for (let round = 0; round < times; round += 1) {
      bridge.enable();
      bridge.disable();
    }
  };
  toggleOften(2_000);
  const before = await heapAfterCollection();
  toggleOften(10_000);
  const grownBytes = (await heapAfterCollection()) - before;
  return { grownBytes, onBus: bus.metrics().subscriptions, onFar: handlers(far) };
}

/** @param {typeof MECHANISMS[string]} mechanism */
async function dropFar(mechanism) {
  const { bus, bridge, far } = connect(mechanism);
  /** @type {unknown[]} */
  const collected = [];
  bus.subscribe('bus.handler_collected', (event) => void collected.push(event.payload), { name: 'test' });
  const handlers = () => bus.subscriptions().filter((subscription) => subscription.name !== 'test').length;
  // To ask a WeakRef, or the bridge, whether it is there would keep it for another turn.
  for (let turn = 0; turn < 10; turn += 1) await collect();
  await eventually(() => handlers() === 0);
  return { isGone: far.deref() === undefined, handlers: handlers(), collected, enabled: bridge.enabled };
}

/** @param {typeof MECHANISMS[string]} mechanism */
async function dropBus(mechanism) {
  const { far, bridge, bus } = connectFrom(mechanism);
  /** @type {unknown[]} */
  const collected = [];
  if (far instanceof RxEventBus) {
    far.subscribe('bus.handler_collected', (event) => void collected.push(event.payload), { name: 'test' });
  }
  const tests = far instanceof RxEventBus ? 1 : 0;
  await eventually(() => mechanism.handlers(far) === tests);
  const handlers = mechanism.handlers(far) - tests;
  return { isGone: bus.deref() === undefined, handlers, collected, enabled: bridge.enabled };
}

/** @param {typeof MECHANISMS[string]} mechanism */
async function dropBridge(mechanism) {
  const { bus, far } = connectBoth(mechanism);
  for (let turn = 0; turn < 10; turn += 1) await collect();
  let received = 0;
  bus.subscribe('system.started', () => (received += 1));
  mechanism.use(far);
  return { received };
}

/**
 * Two sides whose bridge nobody holds.
 *
 * @param {typeof MECHANISMS[string]} mechanism
 */
function connectBoth(mechanism) {
  const { bus, far } = connected(mechanism);
  return { bus, far };
}

/**
 * A bridge that has carried, and whose other side nobody holds.
 *
 * @param {typeof MECHANISMS[string]} mechanism
 */
function connect(mechanism) {
  const { bus, far, bridge } = connected(mechanism);
  return { bus, bridge, far: new WeakRef(far) };
}

/**
 * A bridge that has carried, and whose bus nobody holds.
 *
 * @param {typeof MECHANISMS[string]} mechanism
 */
function connectFrom(mechanism) {
  const { bus, far, bridge } = connected(mechanism);
  return { far, bridge, bus: new WeakRef(bus) };
}

/** @param {typeof MECHANISMS[string]} mechanism */
function connected({ make, endPoint, options, use }) {
  const bus = makeBus();
  const far = make();
  const bridge = new BusBridge(bus, endPoint(far), { ...options, name: 'the bridge' });
  bridge.enable().disable();
  bridge.enable();
  use(far);
  bus.publish(makeEvent());
  const { sent, received, failed } = bridge.counters;
  if (sent + failed === 0 || received === 0) throw new Error('The bridge has carried nothing.');
  return { bus, far, bridge };
}

async function heapAfterCollection() {
  for (let turn = 0; turn < 10; turn += 1) await collect();
  return process.memoryUsage().heapUsed;
}

/** @param {() => boolean} holds */
async function eventually(holds) {
  for (let turn = 0; turn < MOST_TURNS && !holds(); turn += 1) await collect();
}

/** Collects, and lets those who wait for it be told. */
async function collect() {
  globalThis.gc?.();
  await new Promise((resolve) => setImmediate(resolve));
}
