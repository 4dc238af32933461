import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { jest } from '@jest/globals';
import {
  type Checkpoint,
  type CheckpointMetadata,
  type CheckpointTuple,
  MemorySaver,
} from '@langchain/langgraph-checkpoint';
import { SqliteSaver } from '@langchain/langgraph-checkpoint-sqlite';
import Database from 'better-sqlite3';
import { createWaymark, type Waymark } from '../../../src/index.js';
import { importThreads, WaymarkSaver } from '../../../src/langgraph.js';
import { at, type OfficialSource, openSqliteSource, orderGraph, SOURCES } from '../../support/import-sources.js';
import { caught } from '../../support/caught.js';
import { describeOnPostgres, POSTGRES_URL, postgresOptions, postgresUrl } from '../../support/postgres.js';
import { makeTemporaryFolder, type TemporaryFolder } from '../../support/temporary-folder.js';
import { all, putValues, threadConfig, valuesAt } from '../../support/threads.js';

/** Ids that count up. */
const ID = (n: number): string => `1f000000-0000-6000-8000-00000000000${n}`;

describe('an import of threads', () => {
  let source: OfficialSource;
  let target: WaymarkSaver;
  let waymark: Waymark;

  beforeEach(async () => {
    source = await openSqliteSource();
    target = await WaymarkSaver.open('memory:');
    waymark = target.waymark;
  });
  afterEach(async () => {
    await target.close();
    await source.remove();
  });

  /** A thread of two checkpoints, the second with a write on top of it. */
  async function fill(threadId = 'thread', into: { saver: OfficialSource['saver'] } = source): Promise<void> {
    const first = await putValues(into.saver, threadConfig(threadId), { total: 1 }, { id: ID(1) });
    const second = await putValues(into.saver, first, { total: 2 }, { id: ID(2), versions: { total: 2 } });
    await into.saver.putWrites(second, [['total', 3]], 'task');
  }

  describe('into a store that has something', () => {
    it('stops at a checkpoint that is another one there, and names it', async () => {
      await fill();
      const [{ checkpoint, metadata }] = (await all(source.saver.list(at('thread')))).slice(1) as [CheckpointTuple];
      const other = { ...checkpoint, channel_values: { total: 1, by: 'somebody' } };
      await target.put(threadConfig('thread'), other, metadata as CheckpointMetadata, checkpoint.channel_versions);
      const { size } = await waymark.log.head();
      expect(await caught(importThreads(waymark, source.url))).toMatchObject({
        code: 'WAYMARK_IMPORT_CONFLICT',
        message: `Checkpoint ${ID(1)} of thread "thread" is there already, and it differs at checkpoint.channel_values.by.`,
        details: { threadId: 'thread', namespace: '', checkpointId: ID(1), path: 'checkpoint.channel_values.by' },
      });
      expect((await waymark.log.head()).size).toBe(size);
    });

    it('stops at a write that is another one there', async () => {
      await fill();
      await importThreads(waymark, source.url);
      await source.run(`UPDATE writes SET value = CAST('4' AS BLOB)`);
      expect(await caught(importThreads(waymark, source.url))).toMatchObject({
        code: 'WAYMARK_IMPORT_CONFLICT',
        details: { checkpointId: ID(2), path: 'pendingWrites.task.value' },
      });
    });

    it('adds nothing to a thread that was gone on with there', async () => {
      await fill();
      await importThreads(waymark, source.url);
      await putValues(target, { configurable: { thread_id: 'thread', checkpoint_id: ID(2) } }, {}, { id: ID(3) });
      const before = { configurable: { thread_id: 'thread', checkpoint_ns: '', checkpoint_id: ID(2) } };
      await putValues(source.saver, before, { total: 5 }, { id: ID(4) });
      expect(await caught(importThreads(waymark, source.url))).toMatchObject({
        code: 'WAYMARK_IMPORT_CONFLICT',
        details: { checkpointId: ID(3) },
      });
      expect(await all(target.list(at('thread')))).toHaveLength(3);
    });

    it('adds what the source has got since', async () => {
      await fill();
      await importThreads(waymark, source.url);
      const before = { configurable: { thread_id: 'thread', checkpoint_ns: '', checkpoint_id: ID(2) } };
      await source.saver.putWrites(before, [['__error__', 'late']], 'task');
      await source.saver.putWrites(before, [['total', 9]], 'other');
      await putValues(source.saver, before, { total: 5 }, { id: ID(4) });
      expect(await importThreads(waymark, source.url)).toMatchObject({
        checkpoints: 1,
        writes: 2,
        skipped: { checkpoints: 2, writes: 1 },
        compared: { checkpoints: 3, writes: 3 },
      });
    });
  });

  it('finds it when the source has changed meanwhile, and names the first difference', async () => {
    await fill();
    const changing = async (sql: string): Promise<unknown> => {
      const options = {
        onProgress: (_: number, __: number, phase: string) => void (phase === 'copy' && source.run(sql)),
      };
      return caught(importThreads(waymark, source.url, options));
    };
    const added = `INSERT INTO checkpoints SELECT thread_id, 'inner', '${ID(5)}', NULL, type, checkpoint, metadata FROM checkpoints LIMIT 1`;
    expect(await changing(added)).toMatchObject({
      code: 'WAYMARK_IMPORT_DIFFERS',
      message: `Checkpoint ${ID(5)} of thread "thread", "inner" is not the same in the source and in the store: the store does not have it.`,
    });
    await source.run(`DELETE FROM checkpoints WHERE checkpoint_ns = 'inner'`);
    expect(await changing(`UPDATE checkpoints SET metadata = CAST('{"step":3}' AS BLOB)`)).toMatchObject({
      code: 'WAYMARK_IMPORT_DIFFERS',
      details: { threadId: 'thread', namespace: '', checkpointId: ID(2), path: 'metadata.step' },
    });
  });

  it('says where the source can not be read by its own saver', async () => {
    await fill();
    await source.run(`UPDATE checkpoints SET type = 'msgpack' WHERE checkpoint_id = '${ID(2)}'`);
    expect(await caught(importThreads(waymark, source.url))).toMatchObject({
      code: 'WAYMARK_IMPORT_SOURCE_FAILED',
      message: expect.stringContaining(`Checkpoint ${ID(2)} of thread "thread"`),
    });
  });

  it('takes only the threads that are named, and no name that is not there', async () => {
    await fill('a');
    await fill('b');
    expect(await importThreads(waymark, source.url, { threads: ['b', 'b'] })).toMatchObject({ threads: 1 });
    expect((await waymark.threads.all()).map(({ threadId }) => threadId)).toStrictEqual(['b']);
    expect(await caught(importThreads(waymark, source.url, { threads: ['a', 'c'] }))).toMatchObject({
      code: 'WAYMARK_THREAD_NOT_FOUND',
      details: { threadId: 'c' },
    });
    expect(await waymark.threads.all()).toHaveLength(1);
  });

  it('writes nothing when it is only tried, and finds what is in the way', async () => {
    await fill('a');
    await fill('b');
    await importThreads(waymark, source.url, { threads: ['a'] });
    const { size } = await waymark.log.head();
    expect(await importThreads(waymark, source.url, { dryRun: true })).toStrictEqual({
      threads: 2,
      checkpoints: 2,
      writes: 1,
      skipped: { checkpoints: 2, writes: 1 },
      compared: { threads: 0, checkpoints: 0, writes: 0 },
    });
    expect((await waymark.log.head()).size).toBe(size);
    await source.run(`UPDATE writes SET channel = 'other' WHERE thread_id = 'a'`);
    const dryRun = importThreads(waymark, source.url, { dryRun: true });
    expect(await caught(dryRun)).toMatchObject({ code: 'WAYMARK_IMPORT_CONFLICT' });
  });

  it('has nothing to do for an empty source', async () => {
    expect(await importThreads(waymark, source.url)).toMatchObject({ threads: 0, checkpoints: 0, writes: 0 });
  });

  it('is refused with options that there are not', async () => {
    for (const options of [{ thread: 'a' }, { threads: 'a' }, { threads: [''] }, { dryRun: 1 }, { signal: {} }]) {
      const refused = caught(importThreads(waymark, source.url, options as never));
      expect(await refused).toMatchObject({ name: 'InvalidArgumentError' });
    }
  });

  describe('from a saver', () => {
    it('takes any that lists what it has', async () => {
      const memory = new MemorySaver();
      await orderGraph(memory).invoke({ messages: [] }, at('order-1'));
      await fill('thread', { saver: memory });
      const { compared } = await importThreads(waymark, memory);
      expect(compared.checkpoints).toBe((await all(memory.list({ configurable: {} }))).length);
      expect(compared.threads).toBe(2);
      expect(await importThreads(waymark, memory, { threads: ['thread'] })).toMatchObject({
        checkpoints: 0,
        compared: { threads: 1, checkpoints: 2, writes: 1 },
      });
    });

    it("takes LangGraph's own that the host has open", async () => {
      await fill();
      expect(await importThreads(waymark, source.saver)).toMatchObject({ compared: { checkpoints: 2, writes: 1 } });
    });

    it('makes no tables where there are none', async () => {
      using database = disposable(new Database(':memory:'));
      expect(await caught(importThreads(waymark, new SqliteSaver(database.it)))).toMatchObject({
        code: 'WAYMARK_IMPORT_SOURCE_FOREIGN',
      });
      expect(database.it.prepare('SELECT count(*) FROM sqlite_schema').pluck().get()).toBe(0);
    });

    it('takes nothing that is no saver', async () => {
      for (const given of [undefined, {}, 'redis://x', 'sqlite:', 'postgres:x', 'postgres://secret@:x:y']) {
        const error = await caught(importThreads(waymark, given as never));
        expect(error).toMatchObject({ code: 'WAYMARK_INVALID_STORAGE' });
        expect(String(error)).not.toContain('secret');
      }
    });
  });
});

