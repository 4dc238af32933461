import { parentPort, workerData } from 'node:worker_threads';
import Database from 'better-sqlite3';
import { assertInPlace } from '../store-file.js';
import type { RelievedFile, WalAnswer, WalRequest } from './wal-messages.js';

// A thread of its own, started by WalCheckpointer: it takes pages of the write-ahead log back into the file, which nobody
// who writes or reads has to wait for.

const { path, file, synchronous, pages } = workerData as RelievedFile;
const database = new Database(path, { fileMustExist: true, timeout: 0 });
database.pragma(`synchronous = ${synchronous}`);
database.pragma('wal_autocheckpoint = 0');

parentPort?.on('message', (request: WalRequest) => {
  if (request === 'end') {
    database.close();
    parentPort?.close();
    return;
  }
  relieve();
  answer('done');
});
answer('ready');

function relieve(): void {
  try {
    assertInPlace(path, file);
    // SQLite before 3.51 knows no NOOP and does what is asked for at once.
    const [state] = database.pragma('wal_checkpoint(NOOP)') as {
      readonly log: number;
      readonly checkpointed: number;
    }[];
    if (state === undefined || state.log - state.checkpointed < pages) return;
    database.pragma('wal_checkpoint(PASSIVE)');
  } catch {
    // Locked, damaged, full or gone: the connection that writes meets the same, and has its own error for it.
  }
}

function answer(message: WalAnswer): void {
  parentPort?.postMessage(message);
}
