import { readFileSync } from 'node:fs';
import {
  leafHash,
  makeBundle,
  makeSeal,
  type ProofBundle,
  subtreesOf,
  TrustedKeys,
  verifyBundle,
} from '../../../../src/index.js';
import { signNote } from '../../../../src/domain/audit/integrity/signed-note.js';
import { caughtWaymark, codeOf } from '../../../support/caught.js';
import { keyOf, ORIGIN, SealedLog } from '../../../support/sealed-log.js';

const log = new SealedLog(21);
const { entries, subtrees, trusted } = log;
const seal = log.sealAt(20);
const olderSeal = log.sealAt(6);

const bundleOf = (position: number): Promise<ProofBundle> =>
  makeBundle({ entry: entries[position]!, seal, olderSeal, subtrees });

/** What a bundle with a change is found to be. */
function found(bundle: object, keys = trusted): string {
  return verifyBundle(JSON.stringify(bundle), keys).verdict;
}

describe('a bundle', () => {
  it('proves every entry under its seal', async () => {
    for (let position = 0; position < seal.size; position += 1) {
      const json = JSON.stringify(await bundleOf(position), null, 2);
      expect(verifyBundle(json, trusted)).toMatchObject({
        verdict: 'ok',
        entry: { position, type: 'deal.created', payload: { dealId: `d-${position}` } },
        seal,
        olderSeal,
      });
    }
  });

  it('says what it proves', async () => {
    const found = verifyBundle(JSON.stringify(await bundleOf(7)), trusted);
    expect(found.detail).toBe(
      `${ORIGIN} sealed it at position 7 of 20 at 2026-02-03T04:05:06.789Z, and the log only grew since 6`,
    );
  });

  it('needs no older seal', async () => {
    const bundle = await makeBundle({ entry: entries[0]!, seal, subtrees });
    expect(Object.keys(bundle)).toStrictEqual(['format', 'entry', 'path', 'seal']);
    const found = verifyBundle(JSON.stringify(bundle), trusted);
    expect(found).toStrictEqual({
      verdict: 'ok',
      detail: `${ORIGIN} sealed it at position 0 of 20 at 2026-02-03T04:05:06.789Z`,
      entry: JSON.parse(entries[0]!.body),
      seal,
    });
  });

  it('holds the text of an entry whatever letters it has', async () => {
    const odd = new SealedLog(3, { prefix: 'é日😀\u0000\u2028"\\' });
    const bundle = await makeBundle({ entry: odd.entries[1]!, seal: odd.sealAt(3), subtrees: odd.subtrees });
    expect(verifyBundle(JSON.stringify(bundle), odd.trusted)).toMatchObject({
      verdict: 'ok',
      entry: { payload: { dealId: 'é日😀\u0000\u2028"\\-1' } },
    });
  });
});

