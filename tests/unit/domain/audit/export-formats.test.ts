import { CloudEvent, HTTP } from 'cloudevents';
import { parse } from 'csv-parse/sync';
import { codecOf } from '../../../../src/domain/audit/export/codec-of.js';
import type { ExportedEntry, ExportFormat } from '../../../../src/domain/audit/export/export-format.js';
import { bodyAt } from '../../../../src/domain/audit/entry-codec.js';
import { HOSTILE_STRINGS, HOSTILE_TEXT, makeDraft } from '../../../../src/testing/fixtures.js';

const SCHEMA_ID = 'urn:waymark:event:node.completed:1';
const PLAIN = { id: 'event-1', correlationId: 'c-1', causationId: 'event-0', actor: 'user:ada', source: 'billing' };
const TRACEPARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

const entryOf = (fields: Parameters<typeof makeDraft>[0], position = 0): ExportedEntry => ({
  position,
  body: bodyAt(makeDraft(fields), position),
});

/** Entries whose fields hold whatever breaks a format. */
const HOSTILE: readonly ExportedEntry[] = [
  ...HOSTILE_TEXT.map((text) => ({ message: text, payload: { [text]: text } })),
  ...HOSTILE_STRINGS.map((text) => ({ id: text, stream: text, actor: text, correlationId: text, source: text })),
].map((fields, position) => entryOf(fields, position));

/** A whole export of entries. */
function written(entries: readonly ExportedEntry[], format: ExportFormat, withEntry = false): string {
  const codec = codecOf({ format, withEntry });
  return codec.head + entries.map((entry, index) => codec.place(codec.record(entry), index)).join('') + codec.tail;
}

/** The stored texts that are got back from an export. */
function readBack(text: string, format: ExportFormat): readonly string[] {
  const codec = codecOf({ format, withEntry: true });
  const reader = codec.reader();
  const lines = text.split('\n').slice(0, -1);
  const records = lines.map((line) => reader.next(line)).filter((record) => record !== undefined);
  expect(reader.end()).toBeUndefined();
  return records.map((record) => codec.bodyOf(record as string));
}

describe('JSON lines', () => {
  it('are the stored texts, byte for byte', () => {
    expect(written(HOSTILE, 'jsonl')).toBe(HOSTILE.map(({ body }) => `${body}\n`).join(''));
  });
});

describe('CSV', () => {
  it('is read by another reader as what it holds, whatever that is', () => {
    const rows: string[][] = parse(written(HOSTILE, 'csv'), { record_delimiter: '\r\n' });
    expect(rows[0]?.[0]).toBe('position');
    expect(rows).toHaveLength(HOSTILE.length + 1);
    expect(rows.slice(1).map((row) => row.at(-1))).toStrictEqual(HOSTILE.map(({ body }) => body));
    const column = (name: string): unknown[] => rows.slice(1).map((row) => row[rows[0]?.indexOf(name) ?? -1]);
    expect(column('message').slice(0, HOSTILE_TEXT.length)).toStrictEqual(
      HOSTILE_TEXT.map((text) => text.replace('\ud800', '\ufffd')),
    );
    expect(column('actor').slice(HOSTILE_TEXT.length)).toStrictEqual(HOSTILE_STRINGS);
  });

  it('leaves out nothing that a context has, and leaves what is not there empty', () => {
    const [header, row, bare]: string[][] = parse(
      written([entryOf({ ...PLAIN, traceparent: TRACEPARENT }), entryOf({ id: 'event-2', payload: {} }, 1)], 'csv'),
    );
    expect(Object.fromEntries((header ?? []).map((name, index) => [name, row?.[index]]))).toMatchObject({
      position: '0',
      schemaVersion: '1',
      ...PLAIN,
      traceparent: TRACEPARENT,
      executionId: 'run-1',
      severity: 'info',
      message: 'Node fetch completed',
    });
    expect(['executionId', 'actor', 'source'].map((name) => bare?.[header?.indexOf(name) ?? -1])).toStrictEqual([
      '',
      '',
      '',
    ]);
  });

  it('does not alter what a spreadsheet would take for a formula', () => {
    const text = written([entryOf({ actor: '=HYPERLINK("x")', message: '@SUM(1)' })], 'csv');
    expect(text).toContain(',"=HYPERLINK(""x"")",');
    expect(text).toContain(',@SUM(1),');
  });
});

