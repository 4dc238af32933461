/**
 * Works on files, of what was built, and is killed at a certain step of it:
 * `node file-process.mjs snapshot|checkout|sweep FILES FOLDER TREE|- INDEX|- STEP|-`. Prints what came of it, and how many steps it had.
 */
import fs from 'node:fs';
import { FileWork } from '../../dist/infrastructure/file/file-work.js';
import { WorkControl } from '../../dist/infrastructure/file/work-control.js';

/** Whatever leaves a trace on disk. */
const STEPS = [
  'openSync writeSync writevSync writeFileSync renameSync mkdirSync unlinkSync rmSync rmdirSync symlinkSync linkSync',
  'chmodSync fchmodSync utimesSync copyFileSync fsync fsyncSync',
].flatMap((names) => names.split(' '));

const [what = '', files = '', folder = '', tree = '-', indexPath = '-', step = '-'] = process.argv.slice(2);
const index = indexPath === '-' ? {} : { index: indexPath };
const work = new FileWork({ folder: files, own: {} });
const control = new WorkControl();
let steps = 0;

if (step !== '-') {
  const all = /** @type {Record<string, Function>} */ (/** @type {unknown} */ (fs));
  for (const name of STEPS) {
    const original = /** @type {Function} */ (all[name]);
    all[name] = (/** @type {unknown[]} */ ...args) => {
      // To open for reading leaves none.
      if (name === 'openSync' && !String(args[1]).startsWith('w')) return original.apply(fs, args);
      steps += 1;
      if (steps === Number(step)) process.kill(process.pid, 'SIGKILL');
      return original.apply(fs, args);
    };
  }
}

/** @returns {Promise<unknown>} */
function perform() {
  if (what === 'sweep') return work.sweep(control, [], { minAgeMs: 3_600_000 });
  if (what === 'snapshot') return work.snapshot(control, folder, index);
  return work.checkout(control, folder, tree, { ...index, removeOthers: true, backup: `${folder}.backup` });
}

const output = await perform();
process.stdout.write(`${JSON.stringify({ output, steps })}\n`);
