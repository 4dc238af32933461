import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Writable } from 'node:stream';
import {
  type ExportFormat,
  type ExportOptions,
  InMemoryAuditLogRepository,
  InMemoryStore,
  leafHash,
  MerkleFrontier,
  parseSeal,
  type StoredEntry,
  TrustedKeys,
  verifyExport,
  type Waymark,
  type WholeExport,
} from '../../../../src/index.js';
import { caught, caughtWaymark, codeOf } from '../../../support/caught.js';
import { bodiesOf, manifestOf, textOf, writeDeals } from '../../../support/exports.js';
import { openWaymark } from '../../../support/open-waymark.js';
import { keyOf, ORIGIN } from '../../../support/sealed-log.js';
import { makeTemporaryFolder, type TemporaryFolder } from '../../../support/temporary-folder.js';

/** What JavaScript may pass, and TypeScript would not. */
type Anything = any; // oxlint-disable-line typescript/no-explicit-any

const KEY = keyOf(ORIGIN);

let folder: TemporaryFolder;
let waymark: Waymark;
beforeEach(async () => {
  folder = makeTemporaryFolder();
  waymark = await openWaymark({ seals: { key: KEY } });
});
afterEach(async () => {
  await waymark.close();
  folder.remove();
});

const lastType = async (): Promise<string | undefined> =>
  (await waymark.log.query({}, { order: 'desc', limit: 1 }))[0]?.event.type;

