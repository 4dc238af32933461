import { jest } from '@jest/globals';
import { DataSource } from 'typeorm';
import type { StoredEntry } from '../../src/domain/audit/audit-entry.js';
import { WaymarkError } from '../../src/domain/shared/errors.js';
import { verifyLog } from '../../src/application/audit/verify-log.js';
import { MIGRATION_NAMES, MIGRATIONS } from '../../src/infrastructure/persistence/typeorm/migrations/index.js';
import { PostgresDatabase } from '../../src/infrastructure/persistence/typeorm/postgres-database.js';
import type { PostgresOptions } from '../../src/infrastructure/persistence/typeorm/postgres-options.js';
import { PostgresStore } from '../../src/infrastructure/persistence/typeorm/postgres-store.js';
import { timerScheduler } from '../../src/infrastructure/runtime/timer-scheduler.js';
import { makeDraft, makeDrafts, makeSnapshot } from '../../src/testing/fixtures.js';
import { STORE_TABLES } from '../support/store-tables.js';
import { caughtWaymark, codeOf } from '../support/caught.js';
import {
  askPostgres,
  connectToPostgres,
  describeOnPostgres,
  dropSchemas,
  postgresOptions,
} from '../support/postgres.js';

// Each test makes a schema.
jest.setTimeout(30_000);

let schema: string;
let stores: PostgresStore[];

beforeEach(() => {
  ({ schema } = postgresOptions());
  stores = [];
});

