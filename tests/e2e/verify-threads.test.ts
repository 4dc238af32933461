import { runProgram } from '../support/run-program.js';
import { makeTemporaryFolder } from '../support/temporary-folder.js';

const SIZE = 60_000;

/** What `verify-process.mjs` prints. */
interface Report {
  readonly threads: boolean;
  readonly intact: { readonly elsewhere: number };
  readonly whileReadOnly: { readonly elsewhere: number };
}

describe('a long log in a SQLite file', () => {
  const folder = makeTemporaryFolder();
  let report: Report;

  beforeAll(async () => {
    const [line = ''] = await runProgram('verify-process.mjs', [folder.file('waymark.db'), String(SIZE)]);
    report = JSON.parse(line) as Report;
  }, 120_000);

  afterAll(() => folder.remove());

  it('is checked on other threads as well, where the machine has more than one processor', () => {
    expect(report).toMatchObject({
      intact: { verdict: 'ok', checked: SIZE },
      whileReadOnly: { verdict: 'ok', checked: SIZE },
    });
    expect(report.intact.elsewhere > 0).toBe(report.threads);
    expect(report.whileReadOnly.elsewhere > 0).toBe(report.threads);
  });

  it('is found tampered with at the first entry that is wrong, whoever checks it', () => {
    expect(report).toMatchObject({
      column: { verdict: 'tampered', position: 30_500, checked: 30_500 },
      blob: { verdict: 'tampered', position: 31_001, checked: 31_001 },
      text: { verdict: 'tampered', position: 41_000, checked: 41_000 },
      missing: { verdict: 'tampered', position: 52_345, checked: 52_345 },
    });
  });

  it('can be left in the middle: the threads end, and let go of the file', () => {
    expect(report).toMatchObject({ aborted: 'enough', closed: 'WAYMARK_STORE_CLOSED', left: [] });
  });
});