describe('a bundle that was tampered with', () => {
  it('is found out whatever byte of it is another', async () => {
    const bytes = Buffer.from(JSON.stringify(await bundleOf(7)));
    const passed: string[] = [];
    for (let at = 0; at < bytes.length; at += 1) {
      const changed = Buffer.from(bytes.with(at, bytes[at]! ^ 0x01)).toString('utf8');
      if (verifyBundle(changed, trusted).verdict === 'ok') passed.push(changed);
    }
    expect(passed).toStrictEqual([]);
  });

  it('is found out whatever length of it is missing', async () => {
    const json = JSON.stringify(await bundleOf(7));
    for (let length = 0; length < json.length; length += 1) {
      expect(verifyBundle(json.slice(0, length), trusted).verdict).toBe('malformed');
    }
  });

  it('by another text of the entry', async () => {
    const bundle = await bundleOf(7);
    const body = bundle.entry.body.replace('d-7', 'd-8');
    expect(found({ ...bundle, entry: { position: 7, body } })).toBe('tampered');
    expect(found({ ...bundle, entry: { position: 7, body: `${bundle.entry.body} ` } })).toBe('tampered');
  });

  it('by another entry of the log in its place', async () => {
    const bundle = await bundleOf(7);
    const other = (await bundleOf(8)).entry;
    expect(found({ ...bundle, entry: other })).toBe('tampered');
    expect(found({ ...bundle, entry: { ...other, position: 7 } })).toBe('malformed');
  });

  it('by another path or seal', async () => {
    const bundle = await bundleOf(7);
    expect(found({ ...bundle, path: bundle.path.slice(1) })).toBe('tampered');
    expect(found({ ...bundle, path: [...bundle.path, bundle.path[0]] })).toBe('tampered');
    expect(found({ ...bundle, path: bundle.path.toReversed() })).toBe('tampered');
    expect(found({ ...bundle, seal: log.sealAt(19).note })).toBe('tampered');
    expect(found({ ...bundle, seal: log.sealAt(7).note })).toBe('malformed');
    expect(found({ ...bundle, seal: seal.note.replace('\n20\n', '\n21\n') })).toBe('tampered');
    expect(found({ ...bundle, seal: 'no note' })).toBe('malformed');
  });

  it('by somebody who has not got the key', async () => {
    const forged = new SealedLog(20, { key: keyOf(ORIGIN, 6), prefix: 'forged' });
    const bundle = await makeBundle({ entry: forged.entries[7]!, seal: forged.sealAt(20), subtrees: forged.subtrees });
    expect(found(bundle, forged.trusted)).toBe('ok');
    expect(verifyBundle(JSON.stringify(bundle), trusted)).toMatchObject({ verdict: 'untrusted' });
  });

  it('by somebody who has a key that was replaced', async () => {
    const keys = new TrustedKeys([{ key: log.key.verifier, upToSize: 19 }, keyOf(ORIGIN, 2).verifier]);
    expect(verifyBundle(JSON.stringify(await bundleOf(7)), keys)).toMatchObject({
      verdict: 'untrusted',
      detail: expect.stringContaining('not trusted for that many') as string,
    });
  });

  it('by the owner of the key, who made up another log', async () => {
    // The same key sealed two pasts: the proof that one grew from the other can't be made.
    const rewritten = new SealedLog(21, { prefix: 'rewritten' });
    const bundle = await makeBundle({
      entry: rewritten.entries[7]!,
      seal: rewritten.sealAt(20),
      olderSeal: rewritten.sealAt(6),
      subtrees: rewritten.subtrees,
    });
    const consistency = { ...bundle.consistency!, seal: olderSeal.note };
    expect(found(bundle)).toBe('ok');
    expect(verifyBundle(JSON.stringify({ ...bundle, consistency }), trusted)).toStrictEqual({
      verdict: 'forked',
      detail: 'the log that was sealed at 20 did not grow from that at 6',
    });
  });

  it('by an older seal that is none', async () => {
    const bundle = await bundleOf(7);
    const withSeal = (note: string): object => ({ ...bundle, consistency: { ...bundle.consistency, seal: note } });
    expect(found(withSeal(log.sealAt(21).note))).toBe('malformed');
    expect(found(withSeal(new SealedLog(6, { key: keyOf('other') }).sealAt(6).note))).toBe('untrusted');
    const other = new SealedLog(6, { key: keyOf('other') });
    const both = new TrustedKeys([log.key.verifier, other.key.verifier]);
    expect(found(withSeal(other.sealAt(6).note), both)).toBe('malformed');
    expect(found(withSeal(olderSeal.note.replace('\n6\n', '\n5\n')))).toBe('tampered');
    expect(found({ ...bundle, consistency: { ...bundle.consistency, path: [] } })).toBe('forked');
  });
});

