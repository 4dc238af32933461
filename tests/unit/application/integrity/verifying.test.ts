import { TrustedKeys, verifyBundle } from '../../../../src/index.js';
import { caughtWaymark, codeOf } from '../../../support/caught.js';
import { alter, rebuild, rewritten } from '../../../support/hands.js';
import { makeWorkbench, type Workbench } from '../../../support/integrity.js';
import { keyOf, ORIGIN } from '../../../support/sealed-log.js';
import { prepare, told } from '../../../support/tamper-matrix.js';

async function prepared(): Promise<Workbench> {
  const bench = makeWorkbench();
  await prepare(bench);
  return bench;
}

const stranger = keyOf('example.com/other', 7).verifier;

describe('verifying since a seal', () => {
  it('looks at what came after it alone', async () => {
    const bench = await prepared();
    const since = (size: 'latest' | number) => bench.integrity.verify({ mode: { since: size } });
    expect(await since('latest')).toMatchObject({
      verdict: 'ok',
      size: 142,
      checked: 41,
      seals: { count: 1, upTo: 101 },
    });
    expect(await since(40)).toMatchObject({ verdict: 'ok', checked: 102, seals: { count: 2 } });
    const kept = await bench.seals.findBySize(40);
    expect(await bench.integrity.verify({ mode: { since: kept! } })).toMatchObject({ verdict: 'ok', checked: 102 });
    const altered = { ...kept!, note: kept!.note.replace('\n40\n', '\n41\n') };
    expect(await bench.integrity.verify({ mode: { since: altered } })).toMatchObject({ verdict: 'unsealed' });
    expect(await since(41)).toMatchObject({ verdict: 'unsealed', checked: 0 });
  });

  it('finds what is wrong after it, and that what it covers is another past', async () => {
    const bench = await prepared();
    const since = () => bench.integrity.verify({ mode: { since: 'latest' } });
    await alter(bench.hands, 'audit_entries', (rows) => void (rows[120] = rewritten(rows[120]!)));
    expect(told(await since())).toStrictEqual(['tampered', 120]);
    await rebuild(bench.hands, { tiles: true });
    expect(await since()).toMatchObject({ verdict: 'ok' });
    await alter(bench.hands, 'audit_entries', (rows) => void (rows[70] = rewritten(rows[70]!)));
    // Neither its leaf nor a tile tells of it yet.
    expect(await since()).toMatchObject({ verdict: 'ok' });
    await rebuild(bench.hands, { tiles: true });
    expect(told(await since())).toStrictEqual(['forked', 40]);
    // Without the tiles nothing leads to the older seal either.
    await alter(bench.hands, 'audit_tiles', () => []);
    expect(told(await since())).toStrictEqual(['forked', 0]);
  });

  it('believes the seals of trusted keys only', async () => {
    const bench = await prepared();
    expect(await bench.integrity.verify({ mode: { since: 'latest' }, trusted: [stranger] })).toMatchObject({
      verdict: 'unsealed',
    });
    // Where no key is pinned, the log is at least held to what its own seals say.
    expect(await bench.with({}).verify({ mode: { since: 'latest' } })).toMatchObject({ verdict: 'ok', checked: 41 });
  });

  it('tells of a log that is smaller than a seal that was kept', async () => {
    const bench = await prepared();
    const kept = await bench.seals.findBySize(101);
    await alter(bench.hands, 'audit_entries', (rows) => rows.slice(0, 90));
    await rebuild(bench.hands, { tiles: true });
    expect(told(await bench.integrity.verify({ mode: { since: kept! } }))).toStrictEqual(['tail-truncated', 90]);
  });
});

