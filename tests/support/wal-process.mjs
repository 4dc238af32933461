// Plain JavaScript over the build in dist/: threads are started from there only. wal-process.mjs FILE appends events one by
// one until somebody has taken a part of the write-ahead log back into the file, and prints what it saw as one JSON text. It
// ends by itself, which it can't as long as a thread is left.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import Database from 'better-sqlite3';
import { NodeCompleted, createWaymark } from '../../dist/index.js';

/** Long before the connection that writes would do it itself. */
const MOST_PAGES = 7_000;

/** More than there ever are where commits take it back. */
const ENOUGH_PAGES = 2_000;

const threads = availableParallelism() > 1;
const [path = '', closing] = process.argv.slice(2);
const waymark = await createWaymark({ storage: `sqlite:${path}` });
const onlooker = new Database(path, { readonly: true });
let appended = 0;
let state = look();
while (state.checkpointed === 0 || (threads && state.log < ENOUGH_PAGES)) {
  if (state.log > MOST_PAGES) break;
  for (let count = 0; count < 50; count += 1, appended += 1) {
    await waymark.log.append([
      new NodeCompleted({ executionId: 'run', nodeId: `node-${appended}`, occurrence: 1, attempt: 1, durationMs: 1 }),
    ]);
  }
  state = look();
}
const { verdict, size } = await waymark.log.verify();
const before = readFileSync(path).length;
const compaction = await waymark.checkpoints.compact();
onlooker.close();
const report = { threads, appended, ...state, verdict, size, before, compaction };
// A process may forget to close its store, and has to end all the same.
if (closing === 'close') await waymark.close();
writeFileSync(1, `${JSON.stringify({ ...report, left: ['-wal', '-shm'].filter((end) => existsSync(path + end)) })}\n`);

/** How many pages the write-ahead log holds, and how many of them are in the file. */
function look() {
  const [found] = /** @type {{ log: number, checkpointed: number }[]} */ (onlooker.pragma('wal_checkpoint(NOOP)'));
  return { log: found?.log ?? 0, checkpointed: found?.checkpointed ?? 0 };
}