describe.each(['csv', 'cloudevents', 'cloudevents-batch'] as const)('%s with entries', (format) => {
  it('gives back the stored texts, byte for byte', () => {
    const back = readBack(written(HOSTILE, format, true), format);
    expect(back.map((body) => Buffer.from(body).toString('hex'))).toStrictEqual(
      HOSTILE.map(({ body }) => Buffer.from(body).toString('hex')),
    );
  });

  it('gives back nothing from an export of nothing', () => {
    expect(readBack(written([], format, true), format)).toStrictEqual([]);
  });
});

describe('CloudEvents', () => {
  // The official SDK throws where an event is not valid by the specification.
  const asLines = (entries: readonly ExportedEntry[]): readonly CloudEvent<unknown>[] =>
    written(entries, 'cloudevents', true)
      .split('\n')
      .slice(0, -1)
      .map((line) => new CloudEvent(JSON.parse(line), true));

  it('are valid by the official SDK, whatever they hold', () => {
    for (const event of asLines(HOSTILE)) expect(event.validate()).toBe(true);
  });

  it('are valid as a batch by the official SDK, and hold the same', () => {
    const headers = { 'content-type': 'application/cloudevents-batch+json' };
    const batch = HTTP.toEvent({ headers, body: written(HOSTILE, 'cloudevents-batch', true) });
    const events = (Array.isArray(batch) ? batch : [batch]) as CloudEvent<unknown>[];
    expect(events).toHaveLength(HOSTILE.length);
    for (const event of events) expect(event.validate()).toBe(true);
    expect(events.map((event) => event.toJSON())).toStrictEqual(asLines(HOSTILE).map((event) => event.toJSON()));
  });

  it('say what the entry says, with extensions in lower-case letters and digits', () => {
    const entry = entryOf({ ...PLAIN, traceparent: TRACEPARENT, payload: { nodeId: 'n' } }, 7);
    const event = JSON.parse(written([entry], 'cloudevents', true)) as Record<string, unknown>;
    const { waymarkentry, ...rest } = event;
    expect(waymarkentry).toMatch(/^[A-Za-z0-9+/]+=*$/);
    expect(rest).toStrictEqual({
      specversion: '1.0',
      id: 'event-1',
      source: 'billing',
      type: 'node.completed',
      subject: 'execution/run-1',
      time: '2026-01-31T12:00:00.000Z',
      datacontenttype: 'application/json',
      dataschema: SCHEMA_ID,
      correlationid: 'c-1',
      causationid: 'event-0',
      traceparent: TRACEPARENT,
      actor: 'user:ada',
      waymarkposition: '7',
      waymarkrecordedat: '2026-01-31T12:00:01.000Z',
      waymarkseverity: 'info',
      waymarkoutcome: 'success',
      waymarkcategory: 'workflow',
      data: { nodeId: 'n' },
    });
    for (const name of Object.keys(event)) expect(name).toMatch(/^[a-z0-9]{1,20}$/);
  });

  it.each([
    [undefined, '/waymark'],
    ['https://example.com:8080/orders', 'https://example.com:8080/orders'],
    ['urn:example:orders', 'urn:example:orders'],
    ['two words', 'two%20words'],
    ['1a:b', '1a%3Ab'],
    ['https://a:b:c/', 'https%3A%2F%2Fa%3Ab%3Ac%2F'],
  ])('have a URI reference for a source: %s', (source, reference) => {
    const [event] = asLines([entryOf(source === undefined ? {} : { source })]);
    expect(event?.source).toBe(reference);
    expect(event?.validate()).toBe(true);
  });

  it('hold no entry unless asked to', () => {
    expect(written(HOSTILE, 'cloudevents')).not.toContain('waymarkentry');
    expect(written(HOSTILE, 'cloudevents-batch')).not.toContain('waymarkentry');
  });
});
