import { readFileSync, writeFileSync } from 'node:fs';
import Database from 'better-sqlite3';
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

  it('verifies an archive without a key as far as that goes, and says what it did not look at', async () => {
    const key = generateSigningKey('example.com/retain');
    writeKeyFile(folder.file('pinned.key'), key);
    const made = await retain('--before', '3', '--key', folder.file('pinned.key'), '--json');
    const { archive } = json(made.stdout) as { readonly archive: string };
    const verify = (...args: readonly string[]) => waymark('retain', '--verify-archive', archive, ...args);

    expect(await verify()).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^archive verified: 3 entries/),
      stderr: expect.stringMatching(/Who signed it was not checked.*example\.com\/retain with --trusted/),
    });
    const unchecked = await verify('--json');
    expect(unchecked).toMatchObject({ code: 0, stderr: '' });
    expect(json(unchecked.stdout)).toMatchObject({ ok: true, verdict: 'ok', isTrusted: false });

    const checked = await verify('--trusted', key.verifier.toString());
    expect(checked).toMatchObject({ code: 0, stderr: '', stdout: expect.not.stringContaining('if its key is') });
    expect(json((await verify('--trusted', key.verifier.toString(), '--json')).stdout)).toMatchObject({
      isTrusted: true,
    });
    const other = generateSigningKey('example.com/retain').verifier.toString();
    expect(await verify('--trusted', other)).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/WAYMARK_EXPORT_NOT_VERIFIED.*is untrusted/s),
    });
    expect((await retain('--before', '3', '--trusted', other)).code).toBe(2);
  });

  it('finds an archive damaged without a key: its bytes, its manifest and the seam have to agree', async () => {
    const { archive } = json((await retain('--before', '3', '--key', folder.file('waymark.key'), '--json')).stdout) as {
      readonly archive: string;
    };
    const verify = () => waymark('retain', '--verify-archive', archive);
    const database = new Database(folder.file('waymark.db'));
    const note = database.prepare('SELECT note FROM seams').pluck().get() as string;
    database.prepare('UPDATE seams SET applied_at = ?').run('2001-01-01T00:00:00.000Z');
    expect(await verify()).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/the seam at 3 is not what was written: its columns do not say what its note says/),
    });
    const at = /^applied-at (.+)$/m.exec(note)?.[1];
    database.prepare('UPDATE seams SET applied_at = ?, root_hash = ?').run(at, 'a'.repeat(64));
    expect(await verify()).toMatchObject({ code: 1, stderr: expect.stringContaining('has another root') });
    database.close();
    const bytes = readFileSync(archive);
    bytes[bytes.length - 12] = (bytes[bytes.length - 12] ?? 0) ^ 1;
    writeFileSync(archive, bytes);
    expect(await verify()).toMatchObject({ code: 1, stderr: expect.stringContaining('is damaged') });
  });

  it('says of an archive that nobody sealed that nobody vouches for it', async () => {
    const made = await retain('--before', '3', '--unsigned', '--json');
    const { archive } = json(made.stdout) as { readonly archive: string };
    expect(await waymark('retain', '--verify-archive', archive)).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('No seal vouches for it'),
    });
    const key = generateSigningKey('example.com/retain').verifier.toString();
    expect(await waymark('retain', '--verify-archive', archive, '--trusted', key)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('is unsealed'),
    });
  });

  it('takes no year for a position', async () => {
    const refused = await retain('--before', '2026', '--dry-run');
    expect(refused).toMatchObject({ code: 2, stdout: '' });
    expect(refused.stderr).toMatch(/could be a year or a position\.\n→ Give a date \(2026-01-01\), or .* \(02026\)/);
    expect((await retain('--before', '02026', '--dry-run')).stdout).toContain('would remove 5 entries');
  });
});
