import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { verifyExport, type WholeExport } from '../../src/index.js';
import { changeManifest, writeDeals } from '../support/exports.js';
import { FakeClock } from '../support/fake-clock.js';
import { openWaymark } from '../support/open-waymark.js';
import { keyOf, ORIGIN } from '../support/sealed-log.js';
import { describeWhere, missingPrograms } from '../support/requirement.js';
import { SequenceIds } from '../support/sequence-ids.js';
import { makeTemporaryFolder, type TemporaryFolder } from '../support/temporary-folder.js';

const page = readFileSync(new URL('../../docs/export.md', import.meta.url), 'utf8');

/** The first block of a language. */
function blockOf(language: string): string {
  return new RegExp(`^\`\`\`${language}\n([\\s\\S]*?)^\`\`\``, 'm').exec(page)?.[1] ?? '';
}

const key = keyOf(ORIGIN);

describe('docs/export.md', () => {
  let folder: TemporaryFolder;
  beforeAll(() => {
    folder = makeTemporaryFolder();
    writeFileSync(folder.file('check_export.py'), blockOf('python'));
  });
  afterAll(() => folder.remove());

  /** Writes the export of the page. */
  async function exported(options: { gzip?: boolean; from?: number; until?: number; count?: number } = {}) {
    const path = folder.file('deals.jsonl');
    await using waymark = await openWaymark({ seals: { key }, clock: new FakeClock(), ids: new SequenceIds('event') });
    const { count = 5, ...rest } = options;
    await writeDeals(waymark, count);
    await waymark.log.seal();
    return { path, manifest: (await waymark.log.export({ to: path, ...rest })) as WholeExport };
  }

  function run(path: string): readonly [isSound: boolean, said: string] {
    const { status, stdout, stderr } = spawnSync('python3', [folder.file('check_export.py'), path], {
      encoding: 'utf8',
    });
    return [status === 0, `${stdout}${stderr}`.trim()];
  }

  it('shows the manifest that Waymark writes', async () => {
    const { manifest } = await exported();
    const shown = JSON.parse(blockOf('json')) as WholeExport;
    expect({ ...shown, waymark: '' }).toStrictEqual({ ...manifest, waymark: '' });
    expect(await verifyExport(folder.file('deals.jsonl'), { trusted: [key.verifier] })).toMatchObject({
      verdict: 'ok',
    });
  });

  describeWhere('its script', missingPrograms({ python3: '--version' }))('its script', () => {
    it.each([
      {},
      { gzip: true },
      { from: 3 },
      { from: 2, until: 5, gzip: true },
      { count: 0 },
      { count: 2_500, from: 7 },
    ])('finds an export sound that Waymark finds sound: %j', async (options) => {
      const { path, manifest } = await exported(options);
      const { range, rootHash } = manifest;
      expect(run(path)).toStrictEqual([true, `sound: positions ${range.from} to ${range.until - 1}, root ${rootHash}`]);
    });

    it.each<[string, (path: string) => void]>([
      ['another text', (path) => writeFileSync(path, readFileSync(path, 'utf8').replace('d-3', 'd-4'))],
      ['another root', (path) => changeManifest(path, (it) => (it['rootHash'] = '0'.repeat(64)))],
    ])('does not find it sound with %s', async (_, damage) => {
      const { path } = await exported();
      damage(path);
      const [isSound, said] = run(path);
      expect(said).toMatch(/^NOT SOUND: /);
      expect(isSound).toBe(false);
    });
  });
});
