import { existsSync, readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { verifyExport } from '../../src/index.js';
import { manifestOf, writeDeals } from '../support/exports.js';
import { openWaymark } from '../support/open-waymark.js';
import { startProgram } from '../support/run-program.js';
import { makeTemporaryFolder, type TemporaryFolder } from '../support/temporary-folder.js';

const ENTRIES = 40_500;
const PAGES = 41;

describe('an export whose process is killed', () => {
  let folder: TemporaryFolder;
  beforeAll(async () => {
    folder = makeTemporaryFolder();
    await using waymark = await openWaymark({ storage: `sqlite:${folder.file('waymark.db')}` });
    await writeDeals(waymark, ENTRIES);
    for (const [format, gzip] of FORMATS) {
      await waymark.log.export({ to: folder.file(`whole-${format}`), format, gzip, record: false });
    }
  }, 60_000);
  afterAll(() => folder.remove());

  const FORMATS = [
    ['jsonl', false],
    ['csv', true],
    ['cloudevents-batch', true],
  ] as const;

  /** Goes on with the export until so many pages were told of, and kills it. */
  async function goOn(args: readonly string[], pages: number): Promise<boolean> {
    const program = startProgram('export-process.mjs', args);
    let seen = 0;
    let isDone = false;
    for await (const line of program.lines) {
      isDone ||= line === 'done';
      seen += 1;
      if (seen === pages) program.kill();
    }
    await program.ended;
    return isDone;
  }

  it.each(FORMATS)(
    'any number of times ends with the bytes of one that was not: %s, gzip %s',
    async (format, gzip) => {
      const to = folder.file(`killed-${format}`);
      const args = [folder.file('waymark.db'), to, format, gzip ? 'gzip' : ''];
      // After so many pages each. Those before a save are done again, so some get on and some do not.
      const [kills = []] = fc.sample(fc.array(fc.integer({ min: 1, max: 25 }), { minLength: 5, maxLength: 5 }), {
        numRuns: 1,
      });
      for (const pages of kills) {
        await goOn(args, pages);
        if (existsSync(to)) break;
      }
      expect(await goOn(args, PAGES * 2)).toBe(true);
      expect(readFileSync(to).equals(readFileSync(folder.file(`whole-${format}`)))).toBe(true);
      expect(manifestOf(to)).toStrictEqual(manifestOf(folder.file(`whole-${format}`)));
      expect(readdirSync(folder.path).filter((name) => name.includes('.part'))).toStrictEqual([]);
      expect(await verifyExport(to)).toMatchObject({ verdict: 'ok', entries: ENTRIES });
    },
    120_000,
  );
});
