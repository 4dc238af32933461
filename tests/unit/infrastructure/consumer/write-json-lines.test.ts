import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { type JsonLinesFile, type JsonLinesOptions, writeJsonLines } from '../../../../src/consumers.js';
import { BusEventDropped, BusHandlerFailed, type RxEventBus } from '../../../../src/index.js';
import { makeBus } from '../../../support/bus.js';
import { caughtWaymark, codeOf } from '../../../support/caught.js';
import { deal, deals, DealWon } from '../../../support/deals.js';
import { jsonLines, rotatedFiles } from '../../../support/json-lines.js';
import { OfferSent } from '../../../support/people.js';
import { makeTemporaryFolder, type TemporaryFolder } from '../../../support/temporary-folder.js';

let folder: TemporaryFolder;
let bus: RxEventBus;
let path: string;
const opened: JsonLinesFile[] = [];

beforeEach(() => {
  folder = makeTemporaryFolder();
  bus = makeBus();
  path = folder.file('events.jsonl');
});
afterEach(async () => {
  for (const file of opened.splice(0)) await file.close();
  folder.remove();
});

async function open(options: Partial<JsonLinesOptions> = {}): Promise<JsonLinesFile> {
  const file = await writeJsonLines(bus, { path, delayMs: 0, ...options });
  opened.push(file);
  return file;
}

async function publish(...ids: readonly string[]): Promise<void> {
  for (const event of deals(...ids)) bus.publish(event);
  await bus.settled();
}

const idsIn = (...files: readonly string[]): readonly unknown[] =>
  files.flatMap((file) => jsonLines(file).map(({ payload }) => payload['dealId']));

describe('a file of JSON lines', () => {
  it('holds a line for each event: its numbers, and the event as plain data', async () => {
    await open();
    const [first, second] = [deal('d-1'), deal('d-2')];
    bus.publish(first);
    bus.publishRecorded(second, 17);
    await bus.settled();
    expect(jsonLines(path)).toStrictEqual([
      { sequence: 1, ...first.toJSON() },
      { sequence: 2, position: 17, ...second.toJSON() },
    ]);
  });

  it('holds placeholders for what is personal, unless it is asked for', async () => {
    await open();
    await open({ path: folder.file('whole.jsonl'), personal: true, name: 'whole' });
    const offer = new OfferSent({ offerId: 'o-1', customerId: 'ada', email: 'ada@example.com' });
    bus.publish(offer);
    await bus.settled();
    expect(jsonLines(path)).toMatchObject([{ id: offer.id, payload: { ...offer.payload, email: '[personal]' } }]);
    expect(jsonLines(folder.file('whole.jsonl'))).toStrictEqual([{ sequence: 1, ...offer.toJSON() }]);
  });

  it('lets a burst of events through, however slow the disk is', async () => {
    await open();
    for (let n = 0; n < 2_500; n += 1) bus.publish(deal());
    await bus.settled();
    expect([jsonLines(path).length, bus.metrics().dropped]).toStrictEqual([2_500, 0]);
  });

  it('leaves out the oldest where too many wait, and stops nobody', async () => {
    await open({ queueSize: 2, batchSize: 2 });
    const told: string[] = [];
    bus.subscribe(BusEventDropped, ({ payload }) => told.push(payload.eventType));
    for (const event of deals('a', 'b', 'c')) bus.publish(event);
    await bus.settled();
    expect(told).toStrictEqual(['deal.created']);
    // The report of it finds no place either, and pushes out none that has one.
    expect(idsIn(path)).toStrictEqual(['b', 'c']);
  });

  it('holds the events of a topic only', async () => {
    await open({ topic: DealWon });
    bus.publish(new DealWon({ dealId: 'd-2' }));
    await publish('d-1');
    expect(idsIn(path)).toStrictEqual(['d-2']);
  });

  it('is appended to when it is there already', async () => {
    const before = await open();
    await publish('d-1');
    await before.close();
    await open();
    await publish('d-2');
    expect(idsIn(path)).toStrictEqual(['d-1', 'd-2']);
  });

  it('keeps what a killed process left of a line apart from what follows', async () => {
    writeFileSync(path, '{"type":"deal.created"}\n{"type":"deal.cre');
    const file = await open();
    await publish('d-1');
    await file.close();
    const lines = readFileSync(path, 'utf8').split('\n');
    expect(lines).toHaveLength(4);
    expect(lines[1]).toBe('{"type":"deal.cre');
    expect(JSON.parse(lines[2] ?? '')).toMatchObject({ payload: { dealId: 'd-1' } });
  });

  it('is made anew when somebody removed it, or moved it away', async () => {
    await open();
    await publish('d-1');
    renameSync(path, folder.file('moved.jsonl'));
    await publish('d-2');
    writeFileSync(folder.file('other'), '');
    renameSync(folder.file('other'), path);
    await publish('d-3');
    rmSync(path);
    await publish('d-4');
    expect(idsIn(folder.file('moved.jsonl'))).toStrictEqual(['d-1']);
    expect(idsIn(path)).toStrictEqual(['d-4']);
    expect(await bus.deadLetters.count()).toBe(0);
  });
});

