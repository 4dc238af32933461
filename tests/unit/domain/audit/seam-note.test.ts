import { checkSeam, signSeam } from '../../../../src/domain/audit/retention/seam-note.js';
import {
  generateSigningKey,
  leafHash,
  makeSeal,
  MerkleFrontier,
  type Seam,
  TrustedKeys,
} from '../../../../src/index.js';
import { checkNote, storedSealOf } from '../../../../src/domain/audit/integrity/stored-seal.js';

const KEY = generateSigningKey('example.com/seams');
const TREE = MerkleFrontier.EMPTY.appendAll(Array.from({ length: 300 }, (_, index) => leafHash(`entry ${index}`)));
const FACTS = {
  from: 0,
  to: 300,
  rootHash: TREE.root().toString('hex'),
  archive: { path: '/archive/a', sha256: 'ab'.repeat(32) },
  appliedAt: '2026-01-31T12:00:00.000Z',
};
const STATEMENT = { logSize: 700, removedStreams: 'cd'.repeat(32) };

describe('the note of a seam', () => {
  it('is believed where a trusted key signed it for a log of the size that was cut', () => {
    const seam = make();
    expect(checkSeam(seam, new TrustedKeys([KEY.verifier]))).toStrictEqual({ is: 'believed', ...STATEMENT });
    // A key that came into use after the entries that went, and before the cut.
    expect(is(seam, new TrustedKeys([{ key: KEY.verifier, fromSize: 500 }]))).toBe('believed');
    expect(is(seam, new TrustedKeys([{ key: KEY.verifier, upToSize: 500 }]))).toBe('unbelieved');
    expect(is(seam, new TrustedKeys([generateSigningKey(KEY.name).verifier]))).toBe('unbelieved');
    expect(is(seam, new TrustedKeys([]))).toBe('unbelieved');
  });

  it.each([
    ['from', { from: 1 }],
    ['to', { to: 299 }],
    ['the root', { rootHash: '0'.repeat(64) }],
    ['the archive', { archive: { path: '/archive/a', sha256: '0'.repeat(64) } }],
    ['the time', { appliedAt: '2026-01-31T12:00:00.001Z' }],
    ['the id', { id: '0'.repeat(32) }],
  ])('is damaged where a column says otherwise: %s', (_what, change) => {
    expect(is({ ...make(), ...change }, new TrustedKeys([KEY.verifier]))).toBe('damaged');
    expect(is({ ...make(), ...change }, new TrustedKeys([]))).toBe('damaged');
  });

  it('is no seal, and no seal is one, even of a log that is called like it', () => {
    for (const key of [KEY, generateSigningKey('waymark/seam/v1')]) {
      const trusted = new TrustedKeys([key.verifier]);
      const { note } = signSeam(FACTS, STATEMENT, key);
      expect(checkNote(note, trusted).is).toBe('damaged');
      const seal = storedSealOf(makeSeal({ size: 300, rootHash: FACTS.rootHash }, key, { sealedAt: FACTS.appliedAt }));
      expect(is({ ...make(), id: seal.id, note: seal.note }, trusted)).toBe('damaged');
    }
  });
});

function make(): Seam & { readonly note: string } {
  return { ...FACTS, frontier: TREE.hashes(), ...signSeam(FACTS, STATEMENT, KEY) };
}

function is(seam: Seam & { readonly note: string }, trusted: TrustedKeys): string {
  return checkSeam(seam, trusted).is;
}
