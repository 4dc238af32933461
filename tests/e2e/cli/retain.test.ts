import { generateSigningKey } from '../../../src/index.js';
import { writeKeyFile } from '../../../src/infrastructure/integrity/key-file.js';
import { DealCreated } from '../../support/deals.js';
import { openWaymark } from '../../support/open-waymark.js';
import { makeTemporaryFolder, type TemporaryFolder } from '../../support/temporary-folder.js';
import { call } from './support/in-process.js';
import { json } from './support/json.js';

describe('waymark retain', () => {
  let folder: TemporaryFolder;
  const waymark = (...args: readonly string[]) => call([...args, '--store', folder.file('waymark.db')]);
  const retain = (...args: readonly string[]) => waymark('retain', '--archive-to', folder.path, ...args);

  beforeEach(async () => {
    folder = makeTemporaryFolder();
    writeKeyFile(folder.file('waymark.key'), generateSigningKey('example.com/retain'));
    await using store = await openWaymark({ storage: `sqlite:${folder.file('waymark.db')}` });
    await store.log.append(Array.from({ length: 5 }, (_, index) => new DealCreated({ dealId: `d-${index}` })));
  });
  afterEach(() => folder.remove());

  it('tells with --dry-run what it would remove, and where to', async () => {
    const { code, stdout } = await retain('--before', '3', '--dry-run');
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^would remove 3 entries, positions 0 to 2, [\d.]+ k?B; archive: .*waymark-0-2-[0-9a-f]{8}\.jsonl\.gz\n$/,
    );
    expect(json((await retain('--before', '2999-01-01', '--dry-run', '--json')).stdout)).toMatchObject({
      dryRun: true,
      removed: 5,
    });
    expect(await retain('--before', '2000-01-01', '--dry-run')).toMatchObject({
      stdout: expect.stringContaining('nothing to remove'),
    });
  });

  it('archives and removes, and both parts verify', async () => {
    const done = await retain('--before', '3', '--key', folder.file('waymark.key'), '--json');
    expect(json(done.stdout)).toMatchObject({ from: 0, to: 3, removed: 3, seam: { to: 3 } });
    expect((await waymark('verify')).code).toBe(0);
    const { archive } = json(done.stdout) as { readonly archive: string };
    expect((await waymark('export', '--verify', archive)).code).toBe(0);
  });

  it('fails without a key, and for what is neither a date nor a position', async () => {
    expect(await retain('--before', '3')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('WAYMARK_NO_SIGNING_KEY'),
    });
    expect((await retain('--before', 'March')).code).toBe(2);
    expect((await retain('--before', '3', '--unsigned', '--key', 'k')).code).toBe(2);
    expect((await waymark('retain', '--before', '3')).code).toBe(2);
    expect((await retain('--before', '3', '--unsigned')).code).toBe(0);
  });

  it('lists what was removed, and verifies an archive of this log', async () => {
    const retained = (...args: readonly string[]) => waymark('retain', ...args);
    expect(await retained('--list')).toMatchObject({ code: 0, stdout: '', stderr: expect.stringContaining('Nothing') });
    const { archive } = json((await retain('--before', '3', '--key', folder.file('waymark.key'), '--json')).stdout);
    const { code, stdout } = await retained('--list');
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^\S+Z {2}removed 3 entries, positions 0 to 2; signed; archive: \S+ \(SHA-256 [0-9a-f]{64}\)\n$/,
    );
    expect(stdout).toContain(archive);
    expect(json((await retained('--list', '--json')).stdout)).toMatchObject([{ from: 0, to: 3 }]);
    expect(await retained('--verify-archive', archive)).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^archive verified: 3 entries/),
    });
    await waymark('export', '--out', folder.file('no-archive.jsonl'), '--no-record');
    const other = await retained('--verify-archive', folder.file('no-archive.jsonl'));
    expect(other.code).toBe(1);
    expect(other.stderr).toContain('no seam of this log');
    for (const args of [
      ['--list', '--before', '3'],
      ['--list', '--verify-archive', archive],
      ['--verify-archive', archive, '--dry-run'],
    ]) {
      expect(await retained(...args)).toMatchObject({ code: 2, stderr: expect.stringContaining('exclude each other') });
    }
  });

  it('takes no year for a position', async () => {
    const refused = await retain('--before', '2026', '--dry-run');
    expect(refused).toMatchObject({ code: 2, stdout: '' });
    expect(refused.stderr).toMatch(/could be a year or a position\.\n→ Give a date \(2026-01-01\), or .* \(02026\)/);
    expect((await retain('--before', '02026', '--dry-run')).stdout).toContain('would remove 5 entries');
  });
});
