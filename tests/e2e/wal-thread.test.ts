import { runProgram } from '../support/run-program.js';
import { makeTemporaryFolder } from '../support/temporary-folder.js';

/** What `wal-process.mjs` prints. */
interface Report {
  readonly threads: boolean;
  readonly appended: number;
  readonly log: number;
  readonly checkpointed: number;
}

/** From how many pages on commits take the write-ahead log back themselves where there is no thread. */
const PAGES_ALONE = 1_000;

describe('a SQLite file to which much is appended', () => {
  const folder = makeTemporaryFolder();

  afterAll(() => folder.remove());

  it('has its write-ahead log taken back on another thread, and closes without a trace', async () => {
    const [line = ''] = await runProgram('wal-process.mjs', [folder.file('closed.db'), 'close']);
    const report = JSON.parse(line) as Report;
    expect(report).toMatchObject({ verdict: 'ok', size: report.appended, left: [] });
    // Commits left it alone where there is a thread, and yet a part of it is in the file.
    expect(report.log > PAGES_ALONE).toBe(report.threads);
    expect(report.checkpointed).toBeGreaterThan(0);
  }, 120_000);

  it('does not keep a process from ending that forgets to close it', async () => {
    const [line = ''] = await runProgram('wal-process.mjs', [folder.file('left.db'), 'leave']);
    const report = JSON.parse(line) as Report;
    expect(report).toMatchObject({ verdict: 'ok', size: report.appended });
  }, 120_000);
});
