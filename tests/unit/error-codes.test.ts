import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = new URL('../../', import.meta.url);
const OWN_NAME = 'error-codes.test.ts';

/** Names of the same form that are variables of the environment. */
const NO_CODES = new Set(['WAYMARK_STORE', 'WAYMARK_DEBUG', 'WAYMARK_MASTER_KEY']);

/** The text of every TypeScript file under a folder. */
function sources(...folders: readonly string[]): readonly string[] {
  return folders.flatMap((folder) => {
    const base = new URL(folder, root);
    return readdirSync(fileURLToPath(base), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts') && !name.endsWith(OWN_NAME))
      .map((name) => readFileSync(new URL(name.replaceAll('\\', '/'), base), 'utf8'));
  });
}

/** The codes that match, each once. */
function codesIn(texts: readonly string[], pattern: RegExp): readonly string[] {
  const found = texts.flatMap((text) => Array.from(text.matchAll(pattern), ([, code = '']) => code));
  return [...new Set(found)].filter((code) => !NO_CODES.has(code)).toSorted();
}

// A code is always written as a literal: WaymarkErrorCode allows nothing else that a reader could find.
const codes = codesIn(sources('src/'), /'(WAYMARK_[A-Z_]*[A-Z])'/g);

describe('every code of an error', () => {
  it('is found in the sources', () => {
    expect(codes.length).toBeGreaterThan(50);
  });

  it('is named by a test', () => {
    const tested = new Set(codesIn(sources('tests/', 'src/testing/'), /(WAYMARK_[A-Z_]*[A-Z])\b/g));
    expect(codes.filter((code) => !tested.has(code))).toStrictEqual([]);
  });

  it('is explained in docs/errors.md, and nothing else is', () => {
    const page = readFileSync(new URL('docs/errors.md', root), 'utf8');
    expect(codesIn([page], /^\| `(WAYMARK_[A-Z_]+)`/gm)).toStrictEqual(codes);
  });
});
