import fc from 'fast-check';
import fs from 'node:fs';
import { join } from 'node:path';
import { makeFileStore } from '../../support/file-store.js';
import { copyNaively, pictureOf } from '../../support/naive-files.js';

/** Few names, so that one thing often meets another of its name. */
const NAMES = ['a', 'A', 'b.txt', 'ü\n東', '-rf *', 'x'.repeat(255)];

type Step =
  | { readonly what: 'write'; readonly path: string; readonly content: string; readonly times: number }
  | { readonly what: 'link'; readonly path: string; readonly target: string }
  | { readonly what: 'folder' | 'remove'; readonly path: string }
  | { readonly what: 'mode'; readonly path: string; readonly mode: number }
  | { readonly what: 'rename'; readonly path: string; readonly to: string }
  | { readonly what: 'keep' }
  | { readonly what: 'go back'; readonly to: number; readonly isIndexed: boolean };

const path = fc.array(fc.constantFrom(...NAMES), { minLength: 1, maxLength: 3 }).map((names) => names.join('/'));
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      what: fc.constant('write' as const),
      path,
      content: fc.constantFrom('', 'one', 'two', 'six', 'long and longer, '),
      times: fc.constantFrom(1, 1, 1, 1_000),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      what: fc.constant('link' as const),
      path,
      target: fc.constantFrom('a', '..', '/etc', 'nowhere'),
    }),
  },
  { weight: 2, arbitrary: fc.record({ what: fc.constantFrom('folder' as const, 'remove' as const), path }) },
  {
    weight: 1,
    arbitrary: fc.record({
      what: fc.constant('mode' as const),
      path,
      mode: fc.constantFrom(0o600, 0o755, 0o444, 0o700),
    }),
  },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('rename' as const), path, to: path }) },
  { weight: 3, arbitrary: fc.record({ what: fc.constant('keep' as const) }) },
  { weight: 3, arbitrary: fc.record({ what: fc.constant('go back' as const), to: fc.nat(), isIndexed: fc.boolean() }) },
);

/** Does what a program could do to its files. What can't be done is left. */
function apply(folder: string, change: Step): void {
  try {
    change_(folder, change);
  } catch (error) {
    // There is something else in the way, or nothing there.
    if (typeof (error as NodeJS.ErrnoException).code !== 'string') throw error;
  }
}

function change_(folder: string, change: Step): void {
  if (change.what === 'keep' || change.what === 'go back') return;
  const at = join(folder, change.path);
  // A program that writes through links would change what is outside of the folder.
  if (leadsThroughLink(folder, change.path)) return;
  switch (change.what) {
    case 'write':
      if (fs.lstatSync(at, { throwIfNoEntry: false })?.isSymbolicLink() === true) return;
      fs.mkdirSync(join(at, '..'), { recursive: true });
      return fs.writeFileSync(at, change.content.repeat(change.times));
    case 'link':
      return fs.symlinkSync(change.target, at);
    case 'folder':
      fs.mkdirSync(at, { recursive: true });
      return;
    case 'remove':
      return fs.rmSync(at, { recursive: true });
    case 'mode':
      if (fs.lstatSync(at).isSymbolicLink()) return;
      return fs.chmodSync(at, change.mode);
    case 'rename':
      if (leadsThroughLink(folder, change.to)) return;
      return fs.renameSync(at, join(folder, change.to));
  }
}

function leadsThroughLink(folder: string, path_: string): boolean {
  const names = path_.split('/').slice(0, -1);
  return names.some((_name, index) => {
    const at = join(folder, ...names.slice(0, index + 1));
    return fs.lstatSync(at, { throwIfNoEntry: false })?.isSymbolicLink() === true;
  });
}

/** Lines of a .gitignore file that are easy to judge: names, of anything or of folders, there and below. */
const LINES = ['a', 'A/', 'b.txt', 'x*'];

const ignoring: fc.Arbitrary<Step> = fc
  .tuple(fc.array(fc.constantFrom(...NAMES), { maxLength: 1 }), fc.subarray(LINES))
  .map(([names, lines]) => ({
    what: 'write' as const,
    path: [...names, '.gitignore'].join('/'),
    content: lines.map((line) => `${line}\n`).join(''),
    times: 1,
  }));

/** What a .gitignore says of a path, by plain means. */
function isIgnored(folder: string, path_: string): boolean {
  const names = path_.split('/');
  return names.some((name, index) => {
    const isFolder = index < names.length - 1 || fs.lstatSync(join(folder, path_)).isDirectory();
    return names.slice(0, index + 1).some((_name, depth) => {
      const at = join(folder, ...names.slice(0, depth), '.gitignore');
      if (fs.lstatSync(at, { throwIfNoEntry: false })?.isFile() !== true) return false;
      const lines = fs.readFileSync(at, 'utf8').split('\n');
      return lines.some((line) => {
        if (line === 'x*') return name.startsWith('x');
        return line === name || (isFolder && line === `${name}/`);
      });
    });
  });
}

/** All paths in a folder; those of folders end with a slash. */
function pathsIn(folder: string, at = ''): readonly string[] {
  return fs.readdirSync(join(folder, at), { withFileTypes: true }).flatMap((entry) => {
    const path_ = `${at}${entry.name}`;
    return entry.isDirectory() ? [`${path_}/`, ...pathsIn(folder, `${path_}/`)] : [path_];
  });
}

