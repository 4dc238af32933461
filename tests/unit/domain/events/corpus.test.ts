import { execFile } from 'node:child_process';
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type PayloadShape, payloadShape, shapeKey } from '../../../../scripts/payload-shape.mjs';
import { type AnyEventClass, EventCatalog, type EventRecord, WAYMARK_EVENTS } from '../../../../src/index.js';
import { caught } from '../../../support/caught.js';
import { makeTemporaryFolder, type TemporaryFolder } from '../../../support/temporary-folder.js';

// Records as they lie in people's stores: one of every type and version that there ever was. They are added to, and
// never changed.

const fixtures = new URL('../../../fixtures/', import.meta.url);
const files = readdirSync(new URL('events/', fixtures));
const linesOf = (file: string): readonly string[] =>
  readFileSync(new URL(`events/${file}`, fixtures), 'utf8')
    .split('\n')
    .filter(Boolean);
const corpus = files.flatMap((file) =>
  linesOf(file).map((line) => {
    const record = JSON.parse(line) as EventRecord;
    return { key: shapeKey({ type: record.type, version: record.schemaVersion }), file, line, record };
  }),
);
const shapes = JSON.parse(readFileSync(new URL('payload-shapes.json', fixtures), 'utf8')) as Readonly<
  Record<string, PayloadShape>
>;

const events: readonly AnyEventClass[] = WAYMARK_EVENTS;
const catalog = new EventCatalog(events);
/** Every type, in every version that it has had. */
const keys = events.flatMap(({ definition: { type, version } }) =>
  Array.from({ length: version }, (_, older) => shapeKey({ type, version: older + 1 })),
);

describe('the corpus of stored events', () => {
  it('has a record of every type and version, once, in the file of its family', () => {
    expect(corpus.map(({ key }) => key).toSorted()).toStrictEqual(keys.toSorted());
    const misplaced = corpus.filter(({ file, record }) => `${record.type.replace(/\.\w+$/, '')}.jsonl` !== file);
    expect(misplaced.map(({ key }) => key)).toStrictEqual([]);
  });

  it.each(corpus.map(({ key, record, line }) => [key, record, line] as const))(
    '%s is read in the newest shape',
    (_, record, line) => {
      const known = catalog.get(record.type);
      const event = catalog.decode(record);
      expect(event).toBeInstanceOf(known);
      expect(event.context.schemaVersion).toBe(known.definition.version);
      const { type: _type, payload, schemaVersion, ...context } = record;
      expect(event.context).toStrictEqual({ ...context, schemaVersion: known.definition.version });
      expect(known.definition.schema.safeParse(event.payload).error).toBeUndefined();
      // What is in its newest shape already is not touched at all.
      const isNewest = schemaVersion === known.definition.version;
      expect(JSON.stringify(event) === line).toBe(isNewest);
      expect(!isNewest || JSON.stringify(event.payload) === JSON.stringify(payload)).toBe(true);
    },
  );

  it.each(events.flatMap(({ definition }) => definition.aliases.map((alias) => [alias, definition.type] as const)))(
    '%s is read as %s',
    (alias, type) => {
      const { record } = corpus.find((stored) => stored.record.type === type)!;
      const event = catalog.decode({ ...record, type: alias });
      expect(event.toJSON()).toStrictEqual(catalog.decode(record).toJSON());
      expect(catalog.find(alias)?.type).toBe(type);
    },
  );
});

describe('the shape of a payload', () => {
  it.each(events.map((event) => [shapeKey(event.definition), event.definition] as const))(
    'of %s is what it was: another shape is another version',
    (key, { schema }) => expect(payloadShape(schema)).toStrictEqual(shapes[key]),
  );

  it('is written down for every version that there ever was', () => {
    expect(Object.keys(shapes).toSorted()).toStrictEqual(keys.toSorted());
  });
});

describe('npm run fixtures:events', () => {
  const script = fileURLToPath(new URL('../../../../scripts/event-fixtures.mjs', import.meta.url));
  const run = (): Promise<{ readonly stdout: string }> =>
    promisify(execFile)(process.execPath, [script, `${folder.path}/`]);
  const read = (name: string): string => readFileSync(folder.file(name), 'utf8');
  let folder: TemporaryFolder;
  beforeEach(() => {
    folder = makeTemporaryFolder();
    cpSync(fixtures, folder.path, { recursive: true });
  });
  afterEach(() => folder.remove());

  it('has nothing to add to what is committed', async () => {
    expect((await run()).stdout).toContain('187 types: 0 shape(s) and 0 record(s) added');
  });

  it('adds what is missing, and leaves everything else as it is', async () => {
    const [first = '', second = '', ...rest] = read('events/llm.jsonl').split('\n');
    // A record of long ago need not look like the examples of today.
    const old = second.replace('model-1', 'model-0');
    writeFileSync(folder.file('events/llm.jsonl'), [old, ...rest].join('\n'));
    const { 'llm.started@1': _, ...others } = shapes;
    writeFileSync(folder.file('payload-shapes.json'), JSON.stringify(others));
    expect((await run()).stdout).toContain('1 shape(s) and 1 record(s) added');
    expect(read('events/llm.jsonl')).toBe(`${[old, ...rest].join('\n')}${first}\n`);
    expect(JSON.parse(read('payload-shapes.json'))).toStrictEqual(shapes);
    expect(read('events/node.jsonl')).toBe(
      linesOf('node.jsonl')
        .map((line) => `${line}\n`)
        .join(''),
    );
  });

  it('refuses a shape that changed without a new version, and writes nothing', async () => {
    const changed = JSON.stringify({ ...shapes, 'node.failed@1': { fields: 'error', hash: 'another' } });
    writeFileSync(folder.file('payload-shapes.json'), changed);
    writeFileSync(folder.file('events/llm.jsonl'), '');
    expect(await caught(run())).toMatchObject({ code: 1, stderr: expect.stringContaining('node.failed@1') });
    expect([read('payload-shapes.json'), read('events/llm.jsonl')]).toStrictEqual([changed, '']);
  });
});
