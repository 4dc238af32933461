/** `node file-thread-process.mjs FOLDER`: what a thread of a file storage does, of what was built. It is left open at the end. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import worker from 'node:worker_threads';
import { syncBuiltinESMExports } from 'node:module';

// The thread itself, to break it.
/** @type {import('node:worker_threads').Worker[]} */
const threads = [];
const { Worker } = worker;
worker.Worker = class extends Worker {
  /** @param {ConstructorParameters<typeof Worker>} args */
  constructor(...args) {
    super(...args);
    threads.push(this);
  }
};
syncBuiltinESMExports();
const { LocalFileStorage } = await import('../../dist/infrastructure/file/local-file-storage.js');

const [home = ''] = process.argv.slice(2);
const folder = join(home, 'work');
mkdirSync(folder);
for (let at = 0; at < 3_000; at += 1) writeFileSync(join(folder, String(at)), `${at} `.repeat(4_000));
const storage = new LocalFileStorage({ folder: join(home, 'files') });

let ticks = 0;
const timer = setInterval(() => (ticks += 1), 1);
let told = 0;
await storage.snapshot(folder, { onProgress: ({ files }) => (told = files) });
clearInterval(timer);

const controller = new AbortController();
const calledOff = storage
  .snapshot(folder, { signal: controller.signal, onProgress: () => controller.abort(new Error('called off')) })
  .catch((error) => error.message);
const notFound = storage.checkout(folder, '0'.repeat(64), { removeOthers: true }).catch((error) => error.code);
const [offReason, missing] = [await calledOff, await notFound];

const broken = storage.snapshot(folder).catch((error) => error.code);
await threads[0]?.terminate();
const broke = await broken;
const { fileCount } = await storage.snapshot(folder);
process.stdout.write(
  `${JSON.stringify({
    ticked: ticks > 20,
    progressed: told > 0,
    calledOff: offReason,
    notFound: missing,
    broke,
    again: fileCount === 3_000 && threads.length === 2,
  })}\n`,
);
