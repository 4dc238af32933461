import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { main } from '../../examples/package-workspace/main.js';
import { readTree } from '../support/file-tree.js';

const PACKAGE = fileURLToPath(new URL('../../examples/package-workspace/package', import.meta.url));

/** The files that an execution begins with, and those that building leaves beside them. */
const SOURCES = ['.gitignore', 'build.mjs', 'package.json', 'src/plural.js', 'src/words.js', 'test/plural.test.js'];
const BUILT = ['dist/plural.js', 'plural-2.0.0.tgz', 'try/package/dist/plural.js', 'try/package/package.json'];

const hashOf = (path: string): string =>
  createHash('sha256')
    .update(readFileSync(`${PACKAGE}/${path}`))
    .digest('hex')
    .slice(0, 8);

describe('a package that is built in a workspace', () => {
  const sections = new Map<string, readonly string[]>();
  const before = readTree(PACKAGE);

  beforeAll(async () => {
    let title = '';
    await main((line) => {
      if (line.startsWith('# ')) title = line.slice(2);
      sections.set(title, line.startsWith('# ') ? [] : [...(sections.get(title) ?? []), line]);
    });
  });

  /** The hashes of a section by their paths. */
  function tree(title: string): Readonly<Record<string, string>> {
    const lines = (sections.get(title) ?? []).filter((line) => /^[0-9a-f]{8} /.test(line));
    return Object.fromEntries(lines.map((line) => [line.slice(9), line.slice(0, 8)]));
  }

  const only = (hashes: Readonly<Record<string, string>>, paths: readonly string[]): object =>
    Object.fromEntries(paths.map((path) => [path, hashes[path]]));

  const sources = Object.fromEntries(SOURCES.map((path) => [path, hashOf(path)]));

  it('is tested in a copy of its folder, which gets nothing of what is made', () => {
    const tested = tree('tested, and stopped before the build');
    expect(Object.keys(tested)).toStrictEqual([...SOURCES, 'test.log'].toSorted());
    expect(only(tested, SOURCES)).toStrictEqual(sources);
    expect(readTree(PACKAGE)).toStrictEqual(before);
  });

  it('is built as it is by the original', () => {
    const title = 'built: the original';
    expect(sections.get(title)?.[0]).toBe('completed: {"said":"two apples"}');
    expect(Object.keys(tree(title))).toStrictEqual([...SOURCES, ...BUILT, 'test.log'].toSorted());
    expect(only(tree(title), SOURCES)).toStrictEqual(sources);
  });

  it('is built with its edit by the fork, whose tree has what was committed and nothing that is ignored', () => {
    const title = 'built: the fork, with its edit';
    expect(sections.get(title)?.[0]).toBe('completed: {"said":"zwei apples"}');
    expect(Object.keys(tree(title))).toStrictEqual([...SOURCES, ...BUILT].toSorted());
    const unedited = SOURCES.filter((path) => path !== 'src/words.js');
    expect(only(tree(title), unedited)).toStrictEqual(only(sources, unedited));
    for (const path of ['src/words.js', 'dist/plural.js', 'plural-2.0.0.tgz', 'try/package/dist/plural.js']) {
      expect([path, tree(title)[path]]).not.toStrictEqual([path, tree('built: the original')[path]]);
    }
  });

  it('differs between the two in what follows from the edit, and in nothing else', () => {
    expect(sections.get('what the one has otherwise than the other')).toStrictEqual([
      'modified dist/plural.js',
      'modified plural-2.0.0.tgz',
      'modified src/words.js',
      'modified try/package/dist/plural.js',
    ]);
  });

  it('is as it was before the build once it is rolled back', () => {
    expect(tree('the original, rolled back to before the build')).toStrictEqual(
      tree('tested, and stopped before the build'),
    );
  });
});