describe('verifying a sample', () => {
  it('looks at so many entries, the same ones with the same seed', async () => {
    const bench = await prepared();
    const sample = (seed?: number) =>
      bench.integrity.verify({ mode: { sample: 10, ...(seed === undefined ? {} : { seed }) } });
    expect(await sample(1)).toMatchObject({ verdict: 'ok', checked: 10, seed: 1, seals: { count: 2, upTo: 101 } });
    expect(await sample(1)).toStrictEqual(await sample(1));
    expect(await sample()).toMatchObject({ seed: expect.any(Number) });
    expect(await bench.integrity.verify({ mode: { sample: 500 } })).toMatchObject({ verdict: 'ok', checked: 142 });
  });

  it('finds what is wrong with all of them, and where the log ends', async () => {
    const all = (bench: Workbench) => bench.integrity.verify({ mode: { sample: 500, seed: 1 } });
    const bench = await prepared();
    const whole = await bench.hands.read('audit_entries');
    await bench.hands.write('audit_entries', whole.with(70, rewritten(whole[70]!)));
    expect(told(await all(bench))).toStrictEqual(['tampered', 70]);
    await bench.hands.write('audit_entries', whole.toSpliced(70, 1));
    expect(told(await all(bench))).toStrictEqual(['tampered', 70]);
    await bench.hands.write('audit_entries', whole.slice(0, 120));
    expect(told(await all(bench))).toStrictEqual(['tail-truncated', 120]);
    await bench.hands.write('audit_entries', whole.slice(3));
    expect(told(await all(bench))).toStrictEqual(['front-truncated', 0]);
    await bench.hands.write('audit_entries', [...whole, { ...whole[0]!, position: 142 }]);
    expect(told(await all(bench))).toStrictEqual(['tampered', 142]);
    await bench.hands.write('audit_entries', whole);
    await alter(bench.hands, 'log_head', ([row]) => [{ ...row!, frontier: '[]' }]);
    expect(told(await all(bench))).toStrictEqual(['tampered', undefined]);
    await bench.hands.write(
      'audit_entries',
      whole.map((row, index) => (index < 70 ? row : rewritten(row))),
    );
    await rebuild(bench.hands, { tiles: true });
    expect(told(await all(bench))).toStrictEqual(['forked', 40]);
    await alter(bench.hands, 'audit_tiles', () => []);
    expect(told(await all(bench))).toStrictEqual(['tampered', undefined]);
  });

  it('finds the first and the last entry with every seed', async () => {
    for (const [at, verdict] of [
      [0, 'tampered'],
      [141, 'tampered'],
    ] as const) {
      const bench = await prepared();
      await alter(bench.hands, 'audit_entries', (rows) => void (rows[at] = rewritten(rows[at]!)));
      const found = await bench.integrity.verify({ mode: { sample: 2, seed: at + 5 } });
      // The last one is no deal: its text is as it was.
      expect(found.verdict).toBe(at === 0 ? verdict : 'tampered');
    }
  });
});

describe('the verdict unsealed', () => {
  it('is for whom a seal was asked, and none is believed', async () => {
    const bench = makeWorkbench();
    await bench.write(3);
    expect(await bench.integrity.verify()).toMatchObject({ verdict: 'ok' });
    expect(await bench.integrity.verify({ requireSeal: true })).toMatchObject({ verdict: 'unsealed' });
    expect(await bench.integrity.verify({ trusted: [bench.key.verifier] })).toMatchObject({ verdict: 'unsealed' });
    await bench.integrity.seal();
    expect(await bench.integrity.verify({ requireSeal: true })).toMatchObject({ verdict: 'ok' });
    expect(await bench.integrity.verify({ trusted: new TrustedKeys([stranger]) })).toMatchObject({
      verdict: 'unsealed',
    });
    // Who pinned nothing and asks for nothing is told that the log fits itself.
    expect(await bench.with({}).verify()).not.toHaveProperty('seals');
    expect(await bench.with({}).verify({ requireSeal: true })).toMatchObject({ verdict: 'unsealed' });
  });
});

describe('a seal that an entry tells of and that is not there', () => {
  it('is none that its store has to have, where a newer one covers it: the log may have been imported', async () => {
    const bench = await prepared();
    await alter(bench.hands, 'audit_seals', (rows) => rows.slice(1));
    expect(await bench.integrity.verify()).toMatchObject({ verdict: 'ok', seals: { count: 1, upTo: 101 } });
    await alter(bench.hands, 'audit_seals', () => []);
    expect(await bench.with({}).verify()).toMatchObject({ verdict: 'ok' });
    expect(told(await bench.integrity.verify())).toStrictEqual(['unsealed', 40]);
  });
});

describe('recording a verification', () => {
  it('is done when it is asked for', async () => {
    const bench = await prepared();
    await bench.integrity.verify();
    expect((await bench.log.head()).size).toBe(142);
    await bench.integrity.verify({ record: true });
    await bench.integrity.verify({ record: true, mode: { sample: 3 } });
    await bench.integrity.verify({ record: true, trusted: [stranger] });
    expect(await bench.types(142)).toStrictEqual(['audit.verified', 'audit.verification_failed']);
    const [verified, failed] = await bench.log.readRange(142, 2);
    expect(JSON.parse(verified!.body).payload).toMatchObject({ size: 142, durationMs: expect.any(Number) });
    expect(JSON.parse(failed!.body).payload).toMatchObject({ verdict: 'unsealed', detail: expect.any(String) });
  });
});

