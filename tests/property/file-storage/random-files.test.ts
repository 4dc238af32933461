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
});