describe('an export of the whole log', () => {
  it('is the stored texts, a line each, and leads to the root that the log had', async () => {
    await writeDeals(waymark, 25);
    const { rootHash } = await waymark.log.head();
    const before = await bodiesOf(waymark);
    const path = folder.file('log.jsonl');
    const made = await waymark.log.export({ to: path });
    expect(textOf(path)).toBe(before.map((body) => `${body}\n`).join(''));
    expect(made).toStrictEqual(manifestOf(path));
    const bytes = readFileSync(path);
    expect(made).toStrictEqual({
      formatVersion: 1,
      waymark: expect.stringMatching(/^\d+\.\d+\.\d+/),
      format: 'jsonl',
      gzip: false,
      range: { from: 0, until: 25 },
      entries: 25,
      proof: 'root',
      frontier: [],
      rootHash,
      parts: [],
      file: { bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') },
    });
    // As somebody without Waymark would do it.
    const leaves = textOf(path)
      .split('\n')
      .slice(0, -1)
      .map((line) => leafHash(line));
    expect(MerkleFrontier.EMPTY.appendAll(leaves).root().toString('hex')).toBe(rootHash);
    expect(readdirSync(folder.path).toSorted()).toStrictEqual(['log.jsonl', 'log.jsonl.manifest.json']);
  });

  it('is recorded and published, and is not in itself', async () => {
    const heard: string[] = [];
    waymark.bus.subscribe('audit.exported', (event) => void heard.push(event.type));
    await writeDeals(waymark, 3);
    const path = folder.file('log.csv');
    await waymark.log.export({ to: path, format: 'csv' });
    const [told] = await waymark.log.query({ types: ['audit.exported'] });
    expect(told?.event.payload).toStrictEqual({ format: 'csv', entries: 3, destination: path });
    expect(textOf(path)).not.toContain('audit.exported');
    await waymark.flush();
    expect(heard).toStrictEqual(['audit.exported']);
    await waymark.log.export({ to: path, format: 'csv', record: false });
    expect((await waymark.log.head()).size).toBe(4);
  });

  it('has the same parts in its manifest and its file as an export made another day, and replaces that', async () => {
    await writeDeals(waymark, 12);
    const path = folder.file('log.jsonl');
    const one = await waymark.log.export({ to: path, until: 12 });
    const first = readFileSync(path);
    await writeDeals(waymark, 5);
    expect(await waymark.log.export({ to: path, until: 12 })).toStrictEqual(one);
    expect(readFileSync(path).equals(first)).toBe(true);
  });

  it.each(['jsonl', 'csv', 'cloudevents', 'cloudevents-batch'] as const)(
    'of nothing is a file of nothing, and is proved: %s',
    async (format) => {
      for (const gzip of [false, true]) {
        const path = folder.file(gzip ? 'none.gz' : 'none');
        const withEntry = format.startsWith('cloud') ? { withEntry: true } : {};
        const made = await waymark.log.export({ to: path, format, gzip, ...withEntry, record: false });
        expect(made).toMatchObject({ entries: 0, range: { from: 0, until: 0 } });
        expect(await verifyExport(path)).toMatchObject({ verdict: 'ok', entries: 0 });
        expect(textOf(path).split('\n').length).toBeLessThanOrEqual(3);
      }
    },
  );
});

describe('a range', () => {
  it('begins with the frontier, and leads to the root of the log where it ends', async () => {
    await writeDeals(waymark, 40);
    const bodies = await bodiesOf(waymark);
    const made = (await waymark.log.export({ to: folder.file('part'), from: 7, until: 23 })) as WholeExport;
    expect(textOf(folder.file('part'))).toBe(
      bodies
        .slice(7, 23)
        .map((body) => `${body}\n`)
        .join(''),
    );
    const rootAt = (size: number): string =>
      MerkleFrontier.EMPTY.appendAll(bodies.slice(0, size).map((body) => leafHash(body)))
        .root()
        .toString('hex');
    expect(made.rootHash).toBe(rootAt(23));
    expect(MerkleFrontier.from(7, made.frontier).root().toString('hex')).toBe(rootAt(7));
    expect(await verifyExport(folder.file('part'))).toMatchObject({ verdict: 'ok', rootHash: rootAt(23) });
  });

  it.each([
    [{ from: 4, until: 3 }, /until is 3/],
    [{ until: 12 }, /has 11 entries/],
    [{ from: 12 }, /has 11 entries/],
    [{ from: -1 }, /from is -1/],
    [{ from: '3' as Anything }, /from is "3"/],
  ])('that the log has not is refused: %j', async (range, message) => {
    await writeDeals(waymark, 11);
    const error = await caughtWaymark(waymark.log.export({ to: folder.file('part'), ...range }));
    expect(error.code).toBe('WAYMARK_INVALID_ARGUMENT');
    expect(error.message).toMatch(message);
    expect(readdirSync(folder.path)).toStrictEqual([]);
    expect(await lastType()).not.toBe('audit.exported');
  });
});

describe('the seal', () => {
  const sealIn = (manifest: unknown) =>
    parseSeal((manifest as WholeExport).seal!.note, new TrustedKeys([KEY.verifier]));

  it('is the one that covers most of it, where none covers all', async () => {
    await writeDeals(waymark, 10);
    await waymark.log.seal();
    await writeDeals(waymark, 3);
    const made = (await waymark.log.export({ to: folder.file('log') })) as WholeExport;
    expect(sealIn(made)).toMatchObject({ size: 10 });
    expect(made.seal).not.toHaveProperty('consistency');
    const found = await verifyExport(folder.file('log'), { trusted: [KEY.verifier] });
    expect(found).toMatchObject({ verdict: 'ok', isTrusted: true, seal: { size: 10 } });
    expect(found.detail).toContain('before position 10');
  });

  it('is the next one that covers all of it, with the proof that the log only grew until then', async () => {
    await writeDeals(waymark, 10);
    await waymark.log.seal();
    await writeDeals(waymark, 13);
    await waymark.log.seal();
    await writeDeals(waymark, 13);
    await waymark.log.seal();
    const made = (await waymark.log.export({ to: folder.file('log'), from: 3, until: 17 })) as WholeExport;
    expect(sealIn(made)).toMatchObject({ size: 24 });
    expect(made.seal?.consistency?.length).toBeGreaterThan(0);
    expect(await verifyExport(folder.file('log'), { trusted: [KEY.verifier] })).toMatchObject({
      verdict: 'ok',
      isTrusted: true,
      seal: { size: 24 },
    });
  });

  it('is left out where it covers nothing of it', async () => {
    await writeDeals(waymark, 10);
    await waymark.log.seal();
    const made = await waymark.log.export({ to: folder.file('log'), from: 10 });
    expect(made).not.toHaveProperty('seal');
    expect(await verifyExport(folder.file('log'), { trusted: [KEY.verifier] })).toMatchObject({ verdict: 'unsealed' });
  });
});

describe('what a filter finds', () => {
  it('is no whole: the manifest lists the positions, has no root, and says how to prove it', async () => {
    await writeDeals(waymark, 35);
    const since = new Date('2026-01-01T00:00:00.000Z');
    const made = await waymark.log.export({ to: folder.file('won'), filter: { types: ['deal.won'], since } });
    expect(made).toMatchObject({
      proof: 'bundles',
      entries: 3,
      range: { from: 0, until: 35 },
      filter: { types: ['deal.won'], since: since.toISOString() },
      positions: [
        { from: 9, until: 10 },
        { from: 19, until: 20 },
        { from: 29, until: 30 },
      ],
    });
    expect(made).not.toHaveProperty('rootHash');
    expect(textOf(folder.file('won')).split('\n')).toHaveLength(4);
    const found = await verifyExport(folder.file('won'));
    expect(found).toMatchObject({ verdict: 'ok', entries: 3 });
    expect(found.detail).toContain('waymark prove');
    expect(await verifyExport(folder.file('won'), { trusted: [KEY.verifier] })).toMatchObject({ verdict: 'unsealed' });
  });

  it('is looked for within the range', async () => {
    await writeDeals(waymark, 35);
    const options = { filter: { types: ['deal.won'] }, from: 10, until: 29 };
    expect(await waymark.log.export({ to: folder.file('won'), ...options })).toMatchObject({
      entries: 1,
      positions: [{ from: 19, until: 20 }],
    });
  });

  it('does not list positions without end', async () => {
    await writeDeals(waymark, 10_020);
    const made = await waymark.log.export({ to: folder.file('won'), filter: { types: ['deal.won'] } });
    expect(made.entries).toBe(1_002);
    expect(made).not.toHaveProperty('positions');
  });
});

describe('a log of many pages', () => {
  /** Remembers how many entries were asked for at once. */
  class CountingLog extends InMemoryAuditLogRepository {
    readonly pages: number[] = [];

    override readRange(from: number, limit: number): Promise<readonly StoredEntry[]> {
      this.pages.push(limit);
      return super.readRange(from, limit);
    }
  }

  class CountingStore extends InMemoryStore {
    override readonly auditLog = new CountingLog();
  }

  it('is read a page at a time, with progress, and once', async () => {
    const store = new CountingStore();
    const large = await openWaymark({}, store);
    await writeDeals(large, 100_000);
    const told: number[] = [];
    const { pages } = store.auditLog;
    pages.length = 0;
    const onProgress = (done: number, total: number): void => void told.push(done, total);
    await large.log.export({ to: folder.file('large.gz'), gzip: true, onProgress });
    expect(pages).toHaveLength(100);
    expect(Math.max(...pages)).toBe(1_000);
    expect(told.slice(0, 2)).toStrictEqual([1_000, 100_000]);
    expect(told.slice(-2)).toStrictEqual([100_000, 100_000]);
    await large.close();
  }, 60_000);
});

describe('an interruption', () => {
  let long: Waymark;
  beforeAll(async () => {
    long = await openWaymark();
    await writeDeals(long, 13_321);
  });
  afterAll(() => long.close());

  const formats: readonly (readonly [ExportFormat, boolean])[] = [
    ['jsonl', false],
    ['jsonl', true],
    ['csv', true],
    ['cloudevents', false],
    ['cloudevents-batch', true],
  ];

  /** Exports until so many pages are done. */
  async function interrupt(options: ExportOptions, pages: number): Promise<void> {
    const stop = new AbortController();
    let seen = 0;
    const onProgress = (): void => {
      seen += 1;
      if (seen === pages) stop.abort(new Error('enough'));
    };
    await expect(long.log.export({ ...options, onProgress, signal: stop.signal })).rejects.toThrow('enough');
  }

  it.each(formats)('leaves a part from which resume makes the same bytes: %s, gzip %s', async (format, gzip) => {
    const whole = folder.file('whole');
    await long.log.export({ to: whole, format, gzip, record: false });
    const to = folder.file('resumed');
    await interrupt({ to, format, gzip, record: false }, 12);
    expect(existsSync(to)).toBe(false);
    expect(readdirSync(folder.path)).toContain('resumed.part');
    // What comes meanwhile is not in it: the range was fixed when it began.
    const { size } = await long.log.head();
    await writeDeals(long, 10);
    const told: number[] = [];
    const onProgress = (done: number): void => void told.push(done);
    const made = await long.log.export({ to, format, gzip, record: false, resume: true, onProgress });
    expect(told[0]).toBe(11_000);
    expect(readFileSync(to).equals(readFileSync(whole))).toBe(true);
    expect(made).toStrictEqual(manifestOf(whole));
    expect(readdirSync(folder.path).filter((name) => name.includes('.part'))).toStrictEqual([]);
    // And there is nothing left to resume: it begins anew, with what has come since.
    expect(await long.log.export({ to, format, gzip, record: false, resume: true })).toMatchObject({
      range: { until: size + 10 },
    });
  });

  it('of a filtered export is resumed too', async () => {
    const options = { filter: { types: ['deal.created'] }, record: false };
    await long.log.export({ to: folder.file('whole'), ...options });
    await interrupt({ to: folder.file('resumed'), ...options }, 11);
    await long.log.export({ to: folder.file('resumed'), ...options, resume: true });
    expect(textOf(folder.file('resumed'))).toBe(textOf(folder.file('whole')));
    expect(manifestOf(folder.file('resumed'))).toStrictEqual(manifestOf(folder.file('whole')));
  });

  it('is forgotten by an export without resume', async () => {
    const to = folder.file('log');
    await interrupt({ to, record: false }, 11);
    await long.log.export({ to, until: 20, record: false });
    expect(readdirSync(folder.path).toSorted()).toStrictEqual(['log', 'log.manifest.json']);
  });

  it('is not resumed with other options', async () => {
    const to = folder.file('log');
    await interrupt({ to, record: false }, 11);
    for (const other of [{ format: 'csv' }, { from: 5 }, { until: 500 }, { filter: { types: ['deal.*'] } }] as const) {
      const error = await caughtWaymark(long.log.export({ to, resume: true, ...other }));
      expect(error).toMatchObject({ code: 'WAYMARK_INVALID_ARGUMENT', hint: expect.stringContaining('resume') });
    }
    const { size } = await long.log.head();
    await long.log.export({ to, resume: true, format: 'jsonl', from: 0, until: size, record: false });
    expect(await verifyExport(to)).toMatchObject({ verdict: 'ok', entries: size });
  });

  it.each([
    ['changed', (part: string) => writeFileSync(part, readFileSync(part, 'utf8').replace('d-5', 'd-6'))],
    ['cut off', (part: string) => writeFileSync(part, readFileSync(part).subarray(0, 100))],
    ['left without what says how far it counts', (part: string) => writeFileSync(`${part}.json`, '{"bytes":')],
  ])('is not resumed from a part that was %s', async (_, damage) => {
    const to = folder.file('log');
    await interrupt({ to, record: false }, 11);
    damage(`${to}.part`);
    const error = await caughtWaymark(long.log.export({ to, resume: true }));
    expect(error.code).toBe('WAYMARK_EXPORT_DAMAGED');
    expect(error.message).toContain('without resume');
    await long.log.export({ to, record: false });
    expect(await verifyExport(to)).toMatchObject({ verdict: 'ok' });
  });

  it('in the last step is made good by resume', async () => {
    const to = folder.file('log');
    mkdirSync(`${to}.manifest.json`);
    const error = await caughtWaymark(long.log.export({ to, until: 20, record: false }));
    expect(error.code).toBe('WAYMARK_EXPORT_FAILED');
    rmSync(`${to}.manifest.json`, { recursive: true });
    const made = await long.log.export({ to, resume: true, record: false });
    expect(made).toMatchObject({ entries: 20 });
    expect(made).toStrictEqual(manifestOf(to));
    expect(await verifyExport(to)).toMatchObject({ verdict: 'ok', entries: 20 });
    expect(readdirSync(folder.path).filter((name) => name.includes('.part'))).toStrictEqual([]);
  });

  it('before the first page writes nothing', async () => {
    const signal = AbortSignal.abort(new Error('no'));
    expect(await caught(long.log.export({ to: folder.file('log'), signal }))).toMatchObject({ message: 'no' });
    expect(readdirSync(folder.path)).toStrictEqual([]);
  });
});

describe('a stream', () => {
  it('gets the same bytes as a file, as fast as it takes them, and is not ended', async () => {
    await writeDeals(waymark, 3_500);
    const chunks: Buffer[] = [];
    const slow = new Writable({
      highWaterMark: 1,
      write(chunk: Buffer, _, done) {
        chunks.push(chunk);
        setImmediate(done);
      },
    });
    const made = await waymark.log.export({ to: slow, gzip: true, manifest: folder.file('m.json'), record: false });
    const same = await waymark.log.export({ to: folder.file('log.gz'), gzip: true });
    expect(Buffer.concat(chunks).equals(readFileSync(folder.file('log.gz')))).toBe(true);
    expect(made).toStrictEqual(same);
    expect(slow.writableEnded).toBe(false);
    writeFileSync(folder.file('elsewhere'), Buffer.concat(chunks));
    expect(await verifyExport(folder.file('elsewhere'), { manifest: folder.file('m.json') })).toMatchObject({
      verdict: 'ok',
    });
  });

  it('that fails ends the export, and nothing is recorded', async () => {
    await writeDeals(waymark, 3);
    const full = new Writable({ write: (_chunk, _encoding, done) => done(new Error('disk full')) });
    full.on('error', () => undefined);
    const error = await caughtWaymark(waymark.log.export({ to: full }));
    expect(error).toMatchObject({ code: 'WAYMARK_EXPORT_FAILED', message: expect.stringContaining('disk full') });
    expect(await lastType()).toBe('deal.created');
  });
});

describe('what can not be done', () => {
  it.each<[string, Anything, RegExp]>([
    ['no options', null, /null/],
    ['nowhere', {}, /path of a file, or to a stream/],
    ['an empty path', { to: '' }, /path of a file/],
    ['a misspelt option', { to: 'x', fromat: 'csv' }, /no export option "fromat"/],
    ['a format that there is not', { to: 'x', format: 'xml' }, /format is "xml".*jsonl, csv/],
    ['a word for yes', { to: 'x', gzip: 'yes' }, /gzip is "yes"/],
    ['entries beside entries', { to: 'x', withEntry: true }, /withEntry is for CloudEvents/],
    ['a stream that is resumed', { to: { write: () => undefined }, resume: true }, /Only an export to a file/],
    ['no signal', { to: 'x', signal: 5 }, /AbortSignal/],
  ])('is refused: %s', async (_, options, message) => {
    const error = await caughtWaymark(async () => waymark.log.export(options));
    expect(error.code).toBe('WAYMARK_INVALID_ARGUMENT');
    expect(error.message).toMatch(message);
  });

  it('a filter that is none', async () => {
    const options = { to: folder.file('x'), filter: { type: 'x' } as Anything };
    expect(await codeOf(waymark.log.export(options))).toBe('WAYMARK_INVALID_QUERY');
    expect(readdirSync(folder.path)).toStrictEqual([]);
  });

  it('a place that can not be written to', async () => {
    writeFileSync(folder.file('file'), '');
    const error = await caughtWaymark(waymark.log.export({ to: folder.file('file/log.jsonl') }));
    expect(error).toMatchObject({ code: 'WAYMARK_EXPORT_FAILED', hint: expect.any(String) });
  });
});
