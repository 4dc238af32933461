// Plain JavaScript over the build in dist/, so that it starts fast and as any user. A program of its own that uses a
// store, for what one process can't show: locks, other users, sudden death. store-process.mjs append PATH NAME COUNT
// appends COUNT events NAME-0, NAME-1 … and prints each position once it is durable store-process.mjs open PATH MODE
// opens as a user without privileges, and prints the error's code and hint, or `ok` and the size of the log
import { WaymarkError } from '../../dist/domain/shared/errors.js';
import { SqliteStore } from '../../dist/infrastructure/persistence/typeorm/sqlite-store.js';
import { timerScheduler } from '../../dist/infrastructure/runtime/timer-scheduler.js';
import { makeDraft } from '../../dist/testing/fixtures.js';

const [command, path = '', ...rest] = process.argv.slice(2);
process.stdout.write(
  `${command === 'append' ? await append(rest[0] ?? '', Number(rest[1])) : await open(rest[0] === 'ro' ? 'ro' : 'rw')}\n`,
);

/**
 * @param {string} name
 * @param {number} count
 */
async function append(name, count) {
  const store = new SqliteStore({ path, lockTimeoutMs: 60_000 }, timerScheduler);
  await store.open();
  for (let index = 0; index < count; index += 1) {
    const drafts = [makeDraft({ id: `${name}-${index}` })];
    const [entry] = await store.unitOfWork.run((scope) => store.auditLog.append(drafts, scope));
    process.stdout.write(`${entry?.position}\n`);
  }
  await store.close();
  return 'done';
}

/** @param {'rw' | 'ro'} mode */
async function open(mode) {
  const store = new SqliteStore({ path, mode }, timerScheduler);
  try {
    await dropPrivileges();
    await store.open();
    const { size } = await store.auditLog.head();
    await store.close();
    return `ok ${size}`;
  } catch (error) {
    if (WaymarkError.is(error)) return `${error.code} ${error.hint}`;
    throw error;
  }
}

/** Root may write everywhere. What opening would load is loaded before, because `nobody` may not be able to read it. */
async function dropPrivileges() {
  const [, { default: Database }] = await Promise.all([import('typeorm'), import('better-sqlite3')]);
  new Database(':memory:').close();
  const NOBODY = 65_534;
  if (process.getuid?.() === 0) process.setuid?.(NOBODY);
}
