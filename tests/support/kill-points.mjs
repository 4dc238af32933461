// Preloaded into a process (node --import 'kill-points.mjs?at=N&steps=FILE'): kills the process right
// before the n-th thing that it does to a file system, as a power cut would; 0 only counts. FILE has a byte for each step
// so far, and arms it by being there: what comes before is not counted.
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import threads from 'node:worker_threads';

const { searchParams } = new URL(import.meta.url);
const at = Number(searchParams.get('at'));
const steps = searchParams.get('steps') ?? '';
const { appendFileSync, statSync } = fs;
/** What is done to count is no step. */
let isCounting = false;

function step() {
  if (isCounting) return;
  const count = statSync(steps, { throwIfNoEntry: false })?.size;
  if (count === undefined) return;
  isCounting = true;
  appendFileSync(steps, '.');
  isCounting = false;
  if (count + 1 !== at) return;
  process.kill(process.pid, 'SIGKILL');
  // A thread goes on until the signal has come.
  for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}

const NAMES = [
  'rename',
  'unlink',
  'rmdir',
  'rm',
  'mkdir',
  'copyFile',
  'writeFile',
  'link',
  'symlink',
  'chmod',
  'utimes',
];
const HELD = ['writeSync', 'writevSync', 'fsyncSync', 'ftruncateSync', 'fchmodSync', 'futimesSync'];

/**
 * @param {any} holder
 * @param {string} name
 */
function patch(holder, name) {
  const original = holder[name];
  if (typeof original !== 'function') return;
  holder[name] = function stepping(/** @type {unknown[]} */ ...args) {
    step();
    return original.apply(this, args);
  };
}

// The work on files is done on the main thread, where it can be counted, when there are no others.
threads.Worker = class extends threads.Worker {
  /**
   * @param {string | URL} script
   * @param {import('node:worker_threads').WorkerOptions} [options]
   */
  constructor(script, options) {
    if (options?.name === 'waymark-files') throw new Error('There are no threads for files.');
    super(script, options);
  }
};

for (const name of NAMES) {
  patch(fs, `${name}Sync`);
  patch(fs.promises, name);
}
for (const name of HELD) patch(fs, name);
syncBuiltinESMExports();
