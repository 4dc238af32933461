// Plain JavaScript over the build in dist/: threads are started from there only. verify-process.mjs FILE SIZE writes a log
// of SIZE entries, verifies it as it is and tampered with, and prints what was found as one JSON text. It ends by itself,
// which it can't as long as a thread is left.
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import Database from 'better-sqlite3';
import { z } from 'zod';
import { createWaymark, defineEvent } from '../../dist/index.js';
import { SqlitePageCheckers } from '../../dist/infrastructure/persistence/typeorm/page-check/sqlite-page-checkers.js';

class NoteTaken extends defineEvent('note.taken', {
  version: 1,
  severity: 'info',
  category: 'operations',
  emitter: 'host',
  description: 'A note was taken.',
  message: (note) => `note ${note.index}`,
  payload: z.object({ index: z.number() }),
}) {}

const [path = '', size] = process.argv.slice(2);
const SIZE = Number(size);
let elsewhere = 0;
const check = SqlitePageCheckers.prototype.check;
/** @type {typeof check} */
SqlitePageCheckers.prototype.check = async function counted(...asked) {
  const page = await check.apply(this, asked);
  if (page !== undefined) elsewhere += 1;
  return page;
};

const storage = `sqlite:${path}`;
let waymark = await createWaymark({ storage });
for (let from = 0; from < SIZE; from += 2_000) {
  const notes = Array.from({ length: 2_000 }, (_, at) => new NoteTaken({ index: from + at }));
  await waymark.log.append(notes);
}
const threads = availableParallelism() > 1;
const intact = await found();
const whileReadOnly = await foundReadOnly();
const column = await tampered(
  "UPDATE audit_entries SET actor = 'user:eve' WHERE position = 30500",
  'UPDATE audit_entries SET actor = NULL WHERE position = 30500',
);
const blob = await tampered(
  'UPDATE audit_entries SET type = CAST(type AS BLOB) WHERE position = 31001',
  'UPDATE audit_entries SET type = CAST(type AS TEXT) WHERE position = 31001',
);
const text = await tampered(
  "UPDATE audit_entries SET body = replace(body, 'note 41000', 'note 41001') WHERE position = 41000",
  "UPDATE audit_entries SET body = replace(body, 'note 41001', 'note 41000') WHERE position = 41000",
);
const aborted = await stopped();
const closed = await closedMeanwhile();
const left = [`${path}-wal`, `${path}-shm`].filter((file) => existsSync(file));
const missing = await afterReopening();
process.stdout.write(
  `${JSON.stringify({ threads, intact, whileReadOnly, column, blob, text, aborted, closed, left, missing })}\n`,
);

async function found() {
  elsewhere = 0;
  const { verdict, checked, position } = await waymark.log.verify();
  return { verdict, checked, position, elsewhere };
}

async function foundReadOnly() {
  const other = await createWaymark({ storage: `${storage}?mode=ro` });
  elsewhere = 0;
  const { verdict, checked } = await other.log.verify();
  await other.close();
  return { verdict, checked, elsewhere };
}

/** @param {string} change @param {string} back */
async function tampered(change, back) {
  run(change);
  const result = await found();
  run(back);
  return result;
}

/** @param {string} sql */
function run(sql) {
  const database = new Database(path);
  database.exec(sql);
  database.close();
}

async function stopped() {
  const controller = new AbortController();
  const onProgress = (/** @type {number} */ checked) => {
    if (checked >= SIZE / 2) controller.abort(new Error('enough'));
  };
  return failure(waymark.log.verify({ signal: controller.signal, onProgress }));
}

async function closedMeanwhile() {
  /** @type {Promise<void> | undefined} */
  let closing;
  const onProgress = () => {
    closing ??= waymark.close();
  };
  const code = await failure(waymark.log.verify({ onProgress }));
  await closing;
  return code;
}

async function afterReopening() {
  run('DELETE FROM audit_entries WHERE position = 52345');
  waymark = await createWaymark({ storage });
  const result = await found();
  await waymark.close();
  return result;
}

/**
 * What it fails with: the code of an error, or its message where it has none.
 *
 * @param {Promise<unknown>} promise
 */
async function failure(promise) {
  try {
    await promise;
    return 'none';
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return 'code' in error ? error.code : error.message;
  }
}