describe('a file that is full', () => {
  const ids = Array.from({ length: 40 }, (_, index) => `d-${index + 1}`);

  it('is put aside with whole lines, and no event is lost or moved', async () => {
    await open({ maxBytes: 1_000 });
    await publish(...ids);
    const rotated = rotatedFiles(folder).map((name) => folder.file(name));
    expect(rotated.length).toBeGreaterThan(3);
    expect(idsIn(...rotated, path)).toStrictEqual(ids);
    const longest = Math.max(...jsonLines(rotated[0] ?? '').map((line) => JSON.stringify(line).length + 1));
    for (const file of rotated) expect(statSync(file).size).toBeLessThan(1_000 + longest);
  });

  it('is put aside when it is opened full', async () => {
    writeFileSync(path, `${JSON.stringify({ payload: { dealId: 'd-0', note: 'x'.repeat(200) } })}\n`);
    await open({ maxBytes: 100 });
    await publish('d-1');
    expect(idsIn(...rotatedFiles(folder).map((name) => folder.file(name)), path)).toStrictEqual(['d-0', 'd-1']);
  });

  it('leaves as many files as are to be kept, the newest', async () => {
    await open({ maxBytes: 1_000, maxFiles: 2 });
    await publish(...ids);
    const rotated = rotatedFiles(folder).map((name) => folder.file(name));
    expect(rotated).toHaveLength(2);
    const kept = idsIn(...rotated, path);
    expect(kept).toStrictEqual(ids.slice(-kept.length));
  });

  it('is compressed where that is asked for', async () => {
    await open({ maxBytes: 1_000, compress: true });
    await publish(...ids);
    const rotated = rotatedFiles(folder);
    expect(rotated.every((name) => name.endsWith('.jsonl.gz'))).toBe(true);
    expect(idsIn(...rotated.map((name) => folder.file(name)), path)).toStrictEqual(ids);
  });

  it('is put aside by the time too', async () => {
    await open({ topic: 'deal.*', interval: '1s' });
    let count = 0;
    while (rotatedFiles(folder).length < 2) await publish(`d-${(count += 1)}`);
    await publish('last');
    const writer = bus.subscriptions().find(({ name }) => name === 'writeJsonLines');
    expect(writer).toMatchObject({ failures: 0, lastError: undefined });
    const all = idsIn(...rotatedFiles(folder).map((name) => folder.file(name)), path);
    expect(all).toStrictEqual([...Array.from({ length: count }, (_, index) => `d-${index + 1}`), 'last']);
  });
});

