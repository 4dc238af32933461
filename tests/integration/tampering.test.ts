import { jest } from '@jest/globals';
import Database from 'better-sqlite3';
import type pg from 'pg';
import { toAuditCriteria } from '../../src/domain/audit/audit-criteria.js';
import { toAuditQuery } from '../../src/domain/audit/audit-query.js';
import { PostgresStore } from '../../src/infrastructure/persistence/typeorm/postgres-store.js';
import { SqliteStore } from '../../src/infrastructure/persistence/typeorm/sqlite-store.js';
import { timerScheduler } from '../../src/infrastructure/runtime/timer-scheduler.js';
import type { Store } from '../../src/index.js';
import { caughtWaymark } from '../support/caught.js';
import { alter, type Hands, type Row, type Table } from '../support/hands.js';
import { makeWorkbench, type Workbench } from '../support/integrity.js';
import { connectToPostgres, describeOnPostgres, dropSchemas, postgresOptions } from '../support/postgres.js';
import { sqliteHands, sqlHands, UNGUARD_POSTGRES } from '../support/sql-hands.js';
import { prepare, TAMPERINGS, told } from '../support/tamper-matrix.js';
import { makeTemporaryFolder } from '../support/temporary-folder.js';

jest.setTimeout(30_000);

const TABLES: readonly Table[] = ['audit_entries', 'log_head', 'audit_tiles', 'audit_seals'];

/** What the tests of a store need: how to open it, to get at it from outside, and to remove it. */
interface Place {
  readonly store: Store;
  readonly hands: Hands;
  remove(): Promise<void>;
}

/** Every way to tamper, on a store whose tables are put back after each. */
function tamperingOn(makePlace: () => Promise<Place>): void {
  let place: Place;
  let bench: Workbench;
  let intact: (readonly [Table, readonly Row[]])[];

  beforeAll(async () => {
    place = await makePlace();
    await place.store.open();
    const { unitOfWork, auditLog: log, seals } = place.store;
    bench = makeWorkbench({ hands: place.hands, unitOfWork, log, seals });
    await prepare(bench);
    intact = [];
    for (const table of TABLES) intact.push([table, await place.hands.read(table)]);
  });

  afterAll(async () => {
    await place.store.close();
    await place.remove();
  });

  it('is intact as long as nobody lays hands on it', async () => {
    expect(await bench.integrity.verify()).toMatchObject({
      verdict: 'ok',
      size: 142,
      checked: 142,
      seals: { count: 2, upTo: 101 },
    });
    expect(await bench.integrity.verify({ mode: { sample: 20 } })).toMatchObject({ verdict: 'ok', checked: 20 });
    expect(await bench.integrity.verify({ mode: { since: 'latest' } })).toMatchObject({ verdict: 'ok', checked: 41 });
  });

  it.each([{ mode: 'full' }, { mode: { since: 'latest' } }, { mode: { sample: 5 } }] as const)(
    'finds an entry before the first one with %j',
    async (options) => {
      try {
        await alter(place.hands, 'audit_entries', (rows) => [{ ...rows[0]!, position: -7, event_id: 'x' }, ...rows]);
        expect(told(await bench.integrity.verify(options))).toStrictEqual(['tampered', -7]);
        const { auditLog } = place.store;
        expect((await auditLog.find(toAuditQuery({}, { limit: 1 })))[0]?.position).toBe(0);
        expect((await auditLog.find(toAuditQuery({}, { order: 'desc', limit: 200 }))).at(-1)?.position).toBe(0);
        expect(await auditLog.statistics(toAuditCriteria({}))).toMatchObject({ total: 142, first: 0 });
        expect(await auditLog.findByEventId('x')).toBeUndefined();
      } finally {
        for (const [table, rows] of intact) await place.hands.write(table, rows);
      }
    },
  );

  it.each(TAMPERINGS.map((tampering) => [tampering.name, tampering] as const))(
    'tells of %s',
    async (_, { tamper, verdict, position, names }) => {
      try {
        await tamper(place.hands);
        const found = await bench.integrity.verify();
        expect(told(found)).toStrictEqual([verdict, position]);
        expect(found.detail).toMatch(names);
      } finally {
        for (const [table, rows] of intact) await place.hands.write(table, rows);
      }
    },
  );
}

describe('a log on SQLite', () => {
  tamperingOn(() => {
    const folder = makeTemporaryFolder();
    const path = folder.file('waymark.db');
    const store = new SqliteStore({ path }, timerScheduler);
    const hands = sqliteHands(path);
    const remove = (): Promise<void> => {
      hands.close();
      return Promise.resolve(folder.remove());
    };
    return Promise.resolve({ store, hands, remove });
  });
});

describe('a store without one of its tables', () => {
  it.each(['audit_entries', 'audit_tiles', 'audit_seals', 'log_head'])(
    'on SQLite says that it is %s',
    async (table) => {
      const folder = makeTemporaryFolder();
      const path = folder.file('waymark.db');
      const store = new SqliteStore({ path }, timerScheduler);
      try {
        await store.open();
        const { unitOfWork, auditLog: log, seals } = store;
        const hands = sqliteHands(path);
        const bench = makeWorkbench({ hands, unitOfWork, log, seals });
        await bench.write(40);
        await bench.integrity.seal();
        const outside = new Database(path);
        outside.exec(`DROP TABLE ${table}`);
        outside.close();
        hands.close();
        const error = await caughtWaymark(() => bench.integrity.verify());
        expect(error.code).toBe('WAYMARK_STORE_CORRUPT');
        expect(error.message).toContain(`its table ${table} is missing`);
      } finally {
        await store.close();
        folder.remove();
      }
    },
  );
});

describeOnPostgres('a log on PostgreSQL', () => {
  tamperingOn(async () => {
    const options = postgresOptions();
    const client: pg.Client = await connectToPostgres();
    await client.query(`SET search_path TO "${options.schema}"`);
    const hands = sqlHands(
      async (sql, parameters) => (await client.query(sql, [...parameters])).rows as Row[],
      UNGUARD_POSTGRES,
    );
    return {
      store: new PostgresStore(options, timerScheduler),
      hands,
      async remove() {
        await client.end();
        await dropSchemas([options.schema]);
      },
    };
  });
});

describeOnPostgres('a store on PostgreSQL without one of its tables', () => {
  it.each(['audit_entries', 'audit_tiles', 'audit_seals', 'log_head'])('says that it is %s', async (table) => {
    const options = postgresOptions();
    const store = new PostgresStore(options, timerScheduler);
    const client = await connectToPostgres();
    try {
      await store.open();
      const { unitOfWork, auditLog: log, seals } = store;
      await client.query(`SET search_path TO "${options.schema}"`);
      const hands = sqlHands(
        async (sql, parameters) => (await client.query(sql, [...parameters])).rows as Row[],
        UNGUARD_POSTGRES,
      );
      const bench = makeWorkbench({ hands, unitOfWork, log, seals });
      await bench.write(40);
      await bench.integrity.seal();
      await client.query(`DROP TABLE ${table}`);
      const error = await caughtWaymark(() => bench.integrity.verify());
      expect(error.code).toBe('WAYMARK_STORE_CORRUPT');
      expect(error.message).toContain(table);
    } finally {
      await client.end();
      await store.close();
      await dropSchemas([options.schema]);
    }
  });
});
