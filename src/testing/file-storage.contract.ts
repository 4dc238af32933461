import assert from 'node:assert/strict';
import fs from 'node:fs';
import { join } from 'node:path';
import type { CheckoutOptions, FileStorage } from '../application/file/file-storage.port.js';
import type { FileChange } from '../domain/file/file-commit.js';
import { sha256 } from '../domain/shared/hash.js';
import { rejectsWith, rejectsWithSame, same } from './expectations.js';
import { type StoreFactory, storeTests, type StoreUnderTest, type TestHarness } from './harness.js';

/** A file storage, and room for the folders that are kept in it. */
export interface FileStore extends StoreUnderTest {
  readonly storage: FileStorage;
  /** An empty folder of this machine, which is removed by `close`. */
  readonly room: string;
}

/**
 * The contract of {@link FileStorage}, as tests.
 *
 * @example
 * import { mkdtemp, rm } from 'node:fs/promises';
 *
 * fileStorageContract({ describe, it }, async () => {
 *   const room = await mkdtemp('/tmp/files-');
 *   const storage = new LocalFileStorage({ folder: `${room}/.files` });
 *   return { storage, room, close: () => storage.close().then(() => rm(room, { recursive: true })) };
 * });
 */
export function fileStorageContract(harness: TestHarness, makeStore: StoreFactory<FileStore>): void {
  const test = storeTests(harness, makeStore);

  harness.describe('FileStorage', () => {
    harness.describe('snapshot', () => {
      test('tells what is in a folder, and gives the same tree for the same files', async ({ storage, room }) => {
        const folder = makeFolder(room, 'one', { 'b.txt': 'two', 'a/c.txt': 'one', 'a/d.txt': 'one' });
        const first = await storage.snapshot(folder);
        same([first.fileCount, first.totalBytes], [3, 9]);
        same(first.changes.map(told), ['added a/c.txt', 'added a/d.txt', 'added b.txt']);
        same(first.blobs, [blob('one', false), blob('one', true), blob('two', false)]);
        const copy = makeFolder(room, 'two', { 'a/d.txt': 'one', 'b.txt': 'two', 'a/c.txt': 'one' });
        assert.equal((await storage.snapshot(copy)).treeHash, first.treeHash);
      });

      test('tells what is other than in the tree that it is compared with', async ({ storage, room }) => {
        const folder = makeFolder(room, 'one', { kept: '1', changed: '2', removed: '3' });
        const index = join(room, 'one.index');
        const { treeHash: base } = await storage.snapshot(folder, { index });
        fs.writeFileSync(join(folder, 'changed'), 'twice');
        fs.rmSync(join(folder, 'removed'));
        fs.writeFileSync(join(folder, 'added'), '4');
        const { changes } = await storage.snapshot(folder, { base, index });
        same(changes.map(told), ['added added', 'modified changed', 'removed removed']);
        const [, changed] = changes;
        same([changed?.before?.size, changed?.after?.size], [1, 5]);
        same((await storage.snapshot(folder, { base: (await storage.snapshot(folder)).treeHash })).changes, []);
      });

      test('leaves out what .gitignore files and given lines say, and .git', async ({ storage, room }) => {
        const folder = makeFolder(room, 'one', {
          '.gitignore': '*.log\n/build/\n',
          '.git/HEAD': 'ref',
          'a.log': '',
          'build/out': '',
          'sub/.gitignore': '!kept.log\n',
          'sub/kept.log': '',
          'sub/lost.log': '',
          'sub/build/out': '',
          'secret.env': '',
        });
        const { treeHash } = await storage.snapshot(folder, { ignore: ['*.env'] });
        same(await pathsOf(storage, treeHash), ['.gitignore', 'sub/.gitignore', 'sub/build/out', 'sub/kept.log']);
      });

      test('refuses a folder that is not there', async ({ storage, room }) => {
        await rejectsWith('WAYMARK_FILE_NOT_FOUND', storage.snapshot(join(room, 'nowhere')));
      });

      test('ends when it is called off', async ({ storage, room }) => {
        const reason = new Error('called off');
        const folder = makeFolder(room, 'one', { a: '1' });
        await rejectsWithSame(reason, storage.snapshot(folder, { signal: AbortSignal.abort(reason) }));
      });
    });

    harness.describe('compare', () => {
      test('tells what a snapshot would, and keeps nothing', async ({ storage, room }) => {
        const folder = makeFolder(room, 'one', { a: '1' });
        const { treeHash } = await storage.snapshot(folder);
        fs.writeFileSync(join(folder, 'b'), 'new');
        same((await storage.compare(folder, treeHash)).map(told), ['added b']);
        await rejectsWith('WAYMARK_FILE_NOT_FOUND', readWhole(storage, blob('new').hash));
      });
    });

    harness.describe('entries', () => {
      test('give every file, link and folder with what it is, folders before what is in them', async (store) => {
        const folder = makeFolder(store.room, 'one', { 'a/run.sh': 'echo', b: '' });
        fs.chmodSync(join(folder, 'a/run.sh'), 0o755);
        fs.mkdirSync(join(folder, 'empty'), 0o750);
        fs.symlinkSync('../outside', join(folder, 'link'));
        const { treeHash } = await store.storage.snapshot(folder);
        const entries = await collect(store.storage.entries(treeHash));
        same(
          entries.map(({ path, kind, size, target }) => [path, kind, size, target]),
          [
            ['a', 'folder', 0, undefined],
            ['a/run.sh', 'file', 4, undefined],
            ['b', 'file', 0, undefined],
            ['empty', 'folder', 0, undefined],
            ['link', 'link', 10, '../outside'],
          ],
        );
        same([entries[1]?.mode, entries[1]?.hash, entries[3]?.mode], [0o755, blob('echo').hash, 0o750]);
      });

      test('are not there for a tree that is not', async ({ storage }) => {
        await rejectsWith('WAYMARK_FILE_NOT_FOUND', collect(storage.entries('0'.repeat(64))));
      });
    });

    harness.describe('diff', () => {
      test('tells what differs between two trees', async ({ storage, room }) => {
        const folder = makeFolder(room, 'one', { 'same/x': '1', changed: '2', gone: '3' });
        const before = await storage.snapshot(folder);
        fs.rmSync(join(folder, 'gone'));
        fs.mkdirSync(join(folder, 'gone'));
        fs.writeFileSync(join(folder, 'gone/inside'), '4');
        fs.chmodSync(join(folder, 'changed'), 0o600);
        const after = await storage.snapshot(folder);
        const changes = await storage.diff(before.treeHash, after.treeHash);
        same(changes.map(told), ['modified changed', 'removed gone', 'added gone/inside']);
        same((await storage.diff(after.treeHash, before.treeHash)).length, 3);
        same(await storage.diff(after.treeHash, after.treeHash), []);
      });
    });

    harness.describe('read', () => {
      test('gives a content back, small or large', async ({ storage, room }) => {
        const large = Buffer.alloc(5_000_000, 'large and dull, ');
        const noise = Buffer.from(Array.from({ length: 70_000 }, (_, at) => sha256(String(at))[0] ?? 0));
        const folder = makeFolder(room, 'one', { small: 'small', large, noise, none: '' });
        await storage.snapshot(folder);
        for (const content of [Buffer.from('small'), large, noise, Buffer.alloc(0)]) {
          assert.ok((await readWhole(storage, hashOf(content))).equals(content));
        }
      });

      test('tells that there is no such content', async ({ storage }) => {
        await rejectsWith('WAYMARK_FILE_NOT_FOUND', readWhole(storage, 'f'.repeat(64)));
        await rejectsWith('WAYMARK_INVALID_ARGUMENT', readWhole(storage, '../../../etc/passwd'));
      });
    });

    harness.describe('checkout', () => {
      test('makes a folder have the files of a tree, and takes away what it does not have', async (store) => {
        const { storage, room, folder, treeHash } = await kept(store);
        const index = join(room, 'one.index');
        disturb(folder);
        const { restored, removed, errors, totalBytes } = await storage.checkout(folder, treeHash, { ...ALL, index });
        same([restored.toSorted(), removed, errors], [['a/c.txt', 'b.txt'], ['new/file'], []]);
        assert.equal(totalBytes, 6);
        assert.equal((await storage.snapshot(folder, { index })).treeHash, treeHash);
        assert.equal((await storage.snapshot(folder)).treeHash, treeHash);
        same((await storage.checkout(folder, treeHash, { ...ALL, index })).restored, []);
      });

      test('tells before it changes the folder, and only then', async (store) => {
        const { storage, folder, treeHash } = await kept(store);
        let touched = 0;
        const options: CheckoutOptions = { ...ALL, onProgress: (progress) => (touched += progress.touched ? 1 : 0) };
        await storage.checkout(folder, treeHash, options);
        assert.equal(touched, 0);
        disturb(folder);
        await storage.checkout(folder, treeHash, { ...options, dryRun: true });
        assert.equal(touched, 0);
        await storage.checkout(folder, treeHash, options);
        assert.ok(touched > 0);
      });

      test('leaves what the tree does not have, unless it is told otherwise', async (store) => {
        const { storage, folder, treeHash } = await kept(store);
        disturb(folder);
        const { removed } = await storage.checkout(folder, treeHash, { removeOthers: false });
        same(removed, []);
        assert.equal(fs.readFileSync(join(folder, 'new/file'), 'utf8'), 'new');
        assert.equal(fs.readFileSync(join(folder, 'b.txt'), 'utf8'), 'two');
      });

      test('only tells, when it is asked only to', async (store) => {
        const { storage, folder, treeHash } = await kept(store);
        disturb(folder);
        const before = (await storage.snapshot(folder)).treeHash;
        const told = await storage.checkout(folder, treeHash, { ...ALL, dryRun: true });
        assert.equal((await storage.snapshot(folder)).treeHash, before);
        same(told, await storage.checkout(folder, treeHash, ALL));
      });

      test('copies first what it overwrites or takes away', async (store) => {
        const { storage, room, folder, treeHash } = await kept(store);
        disturb(folder);
        const backup = join(room, 'backup');
        const { backedUp } = await storage.checkout(folder, treeHash, { ...ALL, backup });
        same(backedUp.toSorted(), ['b.txt', 'new/file']);
        assert.equal(fs.readFileSync(join(backup, 'b.txt'), 'utf8'), 'disturbed');
        assert.equal(fs.readFileSync(join(backup, 'new/file'), 'utf8'), 'new');
      });

      test('touches nothing but the paths that are named', async (store) => {
        const { storage, folder, treeHash } = await kept(store);
        disturb(folder);
        const { restored, removed } = await storage.checkout(folder, treeHash, { ...ALL, paths: ['a', 'new'] });
        same([restored, removed], [['a/c.txt'], ['new/file']]);
        assert.equal(fs.readFileSync(join(folder, 'b.txt'), 'utf8'), 'disturbed');
        for (const path of ['../one', '/etc', 'a/../b.txt', '', 'a//c.txt']) {
          const options = { ...ALL, paths: [path] };
          await rejectsWith('WAYMARK_FILE_PATH_ESCAPES', storage.checkout(folder, treeHash, options));
        }
      });

      test('never takes away what is ignored', async (store) => {
        const { storage, room } = store;
        const folder = makeFolder(room, 'one', { '.gitignore': '*.log\n', a: '1' });
        const { treeHash } = await storage.snapshot(folder);
        fs.mkdirSync(join(folder, 'logs'));
        for (const name of ['x.log', 'logs/y.log', 'z.env']) fs.writeFileSync(join(folder, name), 'kept');
        const { removed } = await storage.checkout(folder, treeHash, { ...ALL, ignore: ['*.env'] });
        same(removed, []);
        // They are not in the tree, but its rules say so.
        fs.rmSync(join(folder, '.gitignore'));
        same((await storage.checkout(folder, treeHash, { ...ALL, ignore: ['*.env'] })).removed, []);
        for (const name of ['x.log', 'logs/y.log', 'z.env']) assert.ok(fs.existsSync(join(folder, name)));
      });

      test('changes files to folders, folders to links, and back', async ({ storage, room }) => {
        const one = makeFolder(room, 'one', { x: 'file', 'y/inside': 'folder' });
        fs.symlinkSync('x', join(one, 'z'));
        const other = makeFolder(room, 'two', { 'x/inside': 'folder', 'z/deep/er': 'folder' });
        fs.symlinkSync('nowhere', join(other, 'y'));
        const trees = [await storage.snapshot(one), await storage.snapshot(other)];
        const target = makeFolder(room, 'three', {});
        for (const { treeHash } of [...trees, ...trees]) {
          await storage.checkout(target, treeHash, ALL);
          assert.equal((await storage.snapshot(target)).treeHash, treeHash);
        }
      });

      test('gives links that are read-only for those that may share, and a copy when they no longer do', async (store) => {
        const { storage, room, treeHash } = await kept(store);
        const [one, other] = [makeFolder(room, 'x', {}), makeFolder(room, 'y', {})];
        for (const folder of [one, other]) await storage.checkout(folder, treeHash, { ...ALL, linkReadOnly: ['a/'] });
        const shared = fs.statSync(join(one, 'a/c.txt'));
        same([shared.ino, shared.mode & 0o777], [fs.statSync(join(other, 'a/c.txt')).ino, 0o444]);
        assert.equal(fs.statSync(join(one, 'b.txt')).nlink, 1);
        await storage.checkout(one, treeHash, ALL);
        const own = fs.statSync(join(one, 'a/c.txt'));
        assert.notEqual(own.ino, shared.ino);
        assert.equal(fs.statSync(join(other, 'a/c.txt')).mode & 0o777, 0o444);
      });

      test('touches nothing if a content is not there', async (store) => {
        const { storage, folder } = await kept(store);
        await rejectsWith('WAYMARK_FILE_NOT_FOUND', storage.checkout(folder, 'a'.repeat(64), ALL));
        assert.equal(fs.readFileSync(join(folder, 'b.txt'), 'utf8'), 'two');
      });
    });

    harness.describe('verify and sweep', () => {
      test('find a tree intact, and tell what it lacks', async (store) => {
        const { storage, room, treeHash } = await kept(store);
        same(await storage.verify(treeHash), { blobsVerified: 4, problems: [] });
        const { treeHash: other } = await storage.snapshot(makeFolder(room, 'two', { only: 'here' }));
        await storage.sweep([treeHash], { minAgeMs: 0 });
        same(await storage.verify(treeHash), { blobsVerified: 4, problems: [] });
        same(await storage.verify(other), {
          blobsVerified: 0,
          problems: [{ hash: other, path: '', problem: 'missing' }],
        });
      });

      test('take away what no tree has, and nothing that is young', async (store) => {
        const { storage, room, treeHash } = await kept(store);
        await storage.snapshot(makeFolder(room, 'two', { only: 'here', shared: 'two' }));
        same((await storage.sweep([treeHash], { minAgeMs: 60_000 })).deleted, []);
        const told = await storage.sweep([treeHash], { minAgeMs: 0, dryRun: true });
        assert.equal(told.deleted.length, 2);
        const { deleted, kept: left, freedBytes } = await storage.sweep([treeHash], { minAgeMs: 0 });
        same(deleted, told.deleted);
        assert.ok(deleted.some(({ hash, bytes }) => hash === hashOf(Buffer.from('here')) && bytes === 4));
        same([left, freedBytes > 4], [4, true]);
      });

      test('let a folder be kept again whose contents were taken away', async ({ storage, room }) => {
        const folder = makeFolder(room, 'one', { a: '1', 'sub/b': '2' });
        const index = join(room, 'one.index');
        const { treeHash } = await storage.snapshot(folder, { index });
        await storage.snapshot(folder, { index });
        await storage.sweep([], { minAgeMs: 0 });
        assert.equal((await storage.snapshot(folder, { index })).treeHash, treeHash);
        same((await storage.verify(treeHash)).problems, []);
      });
    });

    harness.describe('close', () => {
      test('waits for what is under way, can be repeated, and ends it', async ({ storage, room }) => {
        const folder = makeFolder(room, 'one', { a: '1' });
        const work = storage.snapshot(folder);
        await Promise.all([storage.close(), storage.close()]);
        assert.equal((await work).fileCount, 1);
        await rejectsWith('WAYMARK_FILE_STORAGE_FAILED', storage.snapshot(folder));
      });
    });
  });
}

