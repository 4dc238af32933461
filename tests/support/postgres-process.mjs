// Plain JavaScript over the build in dist/, so that it starts fast. A program of its own that uses a PostgreSQL store,
// for what one process can't show. postgres-process.mjs URL NAME WRITERS BATCHES SIZE: each of WRITERS writers at once
// appends BATCHES batches of SIZE events, and prints the first position of each once it is durable.
import { parseStorage } from '../../dist/composition/configuration.js';
import { PostgresStore } from '../../dist/infrastructure/persistence/typeorm/postgres-store.js';
import { timerScheduler } from '../../dist/infrastructure/runtime/timer-scheduler.js';
import { makeDraft } from '../../dist/testing/fixtures.js';

const [url = '', name = '', writers, batches, size] = process.argv.slice(2);
const storage = parseStorage(url);
if (storage.kind !== 'postgres') throw new TypeError(`${url} is no PostgreSQL`);
const { kind: _, url: __, ...options } = storage;
const store = new PostgresStore(options, timerScheduler);
await store.open();
await Promise.all(Array.from({ length: Number(writers) }, (_, writer) => write(writer)));
await store.close();
process.stdout.write('done\n');

/** @param {number} writer */
async function write(writer) {
  for (let batch = 0; batch < Number(batches); batch += 1) {
    const drafts = Array.from({ length: Number(size) }, (_, index) =>
      makeDraft({ id: `${name}-${writer}-${batch}-${index}` }),
    );
    const [first] = await store.unitOfWork.run((scope) => store.auditLog.append(drafts, scope));
    process.stdout.write(`${first?.position}\n`);
  }
}
