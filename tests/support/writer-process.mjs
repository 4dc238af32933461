// Plain JavaScript over the build in dist/, so that it starts fast. A process that appends to a log as Waymark does, to be
// killed. writer-process.mjs STORAGE NAME WRITERS [COUNT]: loads everything, prints `ready`, waits for a line on its
// input, prints `open` once the store is, and then lets WRITERS loops append event after event, until COUNT each or its
// input ends. The id of an event is printed once it is durable; where the store fails the same event is appended again.
import { LogWriter } from '../../dist/application/audit/log-writer.js';
import { parseStorage } from '../../dist/composition/configuration.js';
import { EventCatalog } from '../../dist/domain/events/event-catalog.js';
import { UnknownEvent } from '../../dist/domain/events/unknown-event.js';
import { WaymarkError } from '../../dist/domain/shared/errors.js';
import { PostgresStore } from '../../dist/infrastructure/persistence/typeorm/postgres-store.js';
import { SqliteStore } from '../../dist/infrastructure/persistence/typeorm/sqlite-store.js';
import { systemClock } from '../../dist/infrastructure/runtime/system-clock.js';
import { timerScheduler } from '../../dist/infrastructure/runtime/timer-scheduler.js';

const [url = '', name = '', writers, count = 'Infinity'] = process.argv.slice(2);
/** What an append may fail with though nothing is wrong with it: it is done again. */
const PASSING = ['WAYMARK_STORE_UNAVAILABLE', 'WAYMARK_STORE_LOCKED', 'WAYMARK_COMMIT_UNKNOWN'];

const store = makeStore();
// What opening a store loads when it is needed.
await import('typeorm');
process.stdout.write('ready\n');
await new Promise((resolve) => process.stdin.once('data', resolve));
let isStopping = false;
process.stdin.once('end', () => {
  isStopping = true;
});
await store.open();
process.stdout.write('open\n');
const log = new LogWriter(store.unitOfWork, store.auditLog, new EventCatalog(), systemClock);
await Promise.all(Array.from({ length: Number(writers) }, (_, writer) => write(`${name}-${writer}`)));
await log.close();
await store.close();
process.stdin.destroy();

function makeStore() {
  const storage = parseStorage(url);
  if (storage.kind === 'memory') throw new TypeError('Nobody could look at it afterwards.');
  if (storage.kind === 'sqlite') return new SqliteStore(storage, timerScheduler);
  return new PostgresStore(storage, timerScheduler);
}

/** @param {string} stem */
async function write(stem) {
  for (let index = 0; index < Number(count) && !isStopping; index += 1) {
    const context = {
      id: `${stem}-${index}`,
      occurredAt: new Date().toISOString(),
      stream: `writer/${stem}`,
      schemaVersion: 1,
    };
    await append(new UnknownEvent('writer.wrote', { index }, context));
    process.stdout.write(`${context.id}\n`);
  }
}

/** @param {UnknownEvent} event */
async function append(event) {
  for (;;) {
    try {
      return await log.append([event]);
    } catch (error) {
      if (!WaymarkError.is(error) || !PASSING.includes(error.code)) throw error;
    }
  }
}