/** A copy of what is a part of the files: what is not ignored, and what was a part of them before. */
function copyTracked(from: string, to: string, before: ReadonlySet<string>): void {
  copyNaively(from, to);
  for (const path_ of pathsIn(from)) {
    const name = path_.replace(/\/$/, '');
    if (!before.has(path_) && isIgnored(from, name)) fs.rmSync(join(to, name), { recursive: true, force: true });
  }
}

describe('random changes of files, kept now and then', () => {
  it('can be gone back to in any order: each time all is as in a plain copy', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 40, size: 'max' }), async (steps) => {
        const store = makeFileStore();
        const [folder, index] = [join(store.room, 'work'), join(store.room, 'work.index')];
        fs.mkdirSync(folder);
        const kept: { readonly tree: string; readonly copy: string }[] = [];
        const keep = async (): Promise<void> => {
          const base = kept.at(-1)?.tree;
          const { treeHash, changes } = await store.storage.snapshot(folder, { index, ...(base && { base }) });
          // What is told of it is what a comparison of the trees tells.
          expect(changes).toStrictEqual(base === undefined ? changes : await store.storage.diff(base, treeHash));
          const copy = join(store.room, `copy-${kept.length}`);
          copyNaively(folder, copy);
          kept.push({ tree: treeHash, copy });
        };
        try {
          for (const change of steps) {
            apply(folder, change);
            if (change.what === 'keep') await keep();
            const target = change.what === 'go back' ? kept[change.to % Math.max(1, kept.length)] : undefined;
            if (change.what !== 'go back' || target === undefined) continue;
            const options = { removeOthers: true, ...(change.isIndexed ? { index } : {}) };
            await store.storage.checkout(folder, target.tree, options);
            expect(pictureOf(folder)).toStrictEqual(pictureOf(target.copy));
          }
          for (const { tree, copy } of kept) {
            const fresh = join(store.room, 'fresh');
            fs.mkdirSync(fresh);
            await store.storage.checkout(fresh, tree, { removeOthers: true });
            expect(pictureOf(fresh)).toStrictEqual(pictureOf(copy));
            fs.rmSync(fresh, { recursive: true });
          }
        } finally {
          await store.close();
        }
      }),
      { numRuns: 25 },
    );
  }, 300_000);

  it('can be gone back to where files come to be ignored: what was kept is there as it was, what was not is left', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof({ weight: 4, arbitrary: step }, { weight: 1, arbitrary: ignoring }), {
          maxLength: 40,
          size: 'max',
        }),
        async (steps) => {
          const store = makeFileStore();
          const [folder, index] = [join(store.room, 'work'), join(store.room, 'work.index')];
          fs.mkdirSync(folder);
          const kept: { readonly tree: string; readonly copy: string }[] = [];
          let last: (typeof kept)[number] | undefined;
          const options = () => ({ index, ...(last && { base: last.tree }) });
          const tracked = () => new Set(last === undefined ? [] : pathsIn(last.copy));
          const keep = async (): Promise<void> => {
            const copy = join(store.room, `copy-${kept.length}`);
            copyTracked(folder, copy, tracked());
            last = { tree: (await store.storage.snapshot(folder, options())).treeHash, copy };
            kept.push(last);
            const fresh = join(store.room, 'fresh');
            fs.mkdirSync(fresh);
            await store.storage.checkout(fresh, last.tree, { removeOthers: true });
            expect(pictureOf(fresh)).toStrictEqual(pictureOf(copy));
            fs.rmSync(fresh, { recursive: true });
            expect(await store.storage.compare(folder, last.tree)).toStrictEqual([]);
          };
          try {
            for (const change of steps) {
              apply(folder, change);
              if (change.what === 'keep') await keep();
              const target = change.what === 'go back' ? kept[change.to % Math.max(1, kept.length)] : undefined;
              if (target === undefined) continue;
              const before = new Set(pathsIn(folder));
              const ignored = [...before].filter((path_) => isIgnored(folder, path_.replace(/\/$/, '')));
              const was = tracked();
              await store.storage.checkout(folder, target.tree, { removeOthers: true, ...options() });
              last = target;
              const now = pictureOf(folder);
              expect(pictureOf(target.copy).filter((line) => !now.includes(line))).toStrictEqual([]);
              const has = new Set(pathsIn(target.copy));
              const others = pathsIn(folder).filter((path_) => !has.has(path_));
              for (const path_ of others.filter((other) => !other.endsWith('/'))) {
                // Only what was never kept, and is ignored by the rules of before or of now, is left.
                const name = path_.replace(/\/$/, '');
                expect([path_, before.has(path_), was.has(path_)]).toStrictEqual([path_, true, false]);
                expect([path_, ignored.includes(path_) || isIgnored(folder, name)]).toStrictEqual([path_, true]);
              }
              // And that is left, unless it was where something of the tree is.
              const lost = ignored.filter(
                (path_) => !path_.endsWith('/') && !was.has(path_) && !fs.existsSync(join(folder, path_)),
              );
              for (const path_ of lost) {
                const isLink = fs.lstatSync(join(folder, path_), { throwIfNoEntry: false }) !== undefined;
                const above = path_.split('/').map((_name, at, names) => names.slice(0, at + 1).join('/'));
                const isInTheWay = above.some((name) => has.has(name)) || has.has(`${path_}/`);
                expect([path_, isLink || isInTheWay]).toStrictEqual([path_, true]);
              }
            }
          } finally {
            await store.close();
          }
        },
      ),
      { numRuns: 25 },
    );
  }, 300_000);
});
