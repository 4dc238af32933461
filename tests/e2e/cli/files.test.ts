import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { FileCommit } from '../../../src/index.js';
import { openWaymark } from '../../support/open-waymark.js';
import { makeTemporaryFolder, type TemporaryFolder } from '../../support/temporary-folder.js';
import { call } from './support/in-process.js';
import { json } from './support/json.js';

/** Bytes that are no text in any encoding of it. */
const BYTES = Buffer.from([0, 255, 128, 10, 13, 254]);

describe('waymark files', () => {
  let folder: TemporaryFolder;
  let site: string;
  let first: FileCommit;
  let second: FileCommit;
  const files = (...args: readonly string[]) => call(['files', ...args, '--store', folder.file('waymark.db')]);
  const write = (path: string, content: string | Buffer): void => {
    mkdirSync(dirname(join(site, path)), { recursive: true });
    writeFileSync(join(site, path), content);
  };
  const open = () => openWaymark({ storage: `sqlite:${folder.file('waymark.db')}` });

  beforeEach(async () => {
    folder = makeTemporaryFolder();
    site = folder.file('site');
    write('index.html', '<h1>one</h1>');
    write('img/logo.bin', BYTES);
    await using waymark = await open();
    first = await waymark.files.commitFolder(site, { message: 'first\u001b[31m', executionId: 'run-1' });
    write('index.html', '<h1>two</h1>');
    second = await waymark.files.commitFolder(site, { parentId: first.id, workspaceId: 'space-1' });
  });
  afterEach(() => folder.remove());

  describe('log', () => {
    it('lists commits, the newest first, with what to do next', async () => {
      const { code, stdout } = await files('log');
      expect(code).toBe(0);
      const [titles, ...rows] = stdout.split('\n');
      expect(titles).toMatch(/^COMMIT +STATUS +FILES +SIZE +MADE +EXECUTION +MESSAGE$/);
      expect(rows[0]).toMatch(new RegExp(`^${second.id} +finalised +2 +18 B`));
      expect(rows[1]).toMatch(new RegExp(`^${first.id} +finalised +2 +18 B .* run-1 +first\\\\u001b\\[31m$`));
      expect(stdout).toContain(`waymark files show ${second.id} --store ${folder.file('waymark.db')}`);
      expect(stdout).toContain(`waymark files restore ${second.id} --to FOLDER --dry-run`);
    });

    it('lists those of an execution or a workspace, as JSON too', async () => {
      const idsOf = async (...args: readonly string[]): Promise<unknown> =>
        json((await files('log', '--json', ...args)).stdout).map(({ id }: FileCommit) => id);
      expect(await idsOf()).toStrictEqual([second.id, first.id]);
      expect(await idsOf('--execution', 'run-1')).toStrictEqual([first.id]);
      expect(await idsOf('--workspace', 'space-1')).toStrictEqual([second.id]);
      expect(await idsOf('--limit', '1')).toStrictEqual([second.id]);
      expect((await files('log', '--limit', '1')).stderr).toBe('The newest 1. More: --limit 5\n');
    });

    it('says so where there are none', async () => {
      expect(await files('log', '--execution', 'nobody')).toMatchObject({
        code: 0,
        stdout: '',
        stderr: expect.stringMatching(/^No commit matches\. All of them: waymark files log/) as string,
      });
      await (await openWaymark({ storage: `sqlite:${folder.file('empty.db')}` })).close();
      const empty = await call(['files', 'log', '--store', folder.file('empty.db')]);
      expect(empty).toMatchObject({
        code: 0,
        stdout: '',
        stderr: expect.stringMatching(/^No files were kept yet/) as string,
      });
      expect(existsSync(folder.file('empty.db.files'))).toBe(false);
    });
  });

  describe('show', () => {
    it('lists what a commit has', async () => {
      const { code, stdout } = await files('show', first.id);
      expect(code).toBe(0);
      const [title, ...lines] = stdout.trimEnd().split('\n');
      expect(title).toMatch(new RegExp(`^${first.id} finalised, 2 files, 18 B, .*, first\\\\u001b\\[31m$`));
      expect(lines).toStrictEqual([
        expect.stringMatching(/^0\d{3} +6 img\/logo\.bin$/) as string,
        expect.stringMatching(/^0\d{3} +12 index\.html$/) as string,
      ]);
      expect((await files('show', first.id, 'img/')).stdout.trimEnd().split('\n')).toHaveLength(2);
    });

    it('tells of them as JSON', async () => {
      const shown = json((await files('show', first.id, '--json')).stdout);
      expect(shown).toMatchObject({
        id: first.id,
        entries: [
          { path: 'img', kind: 'folder' },
          { path: 'img/logo.bin', kind: 'file', size: 6 },
          { path: 'index.html', kind: 'file', size: 12 },
        ],
      });
      expect(json((await files('show', first.id, 'index.html', '--json')).stdout)).toStrictEqual(shown.entries[2]);
    });

    it('writes the content of a file as it is', async () => {
      expect((await files('show', first.id, 'index.html')).stdout).toBe('<h1>one</h1>');
      expect((await files('show', second.id, 'index.html')).stdout).toBe('<h1>two</h1>');
      expect(Buffer.from((await files('show', first.id, 'img/logo.bin')).stdout, 'latin1')).toStrictEqual(BYTES);
    });

    it.each([
      ['a commit that there is not', ['nobody'], 1, 'WAYMARK_FILE_COMMIT_NOT_FOUND'],
      ['no commit', [], 2, 'WAYMARK_USAGE'],
    ])('fails for %s', async (_, args, code, name) => {
      expect(await files('show', ...args)).toMatchObject({
        code,
        stdout: '',
        stderr: expect.stringContaining(name) as string,
      });
    });

    it('fails for a path that it does not have', async () => {
      const { code, stderr } = await files('show', first.id, 'nobody.html');
      expect({ code, stderr }).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('WAYMARK_FILE_NOT_FOUND') as string,
      });
    });
  });

  describe('restore', () => {
    it('puts files back', async () => {
      const dry = await files('restore', first.id, '--to', folder.file('copy'), '--dry-run');
      expect(dry.stdout).toBe('+ img/logo.bin\n+ index.html\n2 paths would be written (18 B)\n');
      expect(existsSync(folder.file('copy'))).toBe(false);
      const { code, stdout } = await files('restore', first.id, '--to', folder.file('copy'));
      expect({ code, stdout }).toStrictEqual({
        code: 0,
        stdout: '+ img/logo.bin\n+ index.html\n2 paths written (18 B)\n',
      });
      expect(readFileSync(join(folder.file('copy'), 'index.html'), 'utf8')).toBe('<h1>one</h1>');
      expect(readFileSync(join(folder.file('copy'), 'img/logo.bin'))).toStrictEqual(BYTES);
      expect(await files('restore', first.id, '--to', folder.file('copy'))).toMatchObject({
        code: 0,
        stdout: '',
        stderr: 'Nothing to do: the folder has these files already.\n',
      });
    });

    it('takes away what the commit does not have, with a copy', async () => {
      write('new.txt', 'new');
      const backup = folder.file('before');
      const args = ['restore', first.id, '--to', site, '--remove-others', '--backup', backup] as const;
      const dry = await files(...args, '--dry-run', '--json');
      expect(json(dry.stdout)).toMatchObject({ dryRun: true, restored: ['index.html'], removed: ['new.txt'] });
      expect(readFileSync(join(site, 'index.html'), 'utf8')).toBe('<h1>two</h1>');
      expect(existsSync(backup)).toBe(false);

      const { code, stdout } = await files(...args, '--actor', 'user:ada');
      expect(code).toBe(0);
      expect(stdout).toBe('+ index.html\n- new.txt\n1 path written (12 B), 1 taken away, 2 copied aside\n');
      expect(readdirSync(site).toSorted()).toStrictEqual(['img', 'index.html']);
      expect(readFileSync(join(backup, 'new.txt'), 'utf8')).toBe('new');
      const log = await call(['log', '--type', 'file.restored', '--json', '--store', folder.file('waymark.db')]);
      expect(log.stdout).toContain('"user:ada"');
    });

    it('puts back only the paths that were asked for', async () => {
      await files('restore', first.id, '--to', folder.file('copy'), '--path', 'img');
      expect(readdirSync(folder.file('copy'))).toStrictEqual(['img']);
    });

    it('wants to know where', async () => {
      expect(await files('restore', first.id)).toMatchObject({ code: 2, stdout: '' });
    });
  });

  describe('verify', () => {
    it('reads a commit back', async () => {
      const { code, stdout } = await files('verify', first.id);
      expect({ code, stdout }).toMatchObject({
        code: 0,
        stdout: expect.stringMatching(/ intact, \d contents\n$/) as string,
      });
      await using waymark = await open();
      expect((await waymark.files.get(first.id)).status).toBe('verified');
    });

    it('finds what is damaged among all of them', async () => {
      expect(json((await files('verify', '--all', '--json')).stdout)).toMatchObject([
        { commitId: second.id, intact: true },
        { commitId: first.id, intact: true },
      ]);
      const { hash } = json((await files('show', first.id, 'index.html', '--json')).stdout);
      rmSync(contentPath(folder.file('waymark.db.files'), hash as string), { force: true });
      const { code, stdout } = await files('verify', '--all');
      expect(code).toBe(1);
      expect(stdout).toMatch(
        new RegExp(`^${second.id} intact, .*\n${first.id} not intact: .*"index\\.html" is missing`),
      );
      expect(await files('verify', first.id)).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('WAYMARK_FILE_DAMAGED') as string,
      });
    });

    it('verifies the commit of a checkpoint', async () => {
      await using waymark = await open();
      const link = {
        checkpointId: 'point',
        executionId: 'run-1',
        workspaceId: null,
        commitId: first.id,
        environment: null,
      };
      await waymark.store.unitOfWork.run((scope) => waymark.store.checkpointFiles.link([link], scope));
      expect(json((await files('verify', '--checkpoint', 'point', '--json')).stdout)).toMatchObject({
        commitId: first.id,
        intact: true,
      });
      expect(await files('verify', '--checkpoint', 'nobody')).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('WAYMARK_CHECKPOINT_WITHOUT_FILES') as string,
      });
    });

    it.each([
      ['nothing', []],
      ['two things', ['--all', '--checkpoint', 'point']],
    ])('wants to know which, and not %s', async (_, args) => {
      expect((await files('verify', ...args)).code).toBe(2);
    });
  });

  describe('gc', () => {
    it('takes away what nothing needs, once it is old enough', async () => {
      expect((await files('gc', '--unlinked', '--dry-run')).stdout).toMatch(
        /^nothing to take away: \d+ contents stay\n$/,
      );
      const dry = json((await files('gc', '--unlinked', '--min-age', '0s', '--dry-run', '--json')).stdout);
      expect(dry).toMatchObject({ dryRun: true, unlinked: [first.id, second.id] });
      expect(dry.contents).toBeGreaterThan(0);
      expect(json((await files('log', '--json')).stdout)).toHaveLength(2);
      const { code, stdout } = await files('gc', '--unlinked', '--min-age', '0s');
      expect(code).toBe(0);
      expect(stdout).toMatch(/^took away 2 commits and \d+ contents, .*; 0 contents stay\n$/);
      expect(json((await files('log', '--json')).stdout)).toStrictEqual([]);
      expect((await files('gc', '--min-age', '0s')).stdout).toBe('nothing to take away: 0 contents stay\n');
    });

    it('refuses an age that is none', async () => {
      expect(await files('gc', '--min-age', 'old')).toMatchObject({
        code: 2,
        stderr: expect.stringContaining('--min-age is no age') as string,
      });
    });
  });

  it('keeps files where --home says', async () => {
    const home = folder.file('elsewhere');
    expect((await files('verify', first.id, '--home', home)).code).toBe(1);
    expect((await files('log', '--home', home)).stdout).toContain(`--home ${home}`);
  });

  it('says which commands there are', async () => {
    const { code, stdout } = await files('--help');
    expect(code).toBe(0);
    for (const name of ['log', 'show', 'restore', 'verify', 'gc']) {
      expect(stdout).toMatch(new RegExp(`^ {2}${name}\\b`, 'm'));
    }
    expect((await files()).code).toBe(2);
    expect((await files('show')).stderr).toContain('waymark files --help');
  });
});

/** Where a content is, wherever its hash is among the names. */
function contentPath(home: string, hash: string): string {
  const found = readdirSync(home, { recursive: true, encoding: 'utf8' })
    .map((name) => join(home, name))
    .find((path) => path.replaceAll(/[/\\]/g, '').includes(hash) && statSync(path).isFile());
  if (found === undefined) throw new Error(`no content ${hash} in ${home}`);
  utimesSync(found, 0, 0);
  return found;
}
