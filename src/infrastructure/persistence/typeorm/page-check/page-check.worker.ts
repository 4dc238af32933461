import { parentPort, workerData } from 'node:worker_threads';
import Database from 'better-sqlite3';
import { checkPage } from '../../../../application/audit/integrity/check-page.js';
import type { CheckedPage } from '../../../../domain/audit/integrity/page-checkers.port.js';
import { entryOf, SELECT_FROM } from '../repositories/audit-entries.sql.js';
import { assertInPlace } from '../store-file.js';
import type { CheckedFile, PageAnswer, PageRequest } from './page-messages.js';

// A thread of its own, started by SqlitePageCheckers: it has a connection that only reads, and checks what it is asked.

const { path, file, readonly } = workerData as CheckedFile;
const database = new Database(path, { readonly, fileMustExist: true, timeout: 0 });
if (!readonly) database.pragma('query_only = ON');
const select = database.prepare(SELECT_FROM).raw();

parentPort?.on('message', (request: PageRequest) => {
  if (request === 'end') {
    database.close();
    parentPort?.close();
    return;
  }
  const page = checked(request.from, request.count);
  answer({ page }, page);
});
answer('ready');

/** A page of which nothing is wrong. Whatever else there is to say is found out by who asked. */
function checked(from: number, count: number): CheckedPage | undefined {
  try {
    const rows = (select.all(from, count) as unknown[][]).map(entryOf);
    assertInPlace(path, file);
    const { problem, ...page } = checkPage(rows, from);
    return problem === undefined && rows.length === count ? page : undefined;
  } catch {
    // Locked, damaged or gone: it is read again over there, where that has its own error.
    return undefined;
  }
}

function answer(message: PageAnswer, page?: CheckedPage): void {
  parentPort?.postMessage(message, page === undefined ? [] : [page.leaves.buffer as ArrayBuffer]);
}
