import { appendFileSync, copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import Database from 'better-sqlite3';
import {
  EMPTY_HEAD,
  generateSigningKey,
  leafHash,
  makeSeal,
  MerkleFrontier,
  type StoredSeal,
  TrustedKeys,
  type Verification,
  verifyBundle,
  verifyExport,
  type VerifyOptions,
  type Waymark,
  type WaymarkConfig,
} from '../../src/index.js';
import { frontierAt } from '../../src/application/audit/integrity/since-seal.js';
import { codeOf } from '../support/caught.js';
import { DealCreated } from '../support/deals.js';
import { FakeClock } from '../support/fake-clock.js';
import { openWaymark } from '../support/open-waymark.js';
import { dropSchemas, hasPostgres, postgresOptions, postgresUrl } from '../support/postgres.js';
import { makeTemporaryFolder, type TemporaryFolder } from '../support/temporary-folder.js';

const KEY = generateSigningKey('example.com/retention');
const ENTRIES = 700;

/** Where a log is kept, by a URL that is made for one test. */
const PLACES: readonly (readonly [name: string, make: (folder: TemporaryFolder) => Place])[] = [
  ['in memory', () => ({ storage: 'memory:', remove: () => Promise.resolve() })],
  ['on SQLite', (folder) => ({ storage: `sqlite:${folder.file('waymark.db')}`, remove: () => Promise.resolve() })],
  ...(hasPostgres ? [['on PostgreSQL', onPostgres] as const] : []),
];

interface Place {
  readonly storage: string;
  remove(): Promise<void>;
}

describe.each(PLACES)('retention %s', (_name, make) => {
  let folder: TemporaryFolder;
  let place: Place;
  let waymark: Waymark;
  const open = async (config: Partial<WaymarkConfig> = { seals: { key: KEY } }): Promise<void> => {
    waymark = await openWaymark({ storage: place.storage, ...config });
    waymark.catalog.register(DealCreated);
  };
  const fill = (): Promise<unknown> => waymark.log.append(Array.from({ length: ENTRIES }, (_, index) => deal(index)));
  beforeEach(() => {
    folder = makeTemporaryFolder();
    place = make(folder);
  });
  afterEach(async () => {
    await waymark.close();
    await place.remove();
    folder.remove();
  });

  it('removes what is archived, and what remains verifies and proves as before', async () => {
    await open();
    await fill();
    const before = await waymark.log.head();
    const retained = await waymark.log.retain({ before: 300, archiveTo: folder.path, actor: 'user:officer' });
    expect(retained).toMatchObject({ from: 0, to: 300, removed: 300 });
    const { rootHash = '' } = retained.seam ?? {};
    expect(retained.archive).toBe(folder.file(`waymark-0-299-${rootHash.slice(0, 8)}.jsonl.gz`));
    expect(await waymark.log.seams()).toStrictEqual([retained.seam]);

    const found = await waymark.log.verify();
    expect(found).toMatchObject({ verdict: 'ok', checked: found.size - 300, seals: { count: 2 } });
    for (const mode of ['full', { sample: 20, seed: 7 }, { since: 'latest' }, { since: 300 }] as const) {
      expect(await waymark.log.verify({ mode, trusted: [KEY.verifier] })).toMatchObject({ verdict: 'ok' });
    }
    const first = await waymark.log.at(300);
    for (const entry of [first, await waymark.log.at(ENTRIES - 1)]) {
      const bundle = await waymark.log.prove(entry.event.id);
      expect(verifyBundle(JSON.stringify(bundle), new TrustedKeys([KEY.verifier]))).toMatchObject({ verdict: 'ok' });
    }
    const [told] = await waymark.log.query({ types: ['audit.retention_applied'] });
    expect(told?.event).toMatchObject({
      payload: { fromPosition: 0, toPosition: 299, removed: 300, archivedTo: retained.archive },
      context: { actor: 'user:officer' },
    });
    expect((await waymark.log.consistency(before.size)).firstRoot).toBe(before.rootHash);
  });

  it('archives what leads, with what remains, to the root of the head', async () => {
    await open();
    await fill();
    await waymark.log.retain({ before: 100, archiveTo: folder.path });
    await waymark.log.retain({ before: 513, archiveTo: folder.path });
    const bodies: string[] = [];
    for (const { archive } of await waymark.log.seams()) {
      bodies.push(...gunzipSync(readFileSync(archive.path)).toString('utf8').trimEnd().split('\n'));
      expect(await waymark.log.verifyArchive(archive.path)).toMatchObject({ verdict: 'ok' });
      expect(await verifyExport(archive.path, { trusted: [KEY.verifier] })).toMatchObject({ verdict: 'ok' });
    }
    const { size, rootHash } = await waymark.log.head();
    bodies.push(...(await waymark.store.auditLog.readRange(0, size)).map(({ body }) => body));
    expect(bodies).toHaveLength(size);
    expect(
      MerkleFrontier.EMPTY.appendAll(bodies.map((body) => leafHash(body)))
        .root()
        .toString('hex'),
    ).toBe(rootHash);
  });

  it('only tells with dryRun, and removes up to a time', async () => {
    const clock = new FakeClock();
    await open({ seals: { key: KEY }, clock });
    await waymark.log.append([deal(0), deal(1)]);
    clock.advance(60_000);
    const time = new Date(clock.now());
    await waymark.log.append([deal(2)]);
    const options = { before: time, archiveTo: folder.path };
    const told = await waymark.log.retain({ ...options, dryRun: true });
    expect(told).toMatchObject({ from: 0, to: 2, removed: 2 });
    expect(told.bytes).toBeGreaterThan(200);
    expect(existsSync(told.archive)).toBe(false);
    expect(await waymark.log.seams()).toStrictEqual([]);
    expect(await waymark.log.retain(options)).toMatchObject({ ...told });
    expect(await waymark.log.retain(options)).toMatchObject({ from: 2, removed: 0 });
    expect((await waymark.log.query({}, { limit: 1 }))[0]?.position).toBe(2);
  });

  it('tells where an entry is that was removed, and does not let a reader pass over it', async () => {
    await open();
    await fill();
    const { archive } = await waymark.log.retain({ before: 300, archiveTo: folder.path });
    const details = { archive, from: 0, to: 300 };
    await expect(waymark.log.at(299)).rejects.toMatchObject({ code: 'WAYMARK_ENTRY_ARCHIVED', details });
    expect(await codeOf(waymark.log.at(9_999))).toBe('WAYMARK_EVENT_NOT_FOUND');
    expect(await codeOf(waymark.log.tail({}, { after: 10 }).next())).toBe('WAYMARK_ENTRY_ARCHIVED');
    expect(await codeOf(waymark.log.tail({}, { after: -1 }).next())).toBe('WAYMARK_ENTRY_ARCHIVED');
    const tail = waymark.log.tail({}, { after: 299 });
    expect((await tail.next()).value).toMatchObject({ position: 300 });
    await tail.return();
    // What was archived is recorded again.
    const [again] = await waymark.log.append([deal(5)]);
    expect(again?.position).toBeGreaterThan(ENTRIES);
    expect(await waymark.log.streamVersion('deal')).toBe(ENTRIES + 1);
    await waymark.log.export({ to: folder.file('rest.jsonl'), record: false });
    expect(await verifyExport(folder.file('rest.jsonl'))).toMatchObject({ verdict: 'ok' });
  });

  it('is refused without a key, unless that is said', async () => {
    await open({});
    await fill();
    const options = { before: 300, archiveTo: folder.path };
    expect(await codeOf(waymark.log.retain(options))).toBe('WAYMARK_NO_SIGNING_KEY');
    expect(await waymark.log.retain({ ...options, unsigned: true })).toMatchObject({ removed: 300 });
    expect(await waymark.log.verify()).toMatchObject({ verdict: 'ok' });
    // Somebody who pinned a key has nothing that vouches for the cut.
    expect(await waymark.log.verify({ trusted: [KEY.verifier] })).toMatchObject({ verdict: 'unsealed', position: 0 });
    for (const wrong of [
      { before: -1, archiveTo: 'a' },
      { before: new Date(Number.NaN), archiveTo: 'a' },
      { before: 1, archiveTo: '' },
      { before: 1, archiveTo: 'a', until: 3 },
    ]) {
      expect(await codeOf(waymark.log.retain(wrong as never))).toBe('WAYMARK_INVALID_ARGUMENT');
    }
  });

  it('removes nothing when it is stopped, and everything when it is asked for again', async () => {
    await open();
    await fill();
    const stop = new AbortController();
    const options = { before: 300, archiveTo: folder.path };
    const stopped = waymark.log.retain({ ...options, signal: stop.signal, onProgress: () => stop.abort() });
    await expect(stopped).rejects.toMatchObject({ name: 'AbortError' });
    expect(await waymark.log.at(0)).toMatchObject({ position: 0 });
    expect(await waymark.log.seams()).toStrictEqual([]);
    expect(await waymark.log.retain(options)).toMatchObject({ removed: 300 });
    expect(await waymark.log.verify()).toMatchObject({ verdict: 'ok' });
  });

  it('removes everything once, when two ask at the same time', async () => {
    await open();
    await fill();
    const options = { before: 300, archiveTo: folder.path };
    const all = await Promise.allSettled([waymark.log.retain(options), waymark.log.retain(options)]);
    expect(all).toContainEqual(expect.objectContaining({ status: 'fulfilled' }));
    expect(await waymark.log.seams()).toHaveLength(1);
    expect(await waymark.log.verify()).toMatchObject({ verdict: 'ok' });
  });
});

describe('a log that somebody cut off', () => {
  let folder: TemporaryFolder;
  const storage = (): string => `sqlite:${folder.file('waymark.db')}`;
  const alter = (...statements: readonly string[]): void => {
    const database = new Database(folder.file('waymark.db'));
    for (const statement of statements) database.exec(statement);
    database.close();
  };
  const verdict = async (options: VerifyOptions = { trusted: [KEY.verifier] }): Promise<Verification> => {
    await using waymark = await openWaymark({ storage: storage() });
    return await waymark.log.verify(options);
  };
  beforeEach(async () => {
    folder = makeTemporaryFolder();
    await using waymark = await openWaymark({ storage: storage(), seals: { key: KEY } });
    await waymark.log.append(Array.from({ length: 400 }, (_, index) => deal(index)));
    await waymark.log.retain({ before: 300, archiveTo: folder.path });
  });
  afterEach(() => folder.remove());

  it('is front-truncated without a seam', async () => {
    alter('DELETE FROM seams');
    expect(await verdict()).toMatchObject({ verdict: 'front-truncated', position: 0 });
    expect(await verdict({})).toMatchObject({ verdict: 'front-truncated' });
  });

  it.each([
    ['its frontier', `UPDATE seams SET frontier = '[]'`],
    ['its frontier, which is no JSON', `UPDATE seams SET frontier = 'no'`],
    ['its root', `UPDATE seams SET root_hash = '${'0'.repeat(64)}'`],
    ['where it is', 'UPDATE seams SET to_position = 301'],
    ['where it begins', 'UPDATE seams SET from_position = 1'],
    ['its note', `UPDATE seams SET note = replace(note, '300', '301')`],
    ['its id', `UPDATE seams SET id = '${'0'.repeat(32)}'`],
    ['what its archive hashes to', `UPDATE seams SET archive_sha256 = '${'0'.repeat(64)}'`],
    ['when it was made', `UPDATE seams SET applied_at = '2020-01-01T00:00:00.000Z'`],
    ['a leaf that was kept', `UPDATE kept_leaves SET leaf_hash = '${'0'.repeat(64)}' WHERE position = 299`],
    ['the leaves that were kept, of which one is gone', 'DELETE FROM kept_leaves WHERE position = 290'],
    ['the leaves that were kept, of which one is too many', `INSERT INTO kept_leaves VALUES (300, '')`],
    ['a tile over what was removed', `UPDATE audit_tiles SET hash = '${'0'.repeat(64)}' WHERE level = 1 AND idx = 8`],
    ['how many entries a stream has lost', 'UPDATE removed_streams SET entries = entries + 1'],
    ['which streams there were', 'DELETE FROM removed_streams'],
    ['the entries after it', 'DELETE FROM audit_entries WHERE position < 302'],
  ])('is tampered with when somebody changed %s', async (_what, statement) => {
    alter(statement);
    expect(await verdict()).toMatchObject({ verdict: 'tampered' });
  });

  it('is not cut off where its path was changed: archives may be moved', async () => {
    alter(`UPDATE seams SET archive_path = '/elsewhere'`);
    expect(await verdict()).toMatchObject({ verdict: 'ok' });
  });

  it('is tampered with when a seal is made to stand in for the note of a seam', async () => {
    await using waymark = await openWaymark({ storage: storage() });
    const seal = (await waymark.store.seals.latest()) as StoredSeal;
    expect(seal.size).toBeGreaterThan(300);
    const { frontier, leaves } = await keptBy(waymark, seal.size);
    const kept = leaves.map((hash, index) => `(${seal.size - leaves.length + index}, '${hash}')`);
    // Everything is as a cut at the seal would have left it: the hashes are right, and so is the signature.
    alter(
      `DELETE FROM audit_entries WHERE position < ${seal.size}`,
      'DELETE FROM kept_leaves',
      ...(kept.length === 0 ? [] : [`INSERT INTO kept_leaves VALUES ${kept.join(', ')}`]),
      `UPDATE seams SET to_position = ${seal.size}, root_hash = '${seal.rootHash}', note = '${seal.note}',
       id = '${seal.id}', frontier = '${frontier}'`,
    );
    for (const options of [{ trusted: [KEY.verifier] }, {}]) {
      expect(await verdict(options)).toMatchObject({
        verdict: 'tampered',
        detail: expect.stringContaining('not that of a seam'),
      });
    }
    alter('UPDATE seams SET note = NULL');
    expect(await verdict()).toMatchObject({ verdict: 'unsealed' });
    expect(await verdict({ requireSeal: true })).toMatchObject({ verdict: 'unsealed' });
    // Whoever pins no key learns still that the log knows of no such cut.
    expect(await verdict({})).toMatchObject({ verdict: 'front-truncated', position: 0 });
  });

  it('is tampered with when an entry comes before the seam', async () => {
    alter(`UPDATE audit_entries SET position = 12 WHERE position = 300`);
    expect(await verdict()).toMatchObject({ verdict: 'tampered', position: 12 });
  });

  it('is unsealed when nobody who is trusted signed the seam', async () => {
    alter('UPDATE seams SET note = NULL');
    expect(await verdict()).toMatchObject({ verdict: 'unsealed', position: 0 });
    const other = generateSigningKey('example.com/retention');
    expect(await verdict({ trusted: [other.verifier] })).toMatchObject({ verdict: 'unsealed' });
  });

  it('is tail-truncated when its head counts less than was removed', async () => {
    const { rootHash } = EMPTY_HEAD;
    alter('DELETE FROM audit_entries', `UPDATE log_head SET size = 0, root_hash = '${rootHash}', frontier = '[]'`);
    for (const mode of ['full', { sample: 5 }] as const) {
      expect(await verdict({ mode })).toMatchObject({ verdict: 'tail-truncated', position: 0 });
    }
  });

  it('is not the log of a seam that leads elsewhere, though it is whole in itself', async () => {
    const elsewhere = MerkleFrontier.EMPTY.appendAll(Array.from({ length: 300 }, () => leafHash('other')));
    const root = elsewhere.root().toString('hex');
    alter(`UPDATE seams SET note = NULL, root_hash = '${root}', frontier = '${JSON.stringify(elsewhere.hashes())}'`);
    expect(await verdict({})).toMatchObject({ verdict: 'tampered' });
  });

  it('keeps an archive that is damaged from passing, and one of another log', async () => {
    await using waymark = await openWaymark({ storage: storage() });
    const [seam] = await waymark.log.seams();
    const archive = seam?.archive.path ?? '';
    expect(await waymark.log.verifyArchive(archive)).toMatchObject({ verdict: 'ok' });
    await waymark.log.export({ to: folder.file('foreign.jsonl'), record: false });
    const foreign = await waymark.log.verifyArchive(folder.file('foreign.jsonl'));
    expect(foreign).toMatchObject({ verdict: 'damaged', detail: expect.stringContaining('no seam') });
    appendFileSync(archive, 'x');
    expect(await waymark.log.verifyArchive(archive)).toMatchObject({ verdict: 'damaged' });
  });

  it('replaces no archive but an earlier attempt at the same', async () => {
    await using waymark = await openWaymark({ storage: storage(), seals: { key: KEY } });
    const options = { before: 310, archiveTo: folder.path };
    const { archive } = await waymark.log.retain({ ...options, dryRun: true });
    writeFileSync(archive, 'the only copy of something');
    const details = { path: archive };
    await expect(waymark.log.retain(options)).rejects.toMatchObject({ code: 'WAYMARK_RETENTION_REFUSED', details });
    expect(readFileSync(archive, 'utf8')).toBe('the only copy of something');
    const [first] = await waymark.log.seams();
    copyFileSync(`${first?.archive.path}.manifest.json`, `${archive}.manifest.json`);
    await expect(waymark.log.retain(options)).rejects.toMatchObject({ code: 'WAYMARK_RETENTION_REFUSED', details });
    expect(readFileSync(archive, 'utf8')).toBe('the only copy of something');
    await waymark.log.export({ to: archive, from: 300, until: 310, gzip: true, record: false });
    expect(await waymark.log.retain(options)).toMatchObject({ removed: 10, archive });
    expect(await waymark.log.verifyArchive(archive)).toMatchObject({ verdict: 'ok' });
  });

  it('keeps two logs apart that are archived in one folder', async () => {
    await using other = await openWaymark({ storage: 'memory:', seals: { key: KEY } });
    await other.log.append(Array.from({ length: 400 }, (_, index) => deal(index + 1_000)));
    const { archive } = await other.log.retain({ before: 300, archiveTo: folder.path });
    await using waymark = await openWaymark({ storage: storage() });
    const [seam] = await waymark.log.seams();
    expect(archive).not.toBe(seam?.archive.path);
    expect(await waymark.log.verifyArchive(seam?.archive.path ?? '')).toMatchObject({ verdict: 'ok' });
  });

  it('keeps where an archive is as an absolute path', async () => {
    await using waymark = await openWaymark({ storage: storage(), seals: { key: KEY } });
    const { archive } = await waymark.log.retain({ before: 310, archiveTo: 'an/archive', dryRun: true });
    expect(archive).toBe(resolve('an/archive', basename(archive)));
  });

  it('is sealed on with an anchor that is older than the cut, and with a note of somebody else in it', async () => {
    const storage = 'memory:';
    const anchor = folder.file('deals.seals');
    const stranger = makeSeal({ size: 9_999, rootHash: '0'.repeat(64) }, generateSigningKey('example.com/other'), {
      sealedAt: '2026-01-01T00:00:00.000Z',
    });
    await using waymark = await openWaymark({ storage, seals: { key: KEY, anchor } });
    await waymark.log.append(Array.from({ length: 50 }, (_, index) => deal(index)));
    await waymark.log.seal();
    const old = readFileSync(anchor, 'utf8');
    await waymark.log.append(Array.from({ length: 350 }, (_, index) => deal(index + 50)));
    await waymark.log.retain({ before: 300, archiveTo: folder.path });
    for (const text of [old, `${old}\n${stranger.note}`]) {
      writeFileSync(anchor, text);
      await waymark.log.append([new DealCreated({ dealId: 'later' })]);
      const seal = await waymark.log.seal();
      expect(readFileSync(anchor, 'utf8')).toContain(seal.note);
      expect(await waymark.log.verify()).toMatchObject({ verdict: 'ok' });
    }
    expect(await waymark.log.query({ types: ['audit.verification_failed'] })).toStrictEqual([]);
  });

  it('is cut at the first entry of a time, though the clock was set back after it', async () => {
    const clock = new FakeClock();
    await using waymark = await openWaymark({ storage: 'memory:', seals: { key: KEY }, clock });
    await waymark.log.append([deal(0)]);
    const start = clock.now();
    clock.set(start + 60_000);
    await waymark.log.append([deal(1)]);
    clock.set(start + 1);
    await waymark.log.append(Array.from({ length: 9 }, (_, index) => deal(index + 2)));
    const before = new Date(start + 60_000);
    expect(await waymark.log.retain({ before, archiveTo: folder.path })).toMatchObject({ removed: 1 });
  });

  it('is not cut again while it is damaged, or where the archive can not be written', async () => {
    writeFileSync(folder.file('file'), '');
    await using waymark = await openWaymark({ storage: storage(), seals: { key: KEY } });
    const blocked = waymark.log.retain({ before: 310, archiveTo: folder.file('file') });
    expect(await codeOf(blocked)).toBe('WAYMARK_EXPORT_FAILED');
    alter(`UPDATE audit_entries SET body = replace(body, 'd-305', 'd-999') WHERE position = 305`);
    const refused = waymark.log.retain({ before: 310, archiveTo: folder.path });
    expect(await codeOf(refused)).toBe('WAYMARK_RETENTION_REFUSED');
    expect(await waymark.log.seams()).toHaveLength(1);
  });
});

/** What a cut at a size leaves: the frontier, and the leaves that share a tile with what stays. */
async function keptBy(
  { store: { auditLog } }: Waymark,
  size: number,
): Promise<{ readonly frontier: string; readonly leaves: readonly string[] }> {
  const tree = await frontierAt(auditLog, size);
  const leaves = await auditLog.readLeaves(size - (size % 32), size % 32);
  return { frontier: JSON.stringify(tree?.hashes()), leaves: leaves.map(({ leafHash: hash }) => hash) };
}

function deal(index: number): DealCreated {
  return new DealCreated({ dealId: `d-${index}` }, { id: `e-${index}` });
}

function onPostgres(): Place {
  const { schema } = postgresOptions();
  return { storage: postgresUrl(schema), remove: () => dropSchemas([schema]) };
}
