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

  it.each(['close', 'leave'])(
    'has its write-ahead log taken back on another thread, which lets the process end (%s)',
    async (closing) => {
      const [line = ''] = await runProgram('wal-process.mjs', [folder.file(`${closing}.db`), closing]);
      const report = JSON.parse(line) as Report;
      expect(report).toMatchObject({ verdict: 'ok', size: report.appended });
      // Commits left it alone, and yet a part of it is in the file.
      if (report.threads) expect(report.log).toBeGreaterThan(PAGES_ALONE);
      expect(report.checkpointed).toBeGreaterThan(0);
      if (closing === 'close') expect(report).toMatchObject({ left: [] });
    },
    120_000,
  );
});
