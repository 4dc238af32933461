import fs from 'node:fs';
import { join } from 'node:path';
import type { Snapshot, Swept } from '../../../src/application/file/file-storage.port.js';
import { LocalFileStorage } from '../../../src/infrastructure/file/local-file-storage.js';
import { copyNaively, pictureOf } from '../../support/naive-files.js';
import { runProgram } from '../../support/run-program.js';
import { makeTemporaryFolder, type TemporaryFolder } from '../../support/temporary-folder.js';

const LIMIT_MS = 600_000;
const LONG_AGO = new Date('2020-01-01T00:00:00Z');

/** Runs one work to its end, or to a step at which it is killed. */
async function work<Output>(
  what: 'snapshot' | 'checkout' | 'sweep',
  ...args: readonly string[]
): Promise<{ readonly output: Output; readonly steps: number } | undefined> {
  const [line] = await runProgram('file-process.mjs', [what, ...args]);
  return line === undefined ? undefined : (JSON.parse(line) as { output: Output; steps: number });
}

/** Every content that can be seen in a storage is whole. */
async function expectWhole(storage: LocalFileStorage, files: string): Promise<void> {
  for (const name of fs.readdirSync(join(files, 'blobs'), { recursive: true, encoding: 'utf8' })) {
    if (!name.includes('/')) continue;
    for await (const piece of storage.read(name.replace('/', ''))) expect(piece.length).toBeGreaterThanOrEqual(0);
  }
}

/** A folder as it was, and as it is now. */
function makeFolders(room: TemporaryFolder): { readonly before: string; readonly after: string } {
  const [before, after] = [room.file('before'), room.file('after')];
  fs.mkdirSync(join(before, 'sub/deep'), { recursive: true });
  fs.writeFileSync(join(before, 'kept'), 'kept');
  fs.writeFileSync(join(before, 'changed'), 'before');
  fs.writeFileSync(join(before, 'sub/gone'), 'gone');
  fs.writeFileSync(join(before, 'sub/deep/file'), 'words and more words, '.repeat(1_000));
  fs.symlinkSync('kept', join(before, 'link'));
  copyNaively(before, after);
  fs.writeFileSync(join(after, 'changed'), 'after');
  fs.rmSync(join(after, 'sub/gone'));
  fs.mkdirSync(join(after, 'sub/gone'));
  fs.writeFileSync(join(after, 'sub/gone/new'), 'new');
  fs.rmSync(join(after, 'link'));
  fs.writeFileSync(join(after, 'link'), 'no link');
  fs.chmodSync(join(after, 'kept'), 0o755);
  fs.writeFileSync(join(after, 'large'), Buffer.alloc(1_500_000, 'large '));
  return { before, after };
}

describe('work on files that is killed with SIGKILL', () => {
  let room: TemporaryFolder;
  let storage: LocalFileStorage;
  let trees: { readonly before: string; readonly after: string };
  let folders: { readonly before: string; readonly after: string };

  beforeAll(async () => {
    room = makeTemporaryFolder();
    folders = makeFolders(room);
    storage = new LocalFileStorage({ folder: room.file('files') });
    const { treeHash: before } = await storage.snapshot(folders.before);
    copyNaively(room.file('files'), room.file('files-before'));
    trees = { before, after: (await storage.snapshot(folders.after)).treeHash };
  });

  afterAll(async () => {
    await storage.close();
    room.remove();
  });

  it(
    'before each step of a snapshot: nothing half done can be seen, and repeated it has all',
    async () => {
      let killed = 0;
      for (let done = false; !done; killed += 1) {
        const [files, index] = [room.file(`files-${killed}`), room.file(`index-${killed}`)];
        copyNaively(room.file('files-before'), files);
        const ended = await work<Snapshot>('snapshot', files, folders.after, '-', index, String(killed + 1));
        done = ended !== undefined;
        const survivor = new LocalFileStorage({ folder: files });
        await expectWhole(survivor, files);
        expect((await survivor.verify(trees.before)).problems).toStrictEqual([]);
        expect((await survivor.snapshot(folders.after, { index })).treeHash).toBe(trees.after);
        expect((await survivor.verify(trees.after)).problems).toStrictEqual([]);
        await survivor.close();
        fs.rmSync(files, { recursive: true });
      }
      expect(killed).toBeGreaterThan(25);
    },
    LIMIT_MS,
  );

  it(
    'before each step of a checkout: repeated it is as it should be, and nothing is lost',
    async () => {
      let killed = 0;
      for (let done = false; !done; killed += 1) {
        const [folder, index] = [room.file(`work-${killed}`), room.file(`work-index-${killed}`)];
        copyNaively(folders.before, folder);
        await storage.snapshot(folder, { index });
        const step = String(killed + 1);
        done = (await work('checkout', room.file('files'), folder, trees.after, index, step)) !== undefined;
        const backup = `${folder}.backup`;
        // What is not there any more as it was is in the backup.
        const contents = (path: string) => ['changed', 'sub/gone'].map((name) => join(path, name));
        for (const [position, path] of contents(folder).entries()) {
          const text = ['before', 'gone'][position];
          const places = [path, contents(backup)[position] ?? ''].filter((place) => isFile(place));
          expect(places.map((place) => fs.readFileSync(place, 'utf8'))).toContain(text);
        }
        await storage.checkout(folder, trees.after, { removeOthers: true, index, backup });
        expect(pictureOf(folder)).toStrictEqual(pictureOf(folders.after));
        expect((await storage.snapshot(folder, { index })).treeHash).toBe(trees.after);
        fs.rmSync(folder, { recursive: true });
      }
      expect(killed).toBeGreaterThan(25);
    },
    LIMIT_MS,
  );
});

function isFile(path: string): boolean {
  return fs.lstatSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

describe('two processes that commit, and one that collects at the same time', () => {
  it(
    'lose nothing that was committed, though all of it looked like garbage',
    async () => {
      const room = makeTemporaryFolder();
      const files = room.file('files');
      const storage = new LocalFileStorage({ folder: files });
      const names = ['one', 'two'];
      for (const name of names) {
        for (let at = 0; at < 300; at += 1) {
          const path = join(room.file(name), `sub-${at % 7}`, String(at));
          fs.mkdirSync(join(path, '..'), { recursive: true });
          fs.writeFileSync(path, `${at % 2 === 0 ? 'shared' : name} ${at}`);
        }
      }
      let collected = 0;
      for (let round = 0; round < 4; round += 1) {
        // It is all there, of commits that are gone, and the indexes say so.
        for (const name of names) await storage.snapshot(room.file(name), { index: room.file(`${name}.index`) });
        for (const name of fs.readdirSync(join(files, 'blobs'), { recursive: true, encoding: 'utf8' })) {
          fs.utimesSync(join(files, 'blobs', name), LONG_AGO, LONG_AGO);
        }
        const [swept, ...commits] = await Promise.all([
          work<Swept>('sweep', files),
          ...names.map((name) =>
            work<Snapshot>('snapshot', files, room.file(name), '-', room.file(`${name}${round}.index`)),
          ),
        ]);
        collected += swept?.output.deleted.length ?? 0;
        for (const commit of commits) {
          expect(await storage.verify(commit?.output.treeHash ?? '')).toMatchObject({ problems: [] });
        }
      }
      expect(collected).toBeGreaterThan(0);
      await storage.close();
      room.remove();
    },
    LIMIT_MS,
  );
});