describe('what is no bundle', () => {
  const nested = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;

  it.each([
    ['nothing', ''],
    ['no JSON', '{'],
    ['null', 'null'],
    ['a list', '[]'],
    ['a number', '5'],
    ['an empty object', '{}'],
    ['a list in a list in a list', nested],
    ['an entry that nests as deep', `{"format":"waymark-proof/1","entry":${nested}}`],
  ])('is found to be so: %s', (_, json) => {
    expect(verifyBundle(json, trusted).verdict).toBe('malformed');
  });

  it.each<[string, (bundle: ProofBundle) => object]>([
    ['another format', (bundle) => ({ ...bundle, format: 'waymark-proof/2' })],
    ['a field that there is not', (bundle) => ({ ...bundle, verified: true })],
    ['a field too many in its entry', (bundle) => ({ ...bundle, entry: { ...bundle.entry, actor: 'ada' } })],
    [
      'a field too many in its consistency',
      (bundle) => ({ ...bundle, consistency: { ...bundle.consistency, firstSize: 1 } }),
    ],
    ['no entry', ({ entry: _, ...bundle }) => bundle],
    ['no path', ({ path: _, ...bundle }) => bundle],
    ['no seal', ({ seal: _, ...bundle }) => bundle],
    ['null for what it leaves out', (bundle) => ({ ...bundle, consistency: null })],
    ['a position as text', (bundle) => ({ ...bundle, entry: { ...bundle.entry, position: '7' } })],
    ['half a position', (bundle) => ({ ...bundle, entry: { ...bundle.entry, position: 7.5 } })],
    ['a position below 0', (bundle) => ({ ...bundle, entry: { ...bundle.entry, position: -1 } })],
    ['a hash in capitals', (bundle) => ({ ...bundle, path: bundle.path.map((hash) => hash.toUpperCase()) })],
    ['a hash too short', (bundle) => ({ ...bundle, path: bundle.path.with(0, 'ab') })],
    ['a hash that is none', (bundle) => ({ ...bundle, path: bundle.path.with(0, 'x'.repeat(64)) })],
    ['a hash with a line break', (bundle) => ({ ...bundle, path: bundle.path.with(0, `${bundle.path[0]}\n`) })],
    ['an endless path', (bundle) => ({ ...bundle, path: Array.from({ length: 200 }, () => bundle.path[0]) })],
    ['an endless seal', (bundle) => ({ ...bundle, seal: 'x'.repeat(300_000) })],
    ['text that is no entry', (bundle) => ({ ...bundle, entry: { position: 7, body: '{"position":7}' } })],
    ['text that is no JSON', (bundle) => ({ ...bundle, entry: { position: 7, body: 'seven' } })],
    [
      'half of a surrogate pair',
      (bundle) => ({ ...bundle, entry: { position: 7, body: bundle.entry.body.replace('d-7', '\ud800') } }),
    ],
  ])('has %s', async (_, change) => {
    const result = verifyBundle(JSON.stringify(change(await bundleOf(7))), trusted);
    expect(result.verdict).toBe('malformed');
    expect(result.detail.length).toBeLessThan(200);
  });

  it('has a key that means something to JavaScript', async () => {
    const json = JSON.stringify(await bundleOf(7)).replace('{', '{"__proto__":{"verified":true},');
    expect(verifyBundle(json, trusted).verdict).toBe('malformed');
  });

  it('is longer than is read', async () => {
    const json = JSON.stringify(await bundleOf(7));
    expect(verifyBundle(json, trusted, { maxLength: json.length }).verdict).toBe('ok');
    expect(verifyBundle(json, trusted, { maxLength: json.length - 1 }).verdict).toBe('malformed');
  });

  it('repeats nothing of what a stranger wrote', async () => {
    const bundle = { ...(await bundleOf(7)), '\u001b[31mred': 1 };
    expect(verifyBundle(JSON.stringify(bundle), trusted).detail).toBe('the document has a field that there is not');
  });
});