describe('a file that can not be written', () => {
  it('fails the batch, and works again when its folder is back', async () => {
    mkdirSync(folder.file('logs'));
    path = folder.file('logs/events.jsonl');
    const failures: unknown[] = [];
    bus.subscribe(BusHandlerFailed, ({ payload }) => void failures.push(payload));
    await open({ topic: 'deal.*' });
    await publish('d-1');
    rmSync(folder.file('logs'), { recursive: true });
    await publish('d-2');
    expect(failures).toMatchObject([
      {
        handler: 'writeJsonLines',
        error: { code: 'WAYMARK_CONSUMER_FAILED', message: `${path} can't be written: its folder is missing.` },
      },
    ]);
    mkdirSync(folder.file('logs'));
    await publish('d-3');
    await bus.deadLetters.redriveAll({ handler: 'writeJsonLines' });
    expect(idsIn(path)).toStrictEqual(['d-3', 'd-2']);
    expect(await bus.deadLetters.count()).toBe(0);
  });

  it('does not go round in circles over the reports of its own failures', async () => {
    mkdirSync(folder.file('logs'));
    path = folder.file('logs/events.jsonl');
    await open();
    rmSync(folder.file('logs'), { recursive: true });
    await publish('d-1', 'd-2');
    expect(await bus.deadLetters.count()).toBe(2);
    expect(bus.history().events.filter(({ type }) => type === 'bus.handler_failed')).toHaveLength(1);
  });

  it('is not opened: a folder, a file in a file, and one whose folder is missing', async () => {
    mkdirSync(folder.file('folder'));
    writeFileSync(folder.file('file'), '');
    const refuse = (name: string) => caughtWaymark(writeJsonLines(bus, { path: folder.file(name) }));
    expect(await refuse('folder')).toMatchObject({
      code: 'WAYMARK_CONSUMER_FAILED',
      message: expect.stringContaining('it is not a file'),
    });
    expect(await refuse('file/events.jsonl')).toMatchObject({ code: 'WAYMARK_CONSUMER_FAILED' });
    expect(await refuse('nowhere/events.jsonl')).toMatchObject({
      code: 'WAYMARK_CONSUMER_FAILED',
      message: expect.stringContaining('its folder is missing'),
    });
    expect(existsSync(folder.file('nowhere'))).toBe(false);
    expect(bus.subscriptions()).toStrictEqual([]);
  });
});

describe('closing', () => {
  it('writes what waits, ends the subscription, and does so once', async () => {
    const file = await open({ delayMs: 60_000 });
    bus.publish(deal('d-1'));
    const closing = file.close();
    expect(file.close()).toBe(closing);
    await closing;
    expect(idsIn(path)).toStrictEqual(['d-1']);
    expect(file.subscription.active).toBe(false);
    await publish('d-2');
    expect(idsIn(path)).toStrictEqual(['d-1']);
  });

  it('comes at the end of a block', async () => {
    {
      await using file = await writeJsonLines(bus, { path });
      expect(file.path).toBe(path);
      bus.publish(deal('d-1'));
    }
    expect(idsIn(path)).toStrictEqual(['d-1']);
    expect(bus.subscriptions()).toStrictEqual([]);
  });

  it('comes with the end of the bus', async () => {
    const file = await open({ delayMs: 60_000 });
    bus.publish(deal('d-1'));
    await bus.close();
    expect(idsIn(path)).toStrictEqual(['d-1']);
    await file.close();
    expect(file.subscription.active).toBe(false);
  });

  it('comes before a file is opened for a bus that is closed', async () => {
    await bus.close();
    expect(await codeOf(writeJsonLines(bus, { path }))).toBe('WAYMARK_BUS_CLOSED');
  });
});

describe('writing JSON lines refuses', () => {
  it.each([
    ['no path', { path: undefined }],
    ['an empty path', { path: '' }],
    ['an option that there is not', { maxSize: 5 }],
    ['a size of nothing', { maxBytes: 0 }],
    ['half a file', { maxFiles: 0.5 }],
    ['an interval that there is not', { interval: '5 weeks' }],
    ['a compressor', { compress: 'gzip' }],
    ['a word for whether personal values are wanted', { personal: 'yes' }],
    ['a batch of nothing', { batchSize: 0 }],
    ['a delay before now', { delayMs: -1 }],
    ['a policy that there is not', { overflow: 'explode' }],
  ])('%s', async (_, options) => {
    const given = { path, ...options } as JsonLinesOptions;
    expect(await codeOf(writeJsonLines(bus, given))).toBe('WAYMARK_INVALID_ARGUMENT');
    expect(bus.subscriptions()).toStrictEqual([]);
  });
});
