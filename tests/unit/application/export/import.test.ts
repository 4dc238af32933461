import { readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { gunzipSync, gzipSync } from 'node:zlib';
import {
  type AuditLogRepository,
  type EntryDraft,
  type ExportOptions,
  InMemoryAuditLogRepository,
  InMemoryStore,
  type StoredEntry,
  type TransactionScope,
  verifyExport,
  type Waymark,
} from '../../../../src/index.js';
import { caughtWaymark, codeOf } from '../../../support/caught.js';
import { bodiesOf, changeManifest, writeDeals } from '../../../support/exports.js';
import { openWaymark } from '../../../support/open-waymark.js';
import { keyOf, ORIGIN } from '../../../support/sealed-log.js';
import { makeTemporaryFolder, type TemporaryFolder } from '../../../support/temporary-folder.js';

/** What JavaScript may pass, and TypeScript would not. */
type Anything = any; // oxlint-disable-line typescript/no-explicit-any

const KEY = keyOf(ORIGIN);
const OTHER = keyOf(ORIGIN, 2);
const KEYS = [KEY.verifier];

let folder: TemporaryFolder;
let source: Waymark;
let target: Waymark;
beforeEach(async () => {
  folder = makeTemporaryFolder();
  source = await openWaymark({ seals: { key: KEY } });
  target = await openWaymark();
});
afterEach(async () => {
  await source.close();
  await target.close();
  folder.remove();
});

const exported = async (options: Partial<ExportOptions> = {}, from = source): Promise<string> => {
  const path = folder.file(options.gzip === true ? 'log.gz' : 'log');
  await from.log.export({ to: path, record: false, ...options });
  return path;
};

describe('an import', () => {
  it.each<[Partial<ExportOptions>]>([
    [{ format: 'jsonl' }],
    [{ format: 'jsonl', gzip: true }],
    [{ format: 'csv' }],
    [{ format: 'csv', gzip: true }],
    [{ format: 'cloudevents', withEntry: true }],
    [{ format: 'cloudevents-batch', withEntry: true, gzip: true }],
  ])('makes a log with the same entries, byte for byte, and the same root: %j', async (options) => {
    await writeDeals(source, 2_345);
    const path = await exported(options);
    expect(await target.log.import({ from: path })).toStrictEqual({
      imported: 2_345,
      skipped: 0,
      head: await source.log.head(),
    });
    expect(await bodiesOf(target)).toStrictEqual(await bodiesOf(source));
    expect(await target.log.verify()).toMatchObject({ verdict: 'ok', checked: 2_345 });
    expect(await target.log.query({ types: ['deal.won'] }, { limit: 3 })).toStrictEqual(
      await source.log.query({ types: ['deal.won'] }, { limit: 3 }),
    );
  });

  it('tells how far it has come: first it looks at all of it, then it appends', async () => {
    await writeDeals(source, 3_000);
    const told: [number, number, string][] = [];
    await target.log.import({ from: await exported(), onProgress: (...progress) => void told.push(progress) });
    const phases = told.map(([, , phase]) => phase);
    expect(phases.lastIndexOf('verify')).toBeLessThan(phases.indexOf('append'));
    expect(told.filter(([done]) => done === 3_000).map(([, , phase]) => phase)).toStrictEqual(['verify', 'append']);
  });

  it('publishes nothing, and records nothing of itself', async () => {
    const heard: unknown[] = [];
    target.bus.subscribe('**', (event) => void heard.push(event));
    await writeDeals(source, 5);
    await target.log.import({ from: await exported() });
    await target.flush();
    expect(heard).toStrictEqual([]);
    expect((await target.log.head()).size).toBe(5);
  });

  it('goes on with what an earlier export ended with', async () => {
    await writeDeals(source, 100);
    await target.log.import({ from: await exported({ until: 37 }) });
    await target.log.import({ from: await exported({ from: 37 }) });
    expect(await target.log.head()).toStrictEqual(await source.log.head());
  });

  it('that was interrupted is gone on with by another', async () => {
    await writeDeals(source, 2_000);
    const path = await exported();
    const stop = new AbortController();
    const onProgress = (done: number, _total: number, phase: string): void => {
      if (phase === 'append' && done > 1_000) stop.abort(new Error('enough'));
    };
    await expect(target.log.import({ from: path, signal: stop.signal, onProgress })).rejects.toThrow('enough');
    const { size } = await target.log.head();
    expect(size).toBeGreaterThan(0);
    expect(size).toBeLessThan(2_000);
    expect(await target.log.import({ from: path })).toStrictEqual({
      imported: 2_000 - size,
      skipped: size,
      head: await source.log.head(),
    });
    expect(await target.log.import({ from: path })).toMatchObject({ imported: 0, skipped: 2_000 });
  });

  it('is held to a key that was given', async () => {
    await writeDeals(source, 10);
    await source.log.seal();
    const path = await exported();
    expect(await codeOf(target.log.import({ from: path, trusted: [OTHER.verifier] }))).toBe('WAYMARK_NOTE_UNTRUSTED');
    expect((await target.log.head()).size).toBe(0);
    expect(await target.log.import({ from: path, trusted: KEYS })).toMatchObject({ imported: 11 });
  });

  it('of a file that becomes another after it was looked at stops before its end', async () => {
    await writeDeals(source, 1_000);
    const path = await exported();
    const text = readFileSync(path, 'utf8');
    const onProgress = (done: number, total: number, phase: string): void => {
      if (phase === 'verify' && done === total) {
        writeFileSync(path, text.replace('"dealId":"d-998"', '"dealId":"d-000"'));
      }
    };
    const error = await caughtWaymark(target.log.import({ from: path, onProgress }));
    expect(error.code).toBe('WAYMARK_EXPORT_DAMAGED');
    const { size } = await target.log.head();
    expect(size).toBeLessThan(998);
    writeFileSync(path, text);
    expect(await target.log.import({ from: path })).toMatchObject({ imported: 1_000 - size, skipped: size });
  });

  it('brings the seals that its entries tell of, together with them, so that what is there verifies', async () => {
    for (const count of [300, 20, 500]) {
      await writeDeals(source, count);
      await source.log.seal();
    }
    const path = await exported();
    const stop = new AbortController();
    const onProgress = (done: number, _total: number, phase: string): void => {
      if (phase === 'append' && done > 300) stop.abort(new Error('enough'));
    };
    await expect(target.log.import({ from: path, signal: stop.signal, onProgress })).rejects.toThrow('enough');
    expect(await target.log.verify()).toMatchObject({ verdict: 'ok' });
    await target.log.import({ from: path });
    const all = { limit: 10 };
    expect(await target.store.seals.list(all)).toStrictEqual(await source.store.seals.list(all));
    expect(await target.log.verify({ trusted: KEYS, requireSeal: true })).toMatchObject({
      verdict: 'ok',
      seals: { count: 3, upTo: 822 },
    });
  });

  it('is refused where one of these seals is of another log', async () => {
    await writeDeals(source, 30);
    await source.log.seal();
    const path = await exported();
    const other = await openWaymark({ seals: { key: KEY } });
    await other.log.append((await source.log.query({}, { limit: 7, order: 'desc' })).map(({ event }) => event));
    const { note } = await other.log.seal();
    await other.close();
    changeManifest(path, (it) => (it['seals'] = [note]));
    const error = await caughtWaymark(target.log.import({ from: path }));
    expect(error.code).toBe('WAYMARK_EXPORT_DAMAGED');
    expect(error.message).toContain('not what was sealed at 7 entries');
  });

  it('is refused where a key was given and there is no seal', async () => {
    await writeDeals(source, 10);
    const from = await exported();
    expect(await codeOf(target.log.import({ from, trusted: KEYS }))).toBe('WAYMARK_UNSEALED');
  });
});

describe('a log that is another', () => {
  const mismatch = async (from: string): Promise<string> => {
    const before = await target.log.head();
    const error = await caughtWaymark(target.log.import({ from }));
    expect(error.code).toBe('WAYMARK_IMPORT_MISMATCH');
    expect(await target.log.head()).toStrictEqual(before);
    return error.message;
  };

  it('is left as it is: it has other entries', async () => {
    await writeDeals(source, 50);
    await target.log.append([...(await source.log.query({}, { limit: 5 }))].reverse().map(({ event }) => event));
    expect(await mismatch(await exported())).toContain('not those that they follow');
  });

  it('is left as it is: it ends before the export begins', async () => {
    await writeDeals(source, 50);
    expect(await mismatch(await exported({ from: 10 }))).toContain('entries 10 to 49, and the log has 0');
  });

  it('is left as it is: it has more', async () => {
    await writeDeals(source, 50);
    const path = await exported({ until: 20 });
    await target.log.import({ from: await exported({ until: 30 }) });
    rmSync(path);
    expect(await mismatch(await exported({ until: 20 }))).toContain('the log has 30');
  });

  it('is found out where somebody appends meanwhile, and what was to come is not written', async () => {
    await writeDeals(source, 2_000);
    const path = await exported();
    let hasIntruded = false;
    const onProgress = (_done: number, _total: number, phase: string): void => {
      if (phase !== 'append' || hasIntruded) return;
      hasIntruded = true;
      void writeDeals(target, 1).catch(() => undefined);
    };
    expect(await codeOf(target.log.import({ from: path, onProgress }))).toBe('WAYMARK_IMPORT_MISMATCH');
    expect(await target.log.verify()).toMatchObject({ verdict: 'ok' });
  });

  it('is found out where the store keeps another text', async () => {
    class Careless extends InMemoryAuditLogRepository {
      override append(drafts: readonly EntryDraft[], scope: TransactionScope): Promise<readonly StoredEntry[]> {
        return super.append(
          drafts.map((draft) => ({ ...draft, rest: draft.rest.replace('d-7', 'd-8') })),
          scope,
        );
      }
    }
    class CarelessStore extends InMemoryStore {
      override readonly auditLog: InMemoryAuditLogRepository = new Careless();
    }
    await writeDeals(source, 9);
    const other = await openWaymark({}, new CarelessStore());
    expect(await codeOf(other.log.import({ from: await exported() }))).toBe('WAYMARK_IMPORT_MISMATCH');
    expect((await other.log.head()).size).toBe(0);
    await other.close();
  });
});

describe('an export that can not be imported', () => {
  it.each<[string, Partial<ExportOptions>]>([
    ['it has a filter', { filter: { types: ['deal.won'] } }],
    ['it holds no entries', { format: 'cloudevents' }],
  ])('is told from one that is damaged: %s', async (_, options) => {
    await writeDeals(source, 20);
    const error = await caughtWaymark(target.log.import({ from: await exported(options) }));
    expect(error).toMatchObject({ code: 'WAYMARK_NOT_IMPORTABLE', hint: expect.stringContaining('without a filter') });
  });

  it.each([
    ['export', ''],
    ['manifest', '.manifest.json'],
  ])('is missed: its %s', async (what, suffix) => {
    await writeDeals(source, 5);
    const path = await exported();
    rmSync(path + suffix);
    const error = await caughtWaymark(target.log.import({ from: path }));
    expect(error).toMatchObject({
      code: 'WAYMARK_EXPORT_NOT_FOUND',
      message: expect.stringContaining(`no ${what} at`),
    });
    expect(await codeOf(verifyExport(path))).toBe('WAYMARK_EXPORT_NOT_FOUND');
  });

  it('is none: options that there are not', async () => {
    const misspelt: Anything = { from: 'x', trust: [] };
    expect((await caughtWaymark(target.log.import(misspelt))).message).toContain('no import option "trust"');
    expect(await codeOf(target.log.import({ from: '' }))).toBe('WAYMARK_INVALID_ARGUMENT');
    expect(await codeOf(verifyExport('x', misspelt as object))).toBe('WAYMARK_INVALID_ARGUMENT');
  });
});

describe('damage', () => {
  let long: Waymark;
  beforeAll(async () => {
    long = await openWaymark();
    await writeDeals(long, 2_500);
  });
  afterAll(() => long.close());

  const text = (path: string): string =>
    (path.endsWith('.gz') ? gunzipSync(readFileSync(path)) : readFileSync(path)).toString();
  const rewrite = (change: (lines: string[]) => string[] | void) => (path: string) => {
    const lines = text(path).split('\n');
    const changed = Buffer.from((change(lines) ?? lines).join('\n'));
    writeFileSync(path, path.endsWith('.gz') ? gzipSync(changed) : changed);
  };
  const inLine = (line: number, from: string, to: string) =>
    rewrite((lines) => {
      if (lines[line - 1]?.includes(from) !== true) throw new Error(`Line ${line} does not hold ${from}.`);
      lines[line - 1] = lines[line - 1]!.replace(from, to);
    });
  const manifest = (change: (manifest: Anything) => void) => (path: string) => changeManifest(path, change);

  it.each<[string, Partial<ExportOptions>, (path: string) => void, string]>([
    // A text that was changed is found by the tree: it tells between which lines.
    ['a changed payload', {}, inLine(1_500, 'd-1499', 'd-1498'), ' between lines 1001 and 2'],
    ['a changed payload in the last part', {}, inLine(2_400, 'd-2399', 'd-2398'), ' between lines 2001 and 2500'],
    ['a changed payload, packed', { gzip: true }, inLine(1_500, 'd-1499', 'd-1498'), ' between lines 1001 and'],
    ['a changed column', { format: 'csv' }, inLine(3, 'deal.created', 'deal.deleted'), ' in line 3: what it says'],
    ['a changed header', { format: 'csv' }, inLine(1, 'type', 'kind'), ' in line 1: its first line'],
    ['lines that end otherwise', { format: 'csv' }, inLine(2, '\r', ''), ' in line 2: its line does not end'],
    ['a quote too many', { format: 'csv' }, inLine(2, '"{', '{'), ' in line 2:'],
    [
      'a changed event',
      { format: 'cloudevents', withEntry: true },
      inLine(7, '"type":"deal.created"', '"type":"deal.deleted"'),
      ' in line 7: what it says',
    ],
    [
      'an event without its entry',
      { format: 'cloudevents', withEntry: true },
      inLine(7, 'waymarkentry', 'waymarkentri'),
      ' in line 7: it is not an entry',
    ],
    [
      'a list that goes on',
      { format: 'cloudevents-batch', withEntry: true },
      rewrite((lines) => [...lines.slice(0, -1), '{}', '']),
      ' in line 2503: it is no list',
    ],
    [
      'a list that does not end',
      { format: 'cloudevents-batch', withEntry: true },
      rewrite((lines) => [...lines.slice(0, -2), '']),
      ' in line 2502: its list does not end',
    ],
    ['text that is no entry', {}, inLine(9, '{', '['), ' in line 9: it is not an entry'],
    ['a wrong position', {}, inLine(9, '"position":8', '"position":9'), ' in line 9: its position is 9, and 8'],
    ['a missing line', {}, rewrite((lines) => lines.toSpliced(4, 1)), ' in line 5: its position is 5, and 4'],
    ['a line twice', {}, rewrite((lines) => lines.toSpliced(4, 0, lines[4]!)), ' in line 6: its position is 4'],
    ['a line too many', {}, rewrite((lines) => lines.toSpliced(-1, 0, lines[0]!)), ' in line 2501: it goes on'],
    ['no end', {}, rewrite((lines) => [...lines.slice(0, 2_000), '']), ' in line 2001: it ends after 2000 of 2500'],
    ['half a line', {}, (path) => truncateSync(path, 100), ' in line 1: its last line is cut off'],
    [
      'bytes that are no text',
      {},
      (path) => writeFileSync(path, Buffer.from([0x7b, 0xff, 0x0a])),
      ' in line 1: it is no',
    ],
    [
      'a packed file that is cut off',
      { gzip: true },
      (path) => truncateSync(path, readFileSync(path).length - 5),
      ': it is cut off',
    ],
    [
      'a file that is not packed',
      { gzip: true },
      (path) => writeFileSync(path, 'not packed'),
      ' in line 1: it can not be unpacked',
    ],
    ['the same text, packed otherwise', { gzip: true }, rewrite(() => undefined), ': its bytes are not those'],
    [
      'a manifest that is not JSON',
      {},
      (path) => writeFileSync(`${path}.manifest.json`, '{'),
      ': its manifest is not JSON',
    ],
    ['a manifest with more to it', {}, manifest((it) => (it.more = 1)), ': its manifest is none: Unrecognized key'],
    ['a manifest of a later version', {}, manifest((it) => (it.formatVersion = 2)), ': its manifest is of version 2'],
    [
      'a manifest with another range',
      {},
      manifest((it) => (it.range.until = 2_499)),
      ': its manifest is none: entries',
    ],
    ['another hash', {}, manifest((it) => (it.file.sha256 = '0'.repeat(64))), ': its bytes are not those'],
    ['another root', {}, manifest((it) => (it.rootHash = '0'.repeat(64))), ': its entries do not lead to its root'],
    [
      'a frontier that there can not be',
      {},
      manifest((it) => (it.frontier = ['0'.repeat(64)])),
      ': its manifest is none',
    ],
    ['another part', {}, manifest((it) => (it.parts[1] = it.parts[0])), ' between lines 1001 and'],
  ])('is found, and nothing is written: %s', async (_, options, damage, expected) => {
    const path = await exported(options, long);
    expect(await verifyExport(path)).toMatchObject({ verdict: 'ok' });
    damage(path);
    const error = await caughtWaymark(target.log.import({ from: path }));
    expect(error.code).toBe('WAYMARK_EXPORT_DAMAGED');
    expect(error.message).toContain(expected);
    expect((await target.log.head()).size).toBe(0);
    const found = await verifyExport(path);
    expect(found).toMatchObject({ verdict: 'damaged', detail: error.message });
    expect(found.line).toBe(error.details['line']);
  });

  it('is found in a filtered export', async () => {
    await writeDeals(source, 100);
    const path = await exported({ filter: { types: ['deal.won'] } });
    inLine(3, '"position":29', '"position":9')(path);
    expect(await verifyExport(path)).toMatchObject({ verdict: 'damaged', line: 3 });
  });

  describe('that somebody made to look right', () => {
    /** Changes the texts, and the manifest with them. */
    async function forge(): Promise<string> {
      const forger = await openWaymark();
      await writeDeals(forger, 12);
      const path = folder.file('forged');
      await forger.log.export({ to: path });
      await forger.close();
      return path;
    }

    it('is what it says it is to who has no key, and is found with one', async () => {
      await writeDeals(source, 8);
      await source.log.seal();
      const honest = await exported();
      const forged = await forge();
      expect(await verifyExport(forged)).toMatchObject({ verdict: 'ok' });
      expect(await verifyExport(forged, { trusted: KEYS })).toMatchObject({ verdict: 'unsealed' });
      // The seal of the honest one is copied: the forged entries do not lead to it.
      const { seal } = JSON.parse(readFileSync(`${honest}.manifest.json`, 'utf8')) as { seal: unknown };
      changeManifest(forged, (it) => (it['seal'] = seal));
      for (const options of [{}, { trusted: KEYS }]) {
        expect(await verifyExport(forged, options)).toMatchObject({
          verdict: 'damaged',
          detail: expect.stringContaining('not what was sealed at 8 entries'),
        });
      }
      expect(await codeOf(target.log.import({ from: forged }))).toBe('WAYMARK_EXPORT_DAMAGED');
    });

    it('is found where its seal was changed, is of another key, or is none', async () => {
      await writeDeals(source, 8);
      await source.log.seal();
      const path = await exported();
      expect(await verifyExport(path, { trusted: [OTHER.verifier] })).toMatchObject({ verdict: 'untrusted' });
      changeManifest(path, (it: Anything) => (it.seal.note = it.seal.note.replace('sealed-at 2', 'sealed-at 3')));
      expect(await verifyExport(path, { trusted: KEYS })).toMatchObject({ verdict: 'damaged' });
      changeManifest(path, (it: Anything) => (it.seal.note = 'none'));
      expect(await verifyExport(path)).toMatchObject({ verdict: 'damaged' });
      expect(await codeOf(target.log.import({ from: path }))).toBe('WAYMARK_INVALID_NOTE');
    });
  });
});

describe('a log that was changed', () => {
  const changed = async (change: (rows: StoredEntry[]) => void): Promise<AuditLogRepository> => {
    const written = await source.store.auditLog.readRange(0, 100);
    const rows = [...written];
    change(rows);
    const log = source.store.auditLog as Anything;
    log.readLeaves = (from: number, limit: number) => Promise.resolve(written.slice(from, from + limit));
    log.readRange = (from: number, limit: number) =>
      Promise.resolve(rows.filter(({ position }) => position >= from).slice(0, limit));
    return log as AuditLogRepository;
  };

  it.each<[string, (rows: StoredEntry[]) => void, RegExp]>([
    ['a text', (rows) => (rows[3] = { ...rows[3]!, body: rows[4]!.body }), /position 3 was changed/],
    ['a row that is gone', (rows) => rows.splice(3, 1), /position 3 is missing/],
    ['rows that are gone from the end', (rows) => rows.splice(7), /position 7 is missing/],
    [
      'a text with its hash',
      (rows) => (rows[3] = { ...rows[3]!, body: rows[4]!.body, leafHash: rows[4]!.leafHash }),
      /do not lead to its root at 10 entries/,
    ],
  ])('is not exported: %s', async (_, change, message) => {
    await writeDeals(source, 10);
    await changed(change);
    const error = await caughtWaymark(source.log.export({ to: folder.file('log') }));
    expect(error.code).toBe('WAYMARK_LOG_CORRUPT');
    expect(error.message).toMatch(message);
  });
});