describeOnPostgres('a PostgreSQL store', () => {
  afterEach(async () => {
    for (const store of stores) await store.close();
    await dropSchemas([schema]);
  });

  describe('opening', () => {
    it('makes the schema and its tables, and writes durably', async () => {
      const store = await open();
      expect(await store.info()).toMatchObject({
        schema,
        mode: 'rw',
        pool: { max: 10 },
        appliedMigrations: MIGRATION_NAMES,
        pendingMigrations: [],
      });
      expect(await tables()).toStrictEqual(STORE_TABLES);
    });

    it('tells people about the server, without a password', async () => {
      const store = await open({ password: 'pa55word' });
      const facts = await store.describe();
      const names = ['storage', 'PostgreSQL', 'database', 'synchronous_commit', 'pool', 'entries', 'migrations'];
      expect(facts.map(({ name }) => name)).toStrictEqual(expect.arrayContaining(names));
      expect(facts.find(({ name }) => name === 'migrations')?.value).toBe(
        `${MIGRATION_NAMES.length} applied, 0 pending`,
      );
      expect(JSON.stringify(facts)).not.toContain('pa55word');
    });

    it('keeps what was written for the next one who opens it', async () => {
      const first = await open();
      await append(first, 3);
      await first.close();
      expect(await append(await open(), 1)).toMatchObject([{ position: 3 }]);
    });

    it('is needed before use, and there is none after closing', async () => {
      const store = make();
      const closed = { code: 'WAYMARK_STORE_CLOSED' };
      const expectClosed = async (): Promise<void> => {
        await expect(store.auditLog.head()).rejects.toMatchObject(closed);
        await expect(append(store, 1)).rejects.toMatchObject(closed);
        await expect(store.info()).rejects.toMatchObject(closed);
      };
      await expectClosed();
      await store.open();
      await store.close();
      await expectClosed();
      await expect(store.open()).rejects.toMatchObject(closed);
    });

    it('says that the driver is missing, and how to install it', async () => {
      jest.unstable_mockModule('pg', () => {
        throw Object.assign(new Error("Cannot find package 'pg'"), { code: 'ERR_MODULE_NOT_FOUND' });
      });
      jest.resetModules();
      try {
        const fresh = await import('../../src/infrastructure/persistence/typeorm/postgres-store.js');
        const store = new fresh.PostgresStore(postgresOptions({ schema }), timerScheduler);
        await expect(store.open()).rejects.toMatchObject({ code: 'WAYMARK_DRIVER_MISSING', hint: 'npm install pg@8' });
      } finally {
        jest.unstable_unmockModule('pg');
        jest.resetModules();
      }
    });
  });

  describe('opening refuses', () => {
    it('a schema that must hold a store and does not, and makes none', async () => {
      for (const options of [{ mustExist: true }, { mode: 'ro' }] as const) {
        expect(await codeOf(open(options))).toBe('WAYMARK_STORE_NOT_FOUND');
      }
      expect(await askPostgres('SELECT to_regnamespace($1)::text AS found', [schema])).toStrictEqual([{ found: null }]);
    });

    it('a schema with the tables of another program, and leaves it as it is', async () => {
      await askPostgres(`CREATE SCHEMA ${schema}; CREATE TABLE ${schema}.migrations (id INTEGER, name TEXT)`);
      for (const options of [{}, { mustExist: true }, { mode: 'ro' }] as const) {
        expect(await codeOf(open(options))).toBe('WAYMARK_STORE_NOT_WAYMARK');
      }
      expect(await tables()).toStrictEqual(['migrations']);
    });

    it('a store of a newer version, and writes nothing to it', async () => {
      await (await open()).close();
      await askPostgres(`INSERT INTO ${schema}.migrations (timestamp, name) VALUES (1, 'AddFuture1900000000000')`);
      await askPostgres(`DROP TABLE ${schema}.contents`);
      for (const mode of ['rw', 'ro'] as const) {
        const error = await caughtWaymark(open({ mode }));
        expect(error.code).toBe('WAYMARK_STORE_NEWER');
        expect(error.message).toContain('AddFuture1900000000000');
      }
      expect(await tables()).not.toContain('contents');
    });

    it('to read a store that has to be migrated first', async () => {
      await (await open()).close();
      await askPostgres(`DELETE FROM ${schema}.migrations WHERE name = $1`, [MIGRATION_NAMES.at(-1)]);
      expect(await codeOf(open({ mode: 'ro' }))).toBe('WAYMARK_STORE_OUTDATED');
    });

    it('a database that is not there, and says how to make it', async () => {
      const error = await caughtWaymark(open({ database: 'waymark_no_such_database' }));
      expect(error.code).toBe('WAYMARK_STORE_NOT_FOUND');
      expect(error.hint).toContain('createdb');
    });

    it('a user that is not there, without telling the password', async () => {
      const error = await caughtWaymark(open({ user: 'waymark_no_such_user', password: 'pa55word' }));
      expect(error.code).toBe('WAYMARK_STORE_LOGIN_REFUSED');
      for (let at: unknown = error; at instanceof Error; at = at.cause) {
        expect(`${at.stack} ${JSON.stringify(at)}`).not.toContain('pa55word');
      }
    });

    it('a server that is not there, after connectTimeoutMs', async () => {
      const error = await caughtWaymark(open({ host: '127.0.0.1', port: 1, connectTimeoutMs: 500 }));
      expect(error.code).toBe('WAYMARK_STORE_UNAVAILABLE');
      expect(error.details).toMatchObject({ code: 'ECONNREFUSED' });
    });
  });

  describe('a user', () => {
    it('without rights reads what it may, and is told what it may not do', async () => {
      await (await open()).close();
      await withUser(async (user) => {
        await askPostgres(`GRANT USAGE ON SCHEMA ${schema} TO ${user}`);
        await askPostgres(`GRANT SELECT ON ALL TABLES IN SCHEMA ${schema} TO ${user}`);
        await expectOnlyReading(user);
      });
    });

    it('whose commits do not wait for the disk waits all the same: that is told, and not followed', async () => {
      await withUser(async (user) => {
        await askPostgres(`ALTER ROLE ${user} SET synchronous_commit = off`);
        await askPostgres(`CREATE SCHEMA ${schema} AUTHORIZATION ${user}`);
        const store = await openAs(user);
        if (store === undefined) return;
        const fact = (await store.describe()).find(({ name }) => name === 'synchronous_commit');
        expect(fact).toMatchObject({ level: 'note', value: expect.stringContaining('on for what Waymark writes') });
        await using database = new PostgresDatabase(postgresOptions({ schema, user }), timerScheduler);
        await database.open();
        const show = 'SHOW synchronous_commit';
        expect(await database.exclusively(({ queries }) => queries.query(show))).toStrictEqual([
          { synchronous_commit: 'on' },
        ]);
      });
    });

    it.each([
      ['nothing', ''],
      ['the tables, and not the schema', 'GRANT SELECT ON ALL TABLES IN SCHEMA'],
      ['the schema, and not the tables', 'GRANT USAGE ON SCHEMA'],
    ])('says to a user with rights on %s that rights are missing', async (_, grant) => {
      await open();
      await withUser(async (user) => {
        if (grant !== '') await askPostgres(`${grant} "${schema}" TO ${user}`);
        for (const mode of ['ro', 'rw'] as const) {
          const error = await caughtWaymark(open({ user, mode }));
          if (error.code === 'WAYMARK_STORE_LOGIN_REFUSED') return;
          expect(error.code).toBe('WAYMARK_STORE_FORBIDDEN');
          expect(error.message).toContain('no rights on the schema');
          expect(error.hint).toContain('GRANT SELECT ON ALL TABLES');
        }
      });
    });

    /** A role that belongs to one test. */
    const withUser = async (work: (user: string) => Promise<void>): Promise<void> => {
      const user = `${schema.slice(0, 40)}_user`;
      await askPostgres(`CREATE ROLE ${user} LOGIN`);
      try {
        await work(user);
      } finally {
        for (const store of stores) await store.close();
        await askPostgres(`DROP OWNED BY ${user} CASCADE`);
        await askPostgres(`DROP ROLE ${user}`);
      }
    };

    /** `undefined` where the server wants a password of everybody, and so lets no new role in. */
    const openAs = async (user: string): Promise<PostgresStore | undefined> => {
      try {
        return await open({ user });
      } catch (error) {
        if (WaymarkError.is(error, 'WAYMARK_STORE_LOGIN_REFUSED')) return undefined;
        throw error;
      }
    };

    const expectOnlyReading = async (user: string): Promise<void> => {
      const opened = await openAs(user);
      if (opened === undefined) return;
      expect((await opened.auditLog.head()).size).toBe(0);
      expect(await codeOf(append(opened, 1))).toBe('WAYMARK_STORE_FORBIDDEN');
      const error = await caughtWaymark(open({ user, schema: postgresOptions().schema }));
      expect(error.code).toBe('WAYMARK_STORE_FORBIDDEN');
      expect(error.hint).toContain('CREATE SCHEMA');
    };
  });

  describe('reading only', () => {
    it('reads everything, sees what another writes, and refuses every write', async () => {
      const writer = await open();
      await append(writer, 2);
      const reader = await open({ mode: 'ro' });
      expect((await reader.auditLog.head()).size).toBe(2);
      expect(await codeOf(append(reader, 1))).toBe('WAYMARK_STORE_READ_ONLY');
      await append(writer, 1);
      expect(await reader.auditLog.readRange(0, 10)).toHaveLength(3);
    });

    it('may not write by any way', async () => {
      await open();
      await using database = new PostgresDatabase(postgresOptions({ schema, mode: 'ro' }), timerScheduler);
      await database.open();
      const insert = database.read((queries) => queries.query(`INSERT INTO contents VALUES ('h', '1')`));
      expect(await codeOf(insert)).toBe('WAYMARK_STORE_READ_ONLY');
    });
  });

  describe('a transaction', () => {
    it('is not seen by a reader before it is committed', async () => {
      const store = await open();
      await store.unitOfWork.run(async (scope) => {
        await store.auditLog.append(makeDrafts(2), scope);
        expect((await store.auditLog.head()).size).toBe(0);
      });
      expect((await store.auditLog.head()).size).toBe(2);
    });

    it('waits for another process that is writing, for as long as lockTimeoutMs', async () => {
      const store = await open({ lockTimeoutMs: 100 });
      const other = await connectToPostgres();
      try {
        await other.query(`BEGIN; SELECT 1 FROM ${schema}.log_head FOR UPDATE`);
        expect(await codeOf(append(store, 1))).toBe('WAYMARK_STORE_LOCKED');
        expect((await store.auditLog.head()).size).toBe(0);
        await other.query('ROLLBACK');
        expect(await append(store, 1)).toMatchObject([{ position: 0 }]);
      } finally {
        await other.end();
      }
    });

    it('can not be committed after a failure that was caught: it says so, and nothing is written', async () => {
      await using database = new PostgresDatabase(postgresOptions({ schema }), timerScheduler);
      await database.open();
      const work = database.exclusively(async (connection) => {
        await connection.begin();
        await connection.queries.query(`INSERT INTO contents VALUES ('h', '1')`);
        await connection.queries.query('SELECT 1 / 0').catch(() => undefined);
        await connection.commit();
      });
      expect(await codeOf(work)).toBe('WAYMARK_STORE_FAILED');
      expect(await database.read((queries) => queries.query('SELECT * FROM contents'))).toHaveLength(0);
    });

    it('is refused when the head does not fit the entries, and nothing is written', async () => {
      const store = await open();
      await append(store, 3);
      await askPostgres(`UPDATE ${schema}.log_head SET size = 0, frontier = '[]'`);
      expect(await codeOf(append(store, 1))).toBe('WAYMARK_STORE_CORRUPT');
      expect(await store.auditLog.readRange(0, 10)).toHaveLength(3);
      await askPostgres(`DELETE FROM ${schema}.log_head`);
      expect(await codeOf(append(store, 1))).toBe('WAYMARK_STORE_CORRUPT');
    });

    it('that a statement takes too long for is given up', async () => {
      await using database = new PostgresDatabase(
        postgresOptions({ schema, statementTimeoutMs: 1_000 }),
        timerScheduler,
      );
      await database.open();
      expect(await codeOf(database.read((queries) => queries.query('SELECT pg_sleep(60)')))).toBe(
        'WAYMARK_STORE_LOCKED',
      );
    });
  });

  describe('two stores on one schema', () => {
    it('record an event once that both append', async () => {
      const [one, two] = [await open(), await open()];
      const drafts = makeDrafts(20);
      const appended = await Promise.all(
        [one, two, one, two].map((store) => store.unitOfWork.run((scope) => store.auditLog.append(drafts, scope))),
      );
      for (const entries of appended) expect(entries).toStrictEqual(appended[0]);
      expect(await verifyLog(one.auditLog)).toMatchObject({ verdict: 'ok', size: 20 });
    });

    it('let one of two change an execution that both have read', async () => {
      const stores = [await open(), await open()];
      const [one] = stores as [PostgresStore];
      await one.unitOfWork.run((scope) => one.executions.save(makeSnapshot(), scope));
      const results = await Promise.allSettled(
        stores.map((store) =>
          store.unitOfWork.run((scope) => store.executions.save(makeSnapshot({ version: 1 }), scope)),
        ),
      );
      expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      expect(results.find(({ status }) => status === 'rejected')).toMatchObject({
        reason: { code: 'WAYMARK_VERSION_CONFLICT' },
      });
      expect(await one.executions.find('run-1')).toMatchObject({ version: 2 });
    });
  });

  describe('text', () => {
    it('with a NUL character or half of a surrogate pair is kept in a payload', async () => {
      const store = await open();
      const payload = { text: 'a\u0000b \ud800 \udfff 👩‍👩‍👧 \\u0000 {"x",NULL}' };
      const [entry] = await store.unitOfWork.run((scope) => store.auditLog.append([makeDraft({ payload })], scope));
      const [read] = await store.auditLog.readRange(0, 1);
      expect(read).toStrictEqual(entry);
      expect(JSON.parse(read?.body ?? '')).toMatchObject({ payload });
    });

    it('with a NUL character is refused as a column, by name', async () => {
      const store = await open();
      const draft = makeDraft({ actor: 'a\u0000b' });
      const error = await caughtWaymark(store.unitOfWork.run((scope) => store.auditLog.append([draft], scope)));
      expect(error.code).toBe('WAYMARK_INVALID_ARGUMENT');
      expect(error.hint).toContain('NUL');
    });

    it('is ordered by its code points, whatever the language of the database', async () => {
      const store = await open();
      const ids = ['a', 'B', 'b', 'ä', 'Z', '_'];
      for (const id of ids) await store.unitOfWork.run((scope) => store.executions.save(makeSnapshot({ id }), scope));
      const listed = await store.executions.list({ limit: 10 });
      expect(listed.map(({ id }) => id)).toStrictEqual(['ä', 'b', 'a', '_', 'Z', 'B']);
    });
  });

  describe('migrations', () => {
    it('go down, one by one, to nothing, and up again', async () => {
      await (await open()).close();
      const { host, port, user, password, database } = postgresOptions();
      const dataSource = new DataSource({
        type: 'postgres',
        schema,
        extra: { host, port, user, password, database, options: `-c search_path=${schema}` },
        migrations: [...MIGRATIONS],
      });
      await dataSource.initialize();
      for (const _ of MIGRATIONS) await dataSource.undoLastMigration();
      await dataSource.destroy();
      expect(await tables()).toStrictEqual(['migrations']);

      await append(await open(), 1);
      expect(await tables()).toStrictEqual(STORE_TABLES);
    });

    it('make an index for each way in which the log is asked, in the order of positions', async () => {
      await open();
      const client = await connectToPostgres();
      try {
        await client.query(`SET search_path = ${schema}; SET enable_seqscan = off; SET enable_sort = off`);
        const plan = async (where: string): Promise<string> => {
          const sql = `EXPLAIN (COSTS OFF) SELECT * FROM audit_entries WHERE ${where} ORDER BY position LIMIT 1`;
          return JSON.stringify((await client.query(sql)).rows);
        };
        for (const column of ['execution_id', 'type', 'correlation_id']) {
          expect(await plan(`${column} = 'x'`)).toContain(`audit_entries_by_${column.replace('_id', '')}`);
          expect(await plan(`${column} = 'x'`)).not.toContain('Sort');
        }
      } finally {
        await client.end();
      }
    });
  });
});

function make(options: Partial<PostgresOptions> = {}): PostgresStore {
  const store = new PostgresStore(postgresOptions({ schema, ...options }), timerScheduler);
  stores.push(store);
  return store;
}

async function open(options: Partial<PostgresOptions> = {}): Promise<PostgresStore> {
  const store = make(options);
  await store.open();
  return store;
}

function append(store: PostgresStore, count: number): Promise<readonly StoredEntry[]> {
  return store.unitOfWork.run((scope) => store.auditLog.append(makeDrafts(count), scope));
}

async function tables(): Promise<readonly string[]> {
  const sql = 'SELECT tablename::text FROM pg_tables WHERE schemaname = $1 ORDER BY tablename';
  const rows = (await askPostgres(sql, [schema])) as readonly { readonly tablename: string }[];
  return rows.map(({ tablename }) => tablename);
}