const ALL: CheckoutOptions = { removeOthers: true };

/** A folder that was kept. */
async function kept({ storage, room }: FileStore): Promise<FileStore & { folder: string; treeHash: string }> {
  const folder = makeFolder(room, 'one', { 'a/c.txt': 'one', 'b.txt': 'two' });
  const { treeHash } = await storage.snapshot(folder);
  return { storage, room, folder, treeHash, close: () => Promise.resolve() };
}

function disturb(folder: string): void {
  fs.rmSync(join(folder, 'a'), { recursive: true });
  fs.writeFileSync(join(folder, 'b.txt'), 'disturbed');
  fs.mkdirSync(join(folder, 'new'));
  fs.writeFileSync(join(folder, 'new/file'), 'new');
}

function makeFolder(room: string, name: string, files: Readonly<Record<string, string | Buffer>>): string {
  const folder = join(room, name);
  fs.mkdirSync(folder);
  for (const [path, content] of Object.entries(files)) {
    fs.mkdirSync(join(folder, path, '..'), { recursive: true });
    fs.writeFileSync(join(folder, path), content);
  }
  return folder;
}

function told({ change, path }: FileChange): string {
  return `${change} ${path}`;
}

function hashOf(content: Buffer): string {
  return sha256(content).toString('hex');
}

function blob(text: string, duplicate = false): { hash: string; bytes: number; duplicate: boolean } {
  return { hash: hashOf(Buffer.from(text)), bytes: text.length, duplicate };
}

async function collect<Item>(items: AsyncIterable<Item>): Promise<readonly Item[]> {
  const collected: Item[] = [];
  for await (const item of items) collected.push(item);
  return collected;
}

async function readWhole(storage: FileStorage, hash: string): Promise<Buffer> {
  return Buffer.concat(await collect(storage.read(hash)));
}

async function pathsOf(storage: FileStorage, treeHash: string): Promise<readonly string[]> {
  const entries = await collect(storage.entries(treeHash));
  return entries.filter(({ kind }) => kind !== 'folder').map(({ path }) => path);
}
