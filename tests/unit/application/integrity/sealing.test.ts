import {
  parseSeal,
  type SealAnchor,
  type StoredSeal,
  TrustedKeys,
  verifyConsistency,
  type Verdict,
} from '../../../../src/index.js';
import { caughtWaymark, codeOf } from '../../../support/caught.js';
import { alter, rebuild, rewritten } from '../../../support/hands.js';
import { makeWorkbench, type Workbench } from '../../../support/integrity.js';
import { keyOf, ORIGIN } from '../../../support/sealed-log.js';

/** An anchor in memory. */
class MemoryAnchor implements SealAnchor {
  readonly name = 'the anchor';
  notes: string[] = [];
  failing: Error | undefined;

  read(): Promise<readonly string[]> {
    return Promise.resolve(this.notes);
  }

  latest(): Promise<string | undefined> {
    return Promise.resolve(this.notes.at(-1));
  }

  append(notes: readonly string[]): Promise<void> {
    if (this.failing !== undefined) return Promise.reject(this.failing);
    this.notes.push(...notes);
    return Promise.resolve();
  }
}

describe('sealing a log', () => {
  it('signs the head, keeps the seal, and records that it did', async () => {
    const bench = makeWorkbench();
    await bench.write(5);
    const head = await bench.log.head();
    const { seal, isNew } = await bench.integrity.seal();
    expect(isNew).toBe(true);
    expect(seal).toMatchObject({ origin: ORIGIN, size: 5, rootHash: head.rootHash, keyId: bench.key.keyId });
    expect(parseSeal(seal.note, bench.trusted)).toMatchObject({ size: 5, rootHash: head.rootHash });
    expect(await bench.seals.find(seal.id)).toStrictEqual(seal);
    expect(await bench.types(4)).toStrictEqual(['deal.created', 'audit.sealed']);
  });

  it('does nothing where nothing but the event of the seal came since', async () => {
    const bench = makeWorkbench();
    await bench.write(5);
    const first = await bench.integrity.seal();
    expect(await bench.integrity.seal()).toStrictEqual({ seal: first.seal, isNew: false });
    expect((await bench.log.head()).size).toBe(6);
    await bench.write(1);
    expect(await bench.integrity.seal()).toMatchObject({ seal: { size: 7 }, isNew: true });
  });

  it('seals a log without entries', async () => {
    const bench = makeWorkbench();
    expect((await bench.integrity.seal()).seal.size).toBe(0);
    await bench.write(3);
    expect((await bench.integrity.seal()).seal.size).toBe(4);
    expect(await bench.integrity.verify()).toMatchObject({ verdict: 'ok', seals: { count: 2, upTo: 4 } });
  });

  it('makes one of several calls at a time, and only one seal', async () => {
    const bench = makeWorkbench();
    await bench.write(5);
    const sealings = await Promise.all([bench.integrity.seal(), bench.integrity.seal(), bench.integrity.seal()]);
    expect(sealings.map(({ isNew }) => isNew)).toStrictEqual([true, false, false]);
  });

  it('takes another key, and goes on from the seals of the one before', async () => {
    const bench = makeWorkbench();
    await bench.write(5);
    await bench.integrity.seal();
    const rotated = keyOf(ORIGIN, 2);
    // Nothing came since: with another key it is sealed all the same.
    expect(await bench.integrity.seal({ signer: rotated })).toMatchObject({ isNew: true, seal: { size: 6 } });
    const pinned = [{ key: bench.key.verifier, upToSize: 5 }, rotated.verifier];
    expect(await bench.integrity.verify({ trusted: pinned })).toMatchObject({ verdict: 'ok', seals: { count: 2 } });
    expect(await bench.integrity.verify({ trusted: [rotated.verifier] })).toMatchObject({
      verdict: 'ok',
      seals: { count: 1, upTo: 6 },
    });
    const late = [{ key: bench.key.verifier, upToSize: 4 }];
    expect(await bench.integrity.verify({ trusted: late })).toMatchObject({ verdict: 'unsealed' });
  });

  it('needs a key, and one that is a key', async () => {
    const bench = makeWorkbench();
    expect(await codeOf(bench.with({}).seal())).toBe('WAYMARK_NO_SIGNING_KEY');
    expect(await codeOf(bench.integrity.seal({ signer: 'PRIVATE+KEY+…' as never }))).toBe('WAYMARK_INVALID_ARGUMENT');
    expect(await codeOf(bench.integrity.seal({ singer: bench.key } as never))).toBe('WAYMARK_INVALID_ARGUMENT');
  });
});

