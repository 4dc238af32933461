import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { createWaymark, leafHash, MerkleFrontier } from '../../../src/index.js';
import { writeDeals } from '../../support/exports.js';
import { keyOf, ORIGIN } from '../../support/sealed-log.js';
import { makeTemporaryFolder, type TemporaryFolder } from '../../support/temporary-folder.js';
import { type Outcome, startCommand, waymark as program } from './support/command-line.js';
import { call, type World } from './support/in-process.js';
import { json } from './support/json.js';

const KEY = keyOf(ORIGIN);

describe('taking the log out and in', () => {
  let folder: TemporaryFolder;
  let store: string;
  let root: string;
  const waymark = (args: readonly string[], world?: World): Promise<Outcome> =>
    call([...args, '--store', store], world);
  const bodies = (): readonly string[] => readFileSync(folder.file('log.jsonl'), 'utf8').split('\n').slice(0, -1);

  beforeEach(async () => {
    folder = makeTemporaryFolder();
    store = folder.file('waymark.db');
    await using opened = await createWaymark({ storage: `sqlite:${store}`, seals: { key: KEY } });
    await writeDeals(opened, 30);
    await opened.log.seal();
    root = (await opened.log.head()).rootHash;
  });
  afterEach(() => folder.remove());

  describe('waymark export', () => {
    it('writes a file with its manifest, says what it wrote, and is recorded', async () => {
      const out = folder.file('log.jsonl');
      const { code, stdout, stderr } = await waymark(['export', '--out', out]);
      expect({ code, stderr }).toStrictEqual({ code: 0, stderr: '' });
      expect(stdout).toMatch(
        /^31 entries exported as jsonl to .+\n {2}SHA-256 [0-9a-f]{64}\n {2}root at 31: [0-9a-f]{64}\n$/,
      );
      expect(stdout).toContain(root);
      const leaves = bodies().map((body) => leafHash(body));
      expect(MerkleFrontier.EMPTY.appendAll(leaves).root().toString('hex')).toBe(root);
      const [told] = json(`[${(await waymark(['log', '--type', 'audit.exported', '--json'])).stdout}]`);
      expect(told.payload).toMatchObject({ format: 'jsonl', entries: 31, destination: out });
    });

    it('tells the manifest as JSON', async () => {
      const out = folder.file('log.csv.gz');
      const { stdout } = await waymark(['export', '--format', 'csv', '--gzip', '--out', out, '--no-record', '--json']);
      expect(json(stdout)).toStrictEqual(json(readFileSync(`${out}.manifest.json`, 'utf8')));
      expect(json(stdout)).toMatchObject({ format: 'csv', gzip: true, entries: 31, rootHash: root });
      expect((await waymark(['log', '--type', 'audit.exported', '--json'])).stdout).toBe('');
    });

    it('writes to stdout, with the manifest where it is told to', async () => {
      const { code, stdout, stderr } = await waymark(['export', '--manifest', folder.file('m.json'), '--no-record']);
      expect({ code, stderr }).toStrictEqual({ code: 0, stderr: '31 entries exported as jsonl\n' });
      writeFileSync(folder.file('saved'), stdout);
      const verify = ['export', '--verify', folder.file('saved'), '--manifest', folder.file('m.json')];
      expect(await call(verify)).toMatchObject({
        code: 0,
        stdout: expect.stringMatching(/^export verified: 31 entries/),
      });
      expect(readdirSync(folder.path).filter((name) => name.endsWith('.manifest.json'))).toStrictEqual([]);
    });

    it('takes a range and a filter', async () => {
      const positions = async (...args: readonly string[]): Promise<readonly number[]> =>
        (await waymark(['export', '--no-record', '--json', ...args])).stdout
          .split('\n')
          .slice(0, -1)
          .map((line) => json(line).position);
      expect(await positions('--from', '3', '--until', '6')).toStrictEqual([3, 4, 5]);
      expect(await positions('--type', 'deal.won')).toStrictEqual([9, 19, 29]);
      expect(await positions('--type', 'deal.won', '--from', '10', '--min-severity', 'warning')).toStrictEqual([
        19, 29,
      ]);
      const { stderr } = await waymark(['export', '--type', 'deal.won', '--out', folder.file('won'), '--no-record']);
      expect(stderr).toContain('waymark prove EVENT');
    });

    it('takes what else a filter has', async () => {
      const count = async (...args: readonly string[]): Promise<number> =>
        (await waymark(['export', '--no-record', ...args])).stdout.split('\n').length - 1;
      const all = await count();
      expect(await count('--stream', 'nobody/1')).toBe(0);
      expect(await count('--text', 'deal.won', '--severity', 'warning')).toBe(3);
      expect((await count('--outcome', 'success')) + (await count('--outcome', 'failure'))).toBeLessThanOrEqual(all);
      expect(await count('--category', 'audit')).toBeLessThan(all);
      expect(await count('--since', '2999-01-01')).toBe(0);
      expect(await count('--since', '2000-01-01', '--until-time', '2999-01-01')).toBe(all);
      expect((await waymark(['export', '--since', 'March', '--no-record'])).code).toBe(2);
      expect((await waymark(['export', '--verify', 'x', '--until-time', '2026-01-01'])).stderr).toContain(
        '--until-time',
      );
    });

    it('writes CloudEvents as lines and as one list', async () => {
      const lines = (await waymark(['export', '--format', 'cloudevents', '--no-record'])).stdout;
      const batch = (await waymark(['export', '--format', 'cloudevents-batch', '--no-record'])).stdout;
      expect(json(batch)).toStrictEqual(
        lines
          .split('\n')
          .slice(0, -1)
          .map((line) => json(line)),
      );
      expect(json(batch)[0]).toMatchObject({ specversion: '1.0', type: 'deal.created', waymarkposition: '0' });
    });

    it('shows on a terminal how far it has come', async () => {
      await using opened = await createWaymark({ storage: `sqlite:${store}` });
      await writeDeals(opened, 2_000);
      await opened.close();
      const { stderr } = await waymark(['export', '--out', folder.file('x'), '--no-record'], { terminal: 80 });
      expect(stderr).toContain('1,000 of 2,031 entries exported, 49 %');
      expect(stderr.endsWith('\r\u001b[K')).toBe(true);
    });

    it('reads a store that can only be read with --no-record, and is refused by it without', async () => {
      const env = { WAYMARK_STORE: `sqlite:${folder.file('absent.db')}` };
      expect(await call(['export', '--no-record'], { env })).toMatchObject({ code: 1, stdout: '' });
      expect((await call(['export'], { env })).stderr).toContain('WAYMARK_STORE_NOT_FOUND');
      expect(existsSync(folder.file('absent.db'))).toBe(false);
    });

    it.each([
      [['--gzip'], /^--gzip needs --out FILE\./],
      [['--resume'], /^--resume needs --out FILE\./],
      [['--trusted', 'x'], /^--trusted is for --verify\./],
      [['--verify', 'x', '--min-severity', 'info'], /^--verify and --min-severity exclude each other\./],
      [['--verify', 'x', '--out', 'y'], /^--verify and --out exclude each other\./],
      [['--format', 'xml'], /Allowed choices are jsonl, csv, cloudevents, cloudevents-batch/],
      [['--from', 'here'], /whole number/],
    ])('says what is wrong with %j, with exit code 2', async (args, message) => {
      const { code, stdout, stderr } = await waymark(['export', ...args]);
      expect({ code, stdout }).toStrictEqual({ code: 2, stdout: '' });
      expect(stderr.replace(/^error WAYMARK_USAGE: /, '')).toMatch(message);
    });

    it('says what is wrong with a filter or a range, with exit code 2', async () => {
      expect(await waymark(['export', '--type', 'Deal Won'])).toMatchObject({ code: 2 });
      expect(await waymark(['export', '--from', '5', '--until', '4'])).toMatchObject({ code: 2 });
      expect((await waymark(['export', '--from', '99'])).stderr).toContain('The log has 31 entries');
    });

    it('is gone on with after Ctrl-C', async () => {
      await using opened = await createWaymark({ storage: `sqlite:${store}` });
      await writeDeals(opened, 60_000);
      await opened.close();
      const args = ['export', '--store', store, '--out', folder.file('log.gz'), '--gzip', '--no-record', '--resume'];
      const command = startCommand(args, { cwd: folder.path });
      while (!existsSync(folder.file('log.gz.part.json'))) await new Promise((next) => setImmediate(next));
      command.signal('SIGINT');
      const { code, stderr } = await command.ended;
      expect(code).toBe(1);
      expect(stderr).toMatch(/^error WAYMARK_INTERRUPTED: .+\n→ Go on with: .*--resume/);
      expect(await program(args, { cwd: folder.path })).toMatchObject({ code: 0 });
      expect(await call(['export', '--verify', folder.file('log.gz')])).toMatchObject({ code: 0 });
    }, 60_000);
  });

  describe('waymark export --verify', () => {
    const verify = (...args: readonly string[]): Promise<Outcome> =>
      call(['export', '--verify', folder.file('log.jsonl'), ...args]);
    beforeEach(async () => {
      await waymark(['export', '--out', folder.file('log.jsonl'), '--no-record']);
    });

    it('needs no store, and says what is proved', async () => {
      const { code, stdout } = await verify('--trusted', KEY.verifier.toString());
      expect(code).toBe(0);
      expect(stdout).toBe(
        `export verified: 31 entries lead to the root of the log at 31; ${ORIGIN} sealed those before position 30\n`,
      );
      expect((await verify()).stdout).toContain('none was given');
      expect(json((await verify('--json')).stdout)).toMatchObject({ ok: true, verdict: 'ok', rootHash: root });
    });

    it('says what is wrong, with exit code 1', async () => {
      const text = readFileSync(folder.file('log.jsonl'), 'utf8');
      writeFileSync(folder.file('log.jsonl'), text.replace('"position":7', '"position":8'));
      const { code, stdout, stderr } = await verify();
      expect({ code, stdout }).toStrictEqual({ code: 1, stdout: '' });
      expect(stderr).toMatch(/^error WAYMARK_EXPORT_NOT_VERIFIED: The export .+ is damaged: .+ in line 8: .+\n→ .+\n$/);
      const asJson = await verify('--json');
      expect(asJson.code).toBe(1);
      expect(json(asJson.stdout)).toMatchObject({ ok: false, verdict: 'damaged', line: 8 });
      const other = await verify('--trusted', keyOf(ORIGIN, 2).verifier.toString());
      expect(other.stderr).toContain('is untrusted');
      expect((await call(['export', '--verify', folder.file('none')])).stderr).toContain('WAYMARK_EXPORT_NOT_FOUND');
    });
  });

  describe('waymark import', () => {
    const copy = (...args: readonly string[]): Promise<Outcome> => call([...args, '--store', folder.file('copy.db')]);

    it('makes a store with the same log, once', async () => {
      await waymark(['export', '--out', folder.file('log.jsonl'), '--no-record']);
      const file = folder.file('log.jsonl');
      const key = KEY.verifier.toString();
      expect(await copy('import', file, '--trusted', key)).toStrictEqual({
        code: 0,
        stdout: `31 entries imported\n  the log has 31 entries, root ${root}\n`,
        stderr: '',
      });
      expect(await copy('import', file, '--json')).toMatchObject({ code: 0 });
      expect(json((await copy('import', file, '--json')).stdout)).toStrictEqual({
        imported: 0,
        skipped: 31,
        size: 31,
        rootHash: root,
      });
      expect(await copy('verify', '--trusted', key)).toMatchObject({ code: 0 });
    });

    it('says why it does not, with exit code 1', async () => {
      await waymark(['export', '--out', folder.file('won'), '--type', 'deal.won', '--no-record']);
      expect(await copy('import', folder.file('won'))).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('WAYMARK_NOT_IMPORTABLE'),
      });
      await waymark(['export', '--out', folder.file('part'), '--from', '3', '--no-record']);
      expect((await copy('import', folder.file('part'))).stderr).toContain('WAYMARK_IMPORT_MISMATCH');
      expect((await copy('import', folder.file('none'))).stderr).toContain('WAYMARK_EXPORT_NOT_FOUND');
    });
  });
});