describe('options of a verification', () => {
  it.each<object>([
    { mode: 'fast' },
    { mode: {} },
    { mode: { since: -1 } },
    { mode: { since: 'newest' } },
    { mode: { since: null } },
    { mode: { sample: 0 } },
    { mode: { sample: 1, seed: 0.5 } },
    { mode: { sample: 1, sead: 5 } },
    { anchor: 5 },
    { requireSeal: 'yes' },
    { record: 1 },
    { onProgress: 1 },
    { signal: {} },
    { mod: 'full' },
  ])('have to be some that there are: %j', async (options) => {
    expect(await codeOf(makeWorkbench().integrity.verify(options))).toBe('WAYMARK_INVALID_ARGUMENT');
  });

  it('tell how far a sample is, and stop it', async () => {
    const bench = await prepared();
    const progress: (readonly number[])[] = [];
    const onProgress = (checked: number, size: number): void => void progress.push([checked, size]);
    await bench.integrity.verify({ mode: { sample: 142 }, onProgress });
    expect(progress).toStrictEqual([
      [100, 142],
      [142, 142],
    ]);
    const stopped = bench.integrity.verify({ mode: { sample: 142 }, signal: AbortSignal.abort(new Error('enough')) });
    await expect(stopped).rejects.toThrow('enough');
  });
});

describe('proving an event', () => {
  it('gives a bundle for every position of a log of a thousand entries', async () => {
    const bench = makeWorkbench();
    await bench.write(1_000);
    await bench.integrity.seal();
    const entries = await bench.log.readRange(0, 1_000);
    for (const { position, columns } of entries) {
      const bundle = await bench.integrity.prove(columns.eventId);
      const found = verifyBundle(JSON.stringify(bundle), bench.trusted);
      expect([found.verdict, bundle.entry.position]).toStrictEqual(['ok', position]);
    }
  });

  it('seals the log first, where no seal covers the event', async () => {
    const bench = makeWorkbench();
    await bench.write(5);
    const [, entry] = await bench.log.readRange(0, 2);
    const { eventId } = entry!.columns;
    const error = await caughtWaymark(bench.with({ trusted: bench.trusted }).prove(eventId));
    expect(error.code).toBe('WAYMARK_UNSEALED');
    expect(error.details).toStrictEqual({ position: 1, sealed: 0 });
    const bundle = await bench.integrity.prove(eventId);
    expect(verifyBundle(JSON.stringify(bundle), bench.trusted)).toMatchObject({ verdict: 'ok', seal: { size: 5 } });
    expect((await bench.log.head()).size).toBe(6);
    // A reader without the key makes the same bundle from then on.
    expect(await bench.with({ trusted: bench.trusted }).prove(eventId)).toStrictEqual(bundle);
  });

  it('proves with an older seal that the log only grew', async () => {
    const bench = await prepared();
    const [entry] = await bench.log.readRange(60, 1);
    const older = await bench.seals.findBySize(40);
    for (const from of [40, older!]) {
      const bundle = await bench.integrity.prove(entry!.columns.eventId, { from });
      expect(verifyBundle(JSON.stringify(bundle), bench.trusted)).toMatchObject({
        verdict: 'ok',
        seal: { size: 101 },
        olderSeal: { size: 40 },
      });
    }
    expect(await codeOf(bench.integrity.prove(entry!.columns.eventId, { from: 41 }))).toBe('WAYMARK_UNSEALED');
  });

  it('gives none for what is not there or not as it was', async () => {
    const bench = await prepared();
    expect(await codeOf(bench.integrity.prove('no-such-event'))).toBe('WAYMARK_EVENT_NOT_FOUND');
    const [entry] = await bench.log.readRange(60, 1);
    await alter(bench.hands, 'audit_entries', (rows) => void (rows[60] = rewritten(rows[60]!)));
    expect(await codeOf(bench.integrity.prove(entry!.columns.eventId))).toBe('WAYMARK_NOT_PROVABLE');
    expect(await codeOf(bench.integrity.prove(entry!.columns.eventId, { since: 4 } as never))).toBe(
      'WAYMARK_INVALID_ARGUMENT',
    );
    expect(ORIGIN).toBe(bench.key.name);
  });
});
