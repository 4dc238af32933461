import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { FolderCopy } from '../../../../src/application/workspace/workspace-folders.port.js';
import type { WaymarkError } from '../../../../src/domain/shared/errors.js';
import { LocalWorkspaceFolders } from '../../../../src/infrastructure/workspace/local-workspace-folders.js';
import { readTree, writeTree } from '../../../support/file-tree.js';
import { Processes } from '../../../support/processes.js';
import { makeTemporaryFolder, type TemporaryFolder } from '../../../support/temporary-folder.js';

const NOW = '2026-01-01T00:00:00.000Z';

describe('LocalWorkspaceFolders', () => {
  let place: TemporaryFolder;
  let source: string;
  let home: string;
  let processes: Processes;
  let folders: LocalWorkspaceFolders;
  const of = (self: string) => new LocalWorkspaceFolders({ home, identity: processes.identity(self) });
  const copy = (options: Partial<FolderCopy> = {}): FolderCopy => ({
    kind: 'folder',
    folder: source,
    strategy: 'copy',
    ignore: [],
    withIgnored: false,
    readOnly: [],
    ...options,
  });
  const names = () => readdirSync(join(home, 'workspaces')).toSorted();

  beforeEach(() => {
    place = makeTemporaryFolder();
    source = writeTree(place.file('source'), { 'a.txt': 'a', 'src/b.txt': 'bb', 'src/deep/c.txt': 'ccc' });
    home = place.file('home');
    processes = new Processes();
    folders = of('host/1/-/0/one');
  });
  afterEach(() => place.remove());

  describe('a copy of a folder', () => {
    it('has its files, links as they are, modes, times and empty folders', async () => {
      symlinkSync('src/b.txt', join(source, 'link'));
      symlinkSync('/etc/passwd', join(source, 'away'));
      mkdirSync(join(source, 'empty'));
      chmodSync(join(source, 'a.txt'), 0o755);
      utimesSync(join(source, 'a.txt'), 1_000, 1_000);
      const size = await folders.make('w1', copy());
      expect(size).toStrictEqual({ fileCount: 5, totalBytes: 6 });
      const made = folders.pathOf('w1');
      expect(readTree(made)).toStrictEqual(readTree(source));
      expect(existsSync(join(made, 'empty'))).toBe(true);
      expect(statSync(join(made, 'a.txt')).mode & 0o777).toBe(0o755);
      expect(statSync(join(made, 'a.txt')).mtimeMs).toBe(1_000_000);
      expect(names()).toStrictEqual(['w1']);
    });

    it('is isolated from it: what is written in one never shows in the other', async () => {
      await folders.make('w1', copy());
      writeFileSync(join(folders.pathOf('w1'), 'a.txt'), 'changed');
      writeFileSync(join(source, 'src/b.txt'), 'elsewhere');
      expect(readFileSync(join(source, 'a.txt'), 'utf8')).toBe('a');
      expect(readFileSync(join(folders.pathOf('w1'), 'src/b.txt'), 'utf8')).toBe('bb');
    });

    it('leaves out what is ignored, unless that is wanted too', async () => {
      writeTree(source, { '.gitignore': 'node_modules/\n', 'node_modules/x/index.js': 'x', 'debug.log': 'log' });
      await folders.make('w1', copy({ ignore: ['*.log'] }));
      expect(Object.keys(readTree(folders.pathOf('w1')))).toStrictEqual([
        '.gitignore',
        'a.txt',
        'src/b.txt',
        'src/deep/c.txt',
      ]);
      await folders.make('w2', copy({ ignore: ['*.log'], withIgnored: true }));
      expect(readTree(folders.pathOf('w2'))).toStrictEqual(readTree(source));
    });

    it('leaves out the home, where that is within', async () => {
      home = join(source, 'waymark.db.files');
      folders = of('host/1/-/0/one');
      await folders.make('w1', copy());
      await folders.make('w2', copy());
      expect(Object.keys(readTree(folders.pathOf('w2')))).toStrictEqual(['a.txt', 'src/b.txt', 'src/deep/c.txt']);
    });

    it('leaves out pipes and sockets', async () => {
      execFileSync('mkfifo', [join(source, 'pipe')]);
      expect(await folders.make('w1', copy())).toStrictEqual({ fileCount: 3, totalBytes: 6 });
    });

    it('is not there at all when it is given up', async () => {
      const signal = AbortSignal.abort(new Error('enough'));
      await expect(folders.make('w1', copy({ signal }))).rejects.toThrow('enough');
      const fill = (): Promise<never> => Promise.reject(new Error('no'));
      await expect(folders.make('w1', { kind: 'filled', fill })).rejects.toThrow('no');
      expect(names()).toStrictEqual([]);
    });

    it('needs a folder', async () => {
      for (const folder of [place.file('nowhere'), join(source, 'a.txt')]) {
        await expect(folders.make('w1', copy({ folder }))).rejects.toMatchObject({
          code: 'WAYMARK_WORKSPACE_SOURCE_NOT_FOUND',
        });
      }
    });
  });

  it('shares blocks where the file system can, and says so where it can not', async () => {
    const outcome = await folders.make('w1', copy({ strategy: 'reflink' })).then(
      () => readTree(folders.pathOf('w1')),
      (error: unknown) => (error as WaymarkError).code,
    );
    const isShared = typeof outcome !== 'string';
    expect(outcome).toStrictEqual(isShared ? readTree(source) : 'WAYMARK_WORKSPACE_STRATEGY_UNSUPPORTED');
  });

  it('links only what nobody may write to, and copies all else', async () => {
    writeTree(source, { 'data/large.bin': 'large' });
    await folders.make('w1', copy({ strategy: 'hardlink', readOnly: ['/data/'] }));
    const made = folders.pathOf('w1');
    expect(statSync(join(made, 'data/large.bin')).ino).toBe(statSync(join(source, 'data/large.bin')).ino);
    expect(statSync(join(made, 'data/large.bin')).mode & 0o222).toBe(0);
    expect(statSync(join(made, 'a.txt')).ino).not.toBe(statSync(join(source, 'a.txt')).ino);
    writeFileSync(join(made, 'a.txt'), 'changed');
    expect(readFileSync(join(source, 'a.txt'), 'utf8')).toBe('a');
    // Removing it frees what is not linked.
    expect((await folders.measure('w1')).totalBytes).toBe('changed'.length + 'bb'.length + 'ccc'.length);
    // Whether others have the file too nobody can tell: it stays as it is.
    await (await folders.putAside('w1'))?.remove();
    expect(statSync(join(source, 'data/large.bin')).mode & 0o222).toBe(0);
    expect(readFileSync(join(source, 'data/large.bin'), 'utf8')).toBe('large');
  });

  describe('a worktree', () => {
    const git = (...args: readonly string[]) =>
      execFileSync('git', ['-C', source, '-c', 'user.name=a', '-c', 'user.email=a@b', ...args], { encoding: 'utf8' });
    const commitAll = () => {
      git('init', '--quiet');
      git('add', '.');
      git('commit', '--quiet', '-m', 'first');
    };

    it('has what is committed, with what was changed since on top', async () => {
      writeTree(source, { '.gitignore': 'built\n', 'gone.txt': 'gone' });
      commitAll();
      writeTree(source, { 'a.txt': 'changed', 'new/ü n.txt': 'new', built: 'ignored' });
      rmSync(join(source, 'gone.txt'));
      rmSync(join(source, 'src/deep/c.txt'));
      const size = await folders.make('w1', copy({ strategy: 'worktree' }));
      const made = folders.pathOf('w1');
      expect(readTree(made, ['.git'])).toStrictEqual(readTree(source, ['.git', 'built']));
      expect(existsSync(join(made, 'src/deep'))).toBe(false);
      expect(size.fileCount).toBe(4);
      expect(git('worktree', 'list', '--porcelain')).toContain(made);
      expect(execFileSync('git', ['-C', made, 'status', '--short', 'a.txt'], { encoding: 'utf8' })).toBe(' M a.txt\n');
      writeFileSync(join(made, 'a.txt'), 'in the worktree');
      expect(readFileSync(join(source, 'a.txt'), 'utf8')).toBe('changed');
    });

    it('leaves out the home and the store, where they are within, also where they are committed', async () => {
      writeTree(source, { 's.db': 'store', 'db/home/environments/e1/x': 'x' });
      commitAll();
      writeTree(source, { 's.db': 'changed', 's.db-wal': 'new', 'db/home/environments/e2/x': 'x', 's.dbx': 'theirs' });
      home = join(source, 'db/home');
      const identity = processes.identity('host/1/-/0/one');
      folders = new LocalWorkspaceFolders({ home, store: join(source, 's.db'), identity });
      for (const id of ['w1', 'w2']) {
        const { fileCount } = await folders.make(id, copy({ strategy: 'worktree' }));
        const made = folders.pathOf(id);
        const paths = ['a.txt', 's.dbx', 'src/b.txt', 'src/deep/c.txt'];
        expect(Object.keys(readTree(made, ['.git']))).toStrictEqual(paths);
        expect([existsSync(join(made, 'db')), fileCount]).toStrictEqual([false, paths.length]);
        // Nobody commits there that they are gone.
        const status = execFileSync('git', ['-C', made, 'status', '--short'], { encoding: 'utf8' });
        expect(status).toBe('?? s.dbx\n');
      }
      expect(readFileSync(join(source, 's.db'), 'utf8')).toBe('changed');
    });

    it('is forgotten by its repository when it is removed', async () => {
      commitAll();
      await folders.make('w1', copy({ strategy: 'worktree' }));
      await (await folders.putAside('w1'))?.remove();
      expect(git('worktree', 'list', '--porcelain')).not.toContain('w1');
      expect(names()).toStrictEqual([]);
    });

    it('needs the top of a repository with a commit', async () => {
      const unsupported = { code: 'WAYMARK_WORKSPACE_STRATEGY_UNSUPPORTED' };
      const worktree = copy({ strategy: 'worktree' });
      await expect(folders.make('w1', worktree)).rejects.toMatchObject(unsupported);
      git('init', '--quiet');
      await expect(folders.make('w1', worktree)).rejects.toMatchObject(unsupported);
      commitAll();
      await expect(folders.make('w1', { ...worktree, folder: join(source, 'src') })).rejects.toMatchObject(unsupported);
      expect(names()).toStrictEqual([]);
    });

    it('says so where there is no git', async () => {
      const { PATH } = process.env;
      process.env['PATH'] = place.path;
      try {
        await expect(folders.make('w1', copy({ strategy: 'worktree' }))).rejects.toThrow('there is no git');
      } finally {
        process.env['PATH'] = PATH;
      }
    });
  });

  describe('removing', () => {
    it('frees what it says, and does not follow links', async () => {
      const outside = writeTree(place.file('outside'), { 'precious.txt': 'precious' });
      await folders.make('w1', copy());
      symlinkSync(outside, join(folders.pathOf('w1'), 'way-out'));
      mkdirSync(join(folders.pathOf('w1'), 'closed'));
      writeFileSync(join(folders.pathOf('w1'), 'closed/x'), 'x');
      chmodSync(join(folders.pathOf('w1'), 'closed'), 0o500);
      const aside = await folders.putAside('w1');
      expect(existsSync(folders.pathOf('w1'))).toBe(false);
      expect(await aside?.remove()).toStrictEqual({ fileCount: 5, totalBytes: 7 });
      expect(readTree(outside)).toStrictEqual({ 'precious.txt': 'precious' });
      expect(names()).toStrictEqual([]);
    });

    it('can be taken back until it is done, also by who comes after a crash', async () => {
      await folders.make('w1', copy());
      await (await folders.putAside('w1'))?.giveBack();
      expect(readTree(folders.pathOf('w1'))).toStrictEqual(readTree(source));
      await folders.putAside('w1');
      expect(await of('host/2/-/0/two').find('w1')).toBe(true);
      expect(readTree(folders.pathOf('w1'))).toStrictEqual(readTree(source));
    });

    it('touches nothing that is not a folder of its own', async () => {
      const outside = { code: 'WAYMARK_WORKSPACE_OUTSIDE' };
      const precious = writeTree(place.file('outside'), { 'precious.txt': 'precious' });
      for (const id of ['../../outside', '..', '.', '', 'a/b', '.making-x', 'x.lock', 'x\0']) {
        expect(() => folders.pathOf(id)).toThrow(expect.objectContaining(outside));
      }
      mkdirSync(join(home, 'workspaces'), { recursive: true });
      symlinkSync(precious, folders.pathOf('w1'));
      await expect(folders.putAside('w1')).rejects.toMatchObject(outside);
      await expect(folders.find('w1')).rejects.toMatchObject(outside);
      expect(readTree(precious)).toStrictEqual({ 'precious.txt': 'precious' });
      expect(lstatSync(folders.pathOf('w1')).isSymbolicLink()).toBe(true);
    });
  });

  describe('what was left', () => {
    it('is found by its name, and removed with what is beside it', async () => {
      await folders.make('made', copy());
      await folders.make('aside', copy());
      await folders.putAside('aside');
      await folders.make('unfinished', copy());
      renameSync(folders.pathOf('unfinished'), join(home, 'workspaces', '.making-unfinished'));
      writeFileSync(folders.indexOf('made'), '');
      writeFileSync(folders.indexOf('lost'), '');
      await folders.lock('made', NOW);
      const found = await folders.leftovers();
      expect(found.map(({ id, kind }) => `${id} ${kind}`).toSorted()).toStrictEqual([
        'aside aside',
        'lost beside',
        'made made',
        'unfinished unfinished',
      ]);
      await folders.unlock('made');
      for (const one of found) await folders.removeFound(one);
      expect(names()).toStrictEqual([]);
    });

    it('is nothing where nothing was made', async () => {
      expect(await folders.leftovers()).toStrictEqual([]);
    });
  });

  it('tells what was written since', async () => {
    await folders.make('w1', copy());
    const made = folders.pathOf('w1');
    const before = await folders.stamp('w1', ['*.log']);
    expect(await folders.writtenSince('w1', before, ['*.log'])).toStrictEqual({ fileCount: 0, totalBytes: 0 });
    writeTree(made, { 'a.txt': 'changed', 'new.txt': 'new', 'debug.log': 'ignored' });
    rmSync(join(made, 'src/b.txt'));
    expect(await folders.writtenSince('w1', before, ['*.log'])).toStrictEqual({ fileCount: 2, totalBytes: 10 });
  });

  describe('a lock', () => {
    it('is one process’s at a time, and says whose', async () => {
      const other = of('host/2/77/0/two');
      expect(await folders.lock('w1', NOW)).toBeUndefined();
      expect(await folders.lock('w1', NOW)).toBeUndefined();
      const lock = { owner: 'host/1/-/0/one', pid: 1, host: 'host', start: '-', since: NOW };
      expect(await other.lock('w1', NOW)).toStrictEqual(lock);
      expect(await other.lockOf('w1')).toStrictEqual(lock);
      await other.unlock('w1');
      expect(await other.lockOf('w1')).toStrictEqual(lock);
      await folders.unlock('w1');
      expect(await other.lock('w1', NOW)).toBeUndefined();
      expect(await other.lockOf('w1')).toMatchObject({ owner: 'host/2/77/0/two', start: '77' });
      expect(names()).toStrictEqual(['w1.lock']);
    });

    it('is taken over by one of several when its owner is gone, and never before', async () => {
      await folders.lock('w1', NOW);
      processes.kill('host/1/-/0/one');
      const others = Array.from({ length: 12 }, (_, at) => of(`host/${at + 2}/-/0/heir`));
      const taken = await Promise.all(others.map((other) => other.lock('w1', NOW)));
      expect(taken.filter((lock) => lock === undefined)).toHaveLength(1);
      const owner = `host/${taken.indexOf(undefined) + 2}/-/0/heir`;
      expect(await folders.lockOf('w1')).toMatchObject({ owner });
      expect(taken.filter((lock) => lock?.owner.endsWith('/heir') === true)).toHaveLength(11);
      expect(names()).toStrictEqual(['w1.lock']);
    });

    it('that can not be read is somebody’s, for all that is known', async () => {
      for (const name of ['nobody', '%', 'host%2F1']) {
        mkdirSync(folders.lockPathOf('w1'), { recursive: true });
        writeFileSync(join(folders.lockPathOf('w1'), name), '');
        expect(await folders.lock('w1', NOW)).toMatchObject({ owner: decoded(name) });
        expect(readdirSync(folders.lockPathOf('w1'))).toStrictEqual([name]);
        rmSync(folders.lockPathOf('w1'), { recursive: true });
      }
    });

    it('of who is gone can be broken', async () => {
      await folders.lock('w1', NOW);
      await of('host/2/-/0/two').breakLock('w1');
      expect(await folders.lockOf('w1')).toBeDefined();
      processes.kill('host/1/-/0/one');
      await of('host/2/-/0/two').breakLock('w1');
      expect(names()).toStrictEqual([]);
    });
  });

  it('says what failed and where', async () => {
    writeFileSync(home, 'a file in the place of the home');
    await expect(folders.lock('w1', NOW)).rejects.toMatchObject({ code: 'WAYMARK_WORKSPACE_FAILED' });
    await expect(folders.make('w1', { kind: 'empty' })).rejects.toMatchObject({ code: 'WAYMARK_WORKSPACE_FAILED' });
  });
});

function decoded(name: string): string {
  return name.replace('%2F', '/');
}