describe('a log that did not grow from what was sealed', () => {
  it.each<[string, Verdict, (bench: Workbench) => Promise<void>]>([
    [
      'replaced',
      'forked',
      async ({ hands }) => {
        await alter(hands, 'audit_entries', (rows) => rows.map(rewritten));
        await rebuild(hands, { tiles: true });
      },
    ],
    [
      'cut off',
      'tail-truncated',
      async ({ hands }) => {
        await alter(hands, 'audit_entries', (rows) => rows.slice(0, 30));
        await rebuild(hands, { tiles: true });
      },
    ],
    ['without its hashes', 'tampered', ({ hands }) => alter(hands, 'audit_tiles', () => [])],
    [
      'with another seal',
      'tampered',
      ({ hands }) => alter(hands, 'audit_seals', ([row]) => [{ ...row!, root_hash: '0'.repeat(64) }]),
    ],
  ])('is not sealed: %s', async (_, verdict, tamper) => {
    const bench = makeWorkbench();
    await bench.write(40);
    await bench.integrity.seal();
    await bench.write(20);
    const { size } = await bench.log.head();
    await tamper(bench);
    const error = await caughtWaymark(bench.integrity.seal());
    expect(error.code).toBe('WAYMARK_LOG_FORKED');
    expect(error).toMatchObject({ verdict });
    expect((await bench.seals.list({ limit: 10 })).length).toBe(1);
    // What is appended goes to what lies below the hands of the test.
    expect(size).toBe(61);
  });

  it('is told in the log', async () => {
    const bench = makeWorkbench();
    const foreign = makeWorkbench();
    foreign.clock.advance(1);
    await foreign.write(3);
    await bench.write(9);
    const { seal } = await foreign.integrity.seal();
    const anchor = new MemoryAnchor();
    anchor.notes.push(seal.note);
    const error = await caughtWaymark(bench.with({ signer: bench.key, anchors: [anchor] }).seal());
    expect(error.code).toBe('WAYMARK_LOG_FORKED');
    expect(await bench.types(9)).toStrictEqual(['audit.verification_failed']);
  });
});

describe('an anchor', () => {
  it('is given every seal, those included that it could not take', async () => {
    const bench = makeWorkbench();
    const anchor = new MemoryAnchor();
    const integrity = bench.with({ signer: bench.key, anchors: [anchor] });
    const made: StoredSeal[] = [];
    await bench.write(2);
    made.push((await integrity.seal()).seal);
    anchor.failing = new Error('the share is gone');
    for (const count of [3, 4]) {
      await bench.write(count);
      await expect(integrity.seal()).rejects.toBe(anchor.failing);
    }
    anchor.failing = undefined;
    await integrity.seal();
    const kept = await bench.seals.list({ limit: 10 });
    expect(anchor.notes).toStrictEqual(kept.map(({ note }) => note));
    expect(kept.length).toBe(3);
    expect(kept[0]).toStrictEqual(made[0]);
  });

  it('tells of a log that was replaced, seals included', async () => {
    const bench = makeWorkbench();
    const anchor = new MemoryAnchor();
    await bench.write(40);
    await bench.with({ signer: bench.key, anchors: [anchor] }).seal();
    await bench.write(40);
    await alter(bench.hands, 'audit_entries', (rows) => rows.slice(0, 40).map(rewritten));
    await alter(bench.hands, 'audit_seals', () => []);
    await rebuild(bench.hands, { tiles: true });
    expect(await bench.integrity.verify()).toMatchObject({ verdict: 'ok' });
    const anchored = bench.with({ signer: bench.key, anchors: [anchor] });
    expect(await anchored.verify()).toMatchObject({
      verdict: 'forked',
      position: 0,
      detail: expect.stringContaining('anchored seal of 40 entries'),
    });
    expect(await codeOf(anchored.seal())).toBe('WAYMARK_LOG_FORKED');
  });

  it('is believed for what trusted keys signed, and for nothing else', async () => {
    const bench = makeWorkbench();
    const anchor = new MemoryAnchor();
    await bench.write(40);
    const { seal } = await bench.integrity.seal();
    anchor.notes = [seal.note.replace('40', '39'), 'no note', seal.note];
    const anchored = bench.with({ trusted: bench.trusted, anchors: [anchor] });
    expect(await anchored.verify({ requireSeal: true })).toMatchObject({ verdict: 'ok', seals: { count: 2 } });
    const stranger = bench.with({ trusted: new TrustedKeys([keyOf(ORIGIN, 9).verifier]), anchors: [anchor] });
    expect(await stranger.verify()).toMatchObject({ verdict: 'unsealed' });
  });
});

describe('the consistency of a log', () => {
  it('is proved between every two seals', async () => {
    const bench = makeWorkbench();
    for (const count of [0, 1, 1, 30, 3, 100]) {
      await bench.write(count);
      await bench.integrity.seal();
    }
    const seals = await bench.seals.list({ limit: 10 });
    for (const [index, older] of seals.entries()) {
      for (const newer of seals.slice(index)) {
        const { path, ...claim } = await bench.integrity.consistency(older.size, newer.size);
        expect(claim).toStrictEqual({
          firstSize: older.size,
          firstRoot: older.rootHash,
          secondSize: newer.size,
          secondRoot: newer.rootHash,
        });
        const bytes = (hash: string): Buffer => Buffer.from(hash, 'hex');
        expect(
          verifyConsistency({
            ...claim,
            firstRoot: bytes(claim.firstRoot),
            secondRoot: bytes(claim.secondRoot),
            path: path.map(bytes),
          }),
        ).toBe(true);
      }
    }
    expect(await codeOf(bench.integrity.consistency(3, 2))).toBe('WAYMARK_INVALID_ARGUMENT');
    expect(await codeOf(bench.integrity.consistency(3, 9_999))).toBe('WAYMARK_INVALID_ARGUMENT');
  });
});