describe('calling it wrongly', () => {
  it('is an error of the program', async () => {
    const json = JSON.stringify(await bundleOf(7));
    expect(await codeOf(() => verifyBundle({} as never, trusted))).toBe('WAYMARK_INVALID_ARGUMENT');
    expect(await codeOf(() => verifyBundle(json, [] as never))).toBe('WAYMARK_INVALID_ARGUMENT');
    expect(await codeOf(() => verifyBundle(json, trusted, { max: 5 } as never))).toBe('WAYMARK_INVALID_ARGUMENT');
    expect(await codeOf(() => verifyBundle(json, trusted, { maxLength: 0 }))).toBe('WAYMARK_INVALID_ARGUMENT');
  });
});

describe('making a bundle', () => {
  const failing = async (change: object): Promise<[string, string]> => {
    const error = await caughtWaymark(makeBundle({ entry: entries[7]!, seal, subtrees, ...change }));
    return [error.code, error.hint ?? ''];
  };

  it('takes a seal that covers the entry', async () => {
    expect(await failing({ entry: entries[20] })).toStrictEqual([
      'WAYMARK_NOT_PROVABLE',
      'Seal the log as it stands, and prove the entry with that seal.',
    ]);
  });

  it('takes a log that is what was sealed', async () => {
    const other = new SealedLog(21, { prefix: 'other' });
    const hashes = entries.map((entry) => leafHash(entry.body)).with(3, leafHash('changed'));
    const changed = ['WAYMARK_NOT_PROVABLE', 'Run waymark verify to learn where it was changed.'];
    expect(await failing({ subtrees: subtreesOf(hashes) })).toStrictEqual(changed);
    expect(await failing({ entry: other.entries[7] })).toStrictEqual(changed);
  });

  it('takes an older seal of the same log', async () => {
    const newer = ['WAYMARK_NOT_PROVABLE', 'Give two seals of one log, the one that covers less as the older one.'];
    expect(await failing({ olderSeal: log.sealAt(21) })).toStrictEqual(newer);
    const foreign = makeSeal(log.headAt(6), keyOf('example.com/other'), { sealedAt: seal.sealedAt });
    expect(await failing({ olderSeal: foreign })).toStrictEqual(newer);
    expect(await failing({ olderSeal: new SealedLog(6, { prefix: 'other' }).sealAt(6) })).toStrictEqual([
      'WAYMARK_NOT_PROVABLE',
      'Run waymark verify: the log was changed or replaced after it was first sealed.',
    ]);
  });
});

describe('the module that verifies', () => {
  /** The files and packages that a source file leads to when it is loaded. Type imports are gone by then. */
  function loadedBy(file: URL, seen = new Set<string>()): Set<string> {
    const text = readFileSync(file, 'utf8');
    for (const [, names = '', specifier = ''] of text.matchAll(
      /^(?:import|export) (?!type )([^;]*?)from '([^']+)';/gm,
    )) {
      const isOnlyTypes = /^\{\s*(?:type \w+,?\s*)+\}\s*$/.test(names);
      const target = specifier.startsWith('.') ? new URL(specifier.replace(/\.js$/, '.ts'), file) : specifier;
      if (isOnlyTypes || seen.has(String(target))) continue;
      seen.add(String(target));
      if (target instanceof URL) loadedBy(target, seen);
    }
    return seen;
  }

  it('loads nothing but Zod and the cryptography of Node', () => {
    const start = new URL('../../../../src/domain/audit/integrity/verify-bundle.ts', import.meta.url);
    const loaded = [...loadedBy(start)];
    expect(loaded.filter((name) => !name.startsWith('file:')).toSorted()).toStrictEqual(['node:crypto', 'zod']);
    expect(loaded.length).toBeGreaterThan(15);
    expect(loaded.filter((name) => name.startsWith('file:') && !name.includes('/src/domain/'))).toStrictEqual([]);
  });
});

it('a note that two keys signed is a seal all the same', async () => {
  const text = `${seal.note.split('\n\n')[0]}\n`;
  const witnessed = signNote(text, [keyOf('witness.example', 8), log.key]);
  expect(found({ ...(await bundleOf(3)), seal: witnessed })).toBe('ok');
});