function disposable<It extends { close(): unknown }>(it: It): { readonly it: It; [Symbol.dispose](): void } {
  return { it, [Symbol.dispose]: () => void it.close() };
}

describe.each(SOURCES)('what older versions left on %s', (_name, openSource) => {
  let source: OfficialSource;
  let target: WaymarkSaver;

  beforeEach(async () => {
    source = await openSource();
    target = await WaymarkSaver.open('memory:');
  });
  afterEach(async () => {
    await target.close();
    await source.remove();
  });

  async function put(n: number, parent: number | undefined, values: Record<string, unknown>, v = 1): Promise<void> {
    const checkpoint = {
      v,
      id: ID(n),
      ts: '2024-05-01T10:00:00.000Z',
      channel_values: values,
      channel_versions: Object.fromEntries(Object.keys(values).map((channel) => [channel, n])),
      versions_seen: {},
      pending_sends: [],
    } as unknown as Checkpoint;
    const before = threadConfig('old');
    const config =
      parent === undefined ? before : { configurable: { ...before.configurable, checkpoint_id: ID(parent) } };
    const metadata = { source: 'loop', step: n, writes: { node: null } } as unknown as CheckpointMetadata;
    await source.saver.put(config, checkpoint, metadata, checkpoint.channel_versions);
  }

  const key = (n: number): { configurable: Record<string, string> } => ({
    configurable: { thread_id: 'old', checkpoint_ns: '', checkpoint_id: ID(n) },
  });

  it('is imported as it is read: what was sent to nodes becomes a channel', async () => {
    await put(1, undefined, { total: 1 });
    await source.saver.putWrites(key(1), [['__pregel_tasks', { node: 'work', args: { n: 1 } }]], 'task-1');
    await put(2, 1, { total: 2 });
    await put(3, 2, { total: 3 });
    const { compared } = await importThreads(target.waymark, source.url);
    expect(compared).toStrictEqual({ threads: 1, checkpoints: 3, writes: 1 });
    expect(await valuesAt(target, key(1))).toStrictEqual({ total: 1 });
    expect(await valuesAt(target, key(2))).toStrictEqual({
      total: 2,
      __pregel_tasks: [{ node: 'work', args: { n: 1 } }],
    });
    expect(await valuesAt(target, key(3))).toStrictEqual({ total: 3, __pregel_tasks: [] });
  });

  it('keeps what was sent to nodes, and the name of the parent, where the parent itself is gone', async () => {
    await put(1, undefined, { total: 1 });
    await source.saver.putWrites(key(1), [['__pregel_tasks', { node: 'work', args: {} }]], 'task-1');
    await put(2, 1, { total: 2 });
    await put(4, 3, { total: 4 }, 4);
    await source.run(`DELETE FROM checkpoints WHERE checkpoint_id = '${ID(1)}'`);
    await importThreads(target.waymark, source.url);
    const tuple = await target.getTuple(key(2));
    expect(tuple?.parentConfig).toStrictEqual(key(1));
    expect(tuple?.checkpoint.channel_values['__pregel_tasks']).toStrictEqual([{ node: 'work', args: {} }]);
    expect((await target.getTuple(key(4)))?.parentConfig).toStrictEqual(key(3));
  });

  it('keeps several interrupts of one task, and the order of what it wrote', async () => {
    await put(1, undefined, { total: 1 }, 4);
    await source.saver.putWrites(
      key(1),
      ['a', 'b', 'c', 'd'].map((value) => ['total', value]),
      'task',
    );
    await source.saver.putWrites(key(1), [['__error__', 'no']], 'task');
    await source.run(`UPDATE ${source.writesTable} SET channel = '__interrupt__' WHERE idx IN (1, 2)`);
    expect(await importThreads(target.waymark, source.url)).toMatchObject({ compared: { writes: 5 } });
    expect((await target.getTuple(key(1)))?.pendingWrites).toStrictEqual([
      ['task', '__interrupt__', 'b'],
      ['task', '__error__', 'no'],
      ['task', '__interrupt__', 'c'],
      ['task', 'total', 'a'],
      ['task', 'total', 'd'],
    ]);
    expect(await importThreads(target.waymark, source.url)).toMatchObject({ writes: 0, skipped: { writes: 5 } });
  });
});

