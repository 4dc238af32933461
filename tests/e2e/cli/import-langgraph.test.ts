import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { jest } from '@jest/globals';
import { createWaymark } from '../../../src/index.js';
import {
  fillWithOrders,
  type OfficialSource,
  openSqliteSource,
  ORDERS,
  SOURCES,
} from '../../support/import-sources.js';
import { makeTemporaryFolder, type TemporaryFolder } from '../../support/temporary-folder.js';
import { all, putValues, threadConfig } from '../../support/threads.js';
import { startCommand } from './support/command-line.js';
import { call } from './support/in-process.js';
import { json } from './support/json.js';

jest.setTimeout(60_000);

const MAIN = fileURLToPath(new URL('../../../dist/interfaces/cli/main.js', import.meta.url));

/** A user who may do nothing but what everybody may. */
const NOBODY = 65_534;

describe('waymark import langgraph', () => {
  let folder: TemporaryFolder;
  let source: OfficialSource;
  let store: string;

  beforeEach(async () => {
    folder = makeTemporaryFolder();
    store = folder.file('waymark.db');
    source = await openSqliteSource();
  });
  afterEach(async () => {
    await source.remove();
    folder.remove();
  });

  async function fill(checkpoints: number): Promise<void> {
    for (let n = 0, config = threadConfig('thread'); n < checkpoints; n += 1) {
      config = await putValues(source.saver, config, { n }, { versions: { n } });
    }
  }

  it.each(SOURCES)('copies what a graph has left on %s, and says what it compared', async (_name, openSource) => {
    const orders = await openSource();
    try {
      await fillWithOrders(orders.saver);
      const tuples = await all(orders.saver.list({ configurable: {} }));
      const writes = tuples.reduce((sum, { pendingWrites = [] }) => sum + pendingWrites.length, 0);
      const counts = `${tuples.length} checkpoints and ${writes} writes`;
      const args = ['import', 'langgraph', '--from', orders.url, '--store', store];
      expect(await call(args)).toStrictEqual({
        code: 0,
        stdout: `${ORDERS.length} threads: ${counts} imported\n  ${counts} read from both and found equal\n`,
        stderr: '',
      });
      expect((await call([...args, '--dry-run'])).stdout).toBe(
        `${ORDERS.length} threads: 0 checkpoints and 0 writes would be imported; ${counts} were there already\n`,
      );
      const { stdout } = await call([...args, '--thread', 'order-2', '--json']);
      const { compared, ...told } = json(stdout);
      const { threads, ...found } = compared;
      expect(told).toStrictEqual({ dryRun: false, threads: 1, checkpoints: 0, writes: 0, skipped: found });
      expect(threads).toBe(1);
    } finally {
      await orders.remove();
    }
  });

  it('says it when there is nothing to import', async () => {
    const args = ['import', 'langgraph', '--from', source.url, '--store', store];
    const expected = { code: 0, stdout: 'the source has no threads: there is nothing to import\n', stderr: '' };
    expect(await call([...args, '--dry-run'])).toStrictEqual(expected);
    expect(existsSync(store)).toBe(false);
    expect(await call(args)).toStrictEqual(expected);
  });

  it('says without a store what it would import, and makes none', async () => {
    await fill(2);
    const outcome = await call(['import', 'langgraph', '--from', source.url, '--store', store, '--dry-run']);
    expect(outcome).toStrictEqual({
      code: 0,
      stdout: '1 thread: 2 checkpoints and 0 writes would be imported\n',
      stderr: '',
    });
    expect(existsSync(store)).toBe(false);
  });

  it('makes no store when there is nothing to import from, and says what is wrong', async () => {
    const nowhere = await call(['import', 'langgraph', '--from', `sqlite:${folder.file('x')}`, '--store', store]);
    expect(nowhere).toMatchObject({ code: 1, stdout: '' });
    expect(nowhere.stderr).toContain('WAYMARK_IMPORT_SOURCE_NOT_FOUND');
    expect(existsSync(store)).toBe(false);
    for (const args of [[], ['--from', 'redis://x'], ['--from', source.url, '--manifest', 'x'], ['--from', 'x', 'y']]) {
      const outcome = await call(['import', 'langgraph', ...args, '--store', store]);
      expect(outcome).toMatchObject({ code: 2, stdout: '' });
    }
    expect(readdirSync(folder.path)).toStrictEqual([]);
    const absent = await call(['import', 'langgraph', '--from', source.url, '--thread', 'no', '--store', store]);
    expect(absent).toMatchObject({ code: 1, stderr: expect.stringContaining('The source has no thread "no".') });
  });

  it('ends with an error that names the checkpoint when another one is there', async () => {
    await fill(1);
    await call(['import', 'langgraph', '--from', source.url, '--store', store]);
    await source.run(`UPDATE checkpoints SET metadata = CAST('{"step":3}' AS BLOB)`);
    const { code, stderr } = await call(['import', 'langgraph', '--from', source.url, '--store', store, '--json']);
    const [tuple] = await all(source.saver.list({ configurable: {} }));
    expect(code).toBe(1);
    expect(json(stderr)).toMatchObject({
      error: {
        code: 'WAYMARK_IMPORT_CONFLICT',
        details: { threadId: 'thread', checkpointId: tuple?.checkpoint.id },
      },
    });
  });

  it('shows on a terminal how far it has come', async () => {
    await fill(100);
    const { stderr } = await call(['import', 'langgraph', '--from', source.url, '--store', store], { terminal: 80 });
    expect(stderr).toContain('64 of 100 checkpoints imported, 64 %');
    expect(stderr).toContain('64 of 100 checkpoints compared, 64 %');
    expect(stderr.endsWith('\r\u001b[K')).toBe(true);
  });

  it('has help of its own, and leaves that of the import of a log as it was', async () => {
    const { code, stdout } = await call(['import', 'langgraph', '--help']);
    expect(code).toBe(0);
    expect(stdout).toContain('Usage: waymark import langgraph [options]');
    expect(stdout).toMatch(/--from <source>[\s\S]+--thread <id>[\s\S]+--dry-run[\s\S]+--store <url>/);
    expect(stdout).not.toContain('--trusted');
    const log = (await call(['import', '--help'])).stdout;
    expect(log).toMatch(/--manifest <file>[\s\S]+--store <url>[\s\S]+langgraph/);
    expect((await call(['import', '--store', store])).stderr).toContain("Missing required argument 'file'");
    expect((await call(['import', folder.file('absent.jsonl'), '--store', store])).stderr).toContain(
      'WAYMARK_EXPORT_NOT_FOUND',
    );
  });

  it('is stopped by Ctrl-C, says how to go on, and goes on', async () => {
    await fill(400);
    const args = ['import', 'langgraph', '--from', source.url, '--store', store];
    const command = startCommand(args, { cwd: folder.path });
    const stored = async (): Promise<number> => {
      if (!existsSync(store)) return 0;
      try {
        await using waymark = await createWaymark({ storage: `sqlite:${store}?mode=ro` });
        return (await waymark.log.head()).size;
      } catch {
        return 0; // It is just being made.
      }
    };
    while ((await stored()) === 0) await new Promise((resolve) => setImmediate(resolve));
    command.signal('SIGINT');
    const { code, stderr } = await command.ended;
    expect(code).toBe(1);
    expect(stderr).toContain('WAYMARK_INTERRUPTED');
    expect(stderr).toContain(`Go on with: waymark import langgraph --from ${source.url} --store ${store}`);
    const { stdout } = await call([...args, '--json']);
    const { checkpoints, skipped, compared } = json(stdout);
    expect(skipped.checkpoints).toBeGreaterThan(0);
    expect(checkpoints).toBeGreaterThan(0);
    expect(checkpoints + skipped.checkpoints).toBe(400);
    expect(compared.checkpoints).toBe(400);
  });

  it.each(['wal', 'delete'])(
    'reads a file that it may not write to, in a folder neither, with the journal %s',
    async (mode) => {
      await fill(2);
      await source.run(`PRAGMA journal_mode = ${mode}`);
      const copy = folder.file('copy.sqlite');
      await source.run(`VACUUM INTO '${copy}'`);
      if (mode === 'wal') await setJournal(copy);
      chmodSync(copy, 0o444);
      chmodSync(folder.path, 0o555);
      try {
        const args = [MAIN, 'import', 'langgraph', '--from', `sqlite:${copy}`, '--store', 'memory:'];
        const other = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
        const { status, stdout, stderr } = spawnSync(process.execPath, args, { ...other, encoding: 'utf8', env: {} });
        expect({ status, stderr }).toStrictEqual({ status: 0, stderr: '' });
        expect(stdout).toContain('2 checkpoints and 0 writes read from both and found equal');
        expect(readdirSync(folder.path)).toStrictEqual(['copy.sqlite']);
      } finally {
        chmodSync(folder.path, 0o755);
      }
    },
  );
});

async function setJournal(file: string): Promise<void> {
  const { default: Database } = await import('better-sqlite3');
  const database = new Database(file);
  database.pragma('journal_mode = WAL');
  database.close();
}