describe('a source that is only read', () => {
  let folder: TemporaryFolder;
  let waymark: Waymark;
  let file: string;

  beforeEach(async () => {
    folder = makeTemporaryFolder();
    file = folder.file('checkpoints.sqlite');
    waymark = await createWaymark({ storage: 'memory:' });
  });
  afterEach(async () => {
    await waymark.close();
    folder.remove();
  });

  async function fill(journal: 'wal' | 'delete'): Promise<void> {
    const database = new Database(file);
    await putValues(new SqliteSaver(database), threadConfig('thread'), { total: 1 });
    database.pragma(`journal_mode = ${journal}`);
    database.close();
  }

  it.each(['wal', 'delete'] as const)(
    'stays as it is, with the journal %s, and nothing is left beside it',
    async (mode) => {
      await fill(mode);
      const before = readFileSync(file);
      expect(await importThreads(waymark, `sqlite:${file}`)).toMatchObject({ checkpoints: 1 });
      expect(readFileSync(file).equals(before)).toBe(true);
      expect(readdirSync(folder.path)).toStrictEqual(['checkpoints.sqlite']);
    },
  );

  it('is read while somebody else has it open', async () => {
    const database = new Database(file);
    const saver = new SqliteSaver(database);
    await putValues(saver, threadConfig('thread'), { total: 1 });
    expect(await importThreads(waymark, `sqlite:${file}`)).toMatchObject({ checkpoints: 1 });
    await putValues(saver, threadConfig('other'), { total: 2 });
    database.close();
  });

  it('needs the package of its saver, and the driver below it, and says which one is missing', async () => {
    await fill('wal');
    const missing = {
      '@langchain/langgraph-checkpoint-sqlite': 'WAYMARK_PACKAGE_MISSING',
      '@langchain/langgraph-checkpoint-postgres': 'WAYMARK_PACKAGE_MISSING',
      'better-sqlite3': 'WAYMARK_DRIVER_MISSING',
      pg: 'WAYMARK_DRIVER_MISSING',
    };
    for (const [name, code] of Object.entries(missing)) {
      jest.unstable_mockModule(name, () => {
        throw Object.assign(new Error(`Cannot find package '${name}'`), { code: 'ERR_MODULE_NOT_FOUND' });
      });
      // The package that is looked for before the driver is there.
      const packages = { 'better-sqlite3': 'sqlite', pg: 'postgres' } as const;
      const there = Object.entries(packages).find(([driver]) => driver === name)?.[1];
      if (there !== undefined) {
        jest.unstable_mockModule(`@langchain/langgraph-checkpoint-${there}`, () => ({ SqliteSaver }));
      }
      jest.resetModules();
      try {
        const { openSource } = await import('../../../src/infrastructure/bridge/langgraph/import/open-source.js');
        const url = name.endsWith('postgres') || name === 'pg' ? 'postgres://127.0.0.1/x' : `sqlite:${file}`;
        const error = await caught(openSource(url));
        expect(error).toMatchObject({ code, hint: expect.stringContaining(`npm install ${name}@`) });
      } finally {
        jest.unstable_unmockModule(name);
        jest.unstable_unmockModule('@langchain/langgraph-checkpoint-sqlite');
        jest.unstable_unmockModule('@langchain/langgraph-checkpoint-postgres');
        jest.resetModules();
      }
    }
  });

  it('is not made where there is none', async () => {
    for (const url of [`sqlite:${file}`, `sqlite:${dirname(file)}/no/such`, 'sqlite::memory:']) {
      expect(await caught(importThreads(waymark, url))).toMatchObject({ code: 'WAYMARK_IMPORT_SOURCE_NOT_FOUND' });
    }
    expect(existsSync(file)).toBe(false);
  });

  it("is refused when it is something else than a store of LangGraph's", async () => {
    const refused = async (): Promise<string> => {
      const error = await caught(importThreads(waymark, `sqlite:${file}`));
      expect(error).toMatchObject({ code: 'WAYMARK_IMPORT_SOURCE_FOREIGN' });
      return String(error);
    };
    writeFileSync(file, 'A letter, and no database at all. '.repeat(100));
    expect(await refused()).toContain('it is no SQLite database');
    writeFileSync(file, '');
    expect(await refused()).toContain('there is no table checkpoints');
    await (await createWaymark({ storage: `sqlite:${file}` })).close();
    const before = readFileSync(file);
    expect(await refused()).toContain('its table checkpoints has no column thread_id');
    expect(readFileSync(file).equals(before)).toBe(true);
    file = folder.path;
    expect(await refused()).toContain('it is no file');
  });

  describeOnPostgres('on PostgreSQL', () => {
    it('is refused where there are no tables, or no database', async () => {
      const { schema } = postgresOptions();
      expect(await caught(importThreads(waymark, postgresUrl(schema)))).toMatchObject({
        code: 'WAYMARK_IMPORT_SOURCE_FOREIGN',
        message: expect.stringContaining(schema),
      });
      const url = new URL(POSTGRES_URL);
      url.pathname = '/waymark_no_such_database';
      expect(await caught(importThreads(waymark, url.href))).toMatchObject({
        code: 'WAYMARK_IMPORT_SOURCE_NOT_FOUND',
      });
    });

    it('tells no password when the server is not there', async () => {
      const error = await caught(importThreads(waymark, 'postgres://ada:secret@127.0.0.1:1/app'));
      expect(error).toMatchObject({ code: 'WAYMARK_STORE_UNAVAILABLE' });
      expect(String(error)).not.toContain('secret');
    });
  });
});
