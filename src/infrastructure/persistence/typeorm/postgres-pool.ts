import type { DataSource, QueryRunner } from 'typeorm';
import { entitySchemas } from './entities/index.js';
import { MIGRATIONS } from './migrations/index.js';
import { isUnreachable, postgresDriverMissing } from './postgres-errors.js';
import type { PostgresSettings } from './postgres-options.js';
import { tlsOf } from './postgres-tls.js';
import { type ConnectPatience, retryWhileUnreachable } from './reconnect.js';

/** How many connections there are. */
export interface PoolCounts {
  readonly total: number;
  readonly idle: number;
  readonly max: number;
}

/** PostgreSQL's number of the type `bigint`, which the driver would give as text. */
const INT8 = 20;
/** A process that stands still in the middle of a transaction keeps everybody from writing: the server ends it. */
const IDLE_IN_TRANSACTION_MS = 60_000;
/** How much longer than the server the driver waits for the end of a statement. It never comes over a dead line. */
const LINE_GRACE_MS = 5_000;

/**
 * Connections to one schema: a TypeORM data source, and the pool of `pg` below it.
 *
 * TypeORM and the driver are loaded when the first one is opened: importing Waymark costs neither the time nor the
 * package.
 */
export class PostgresPool {
  readonly dataSource: DataSource;
  readonly #pool: DriverPool;
  readonly #max: number;

  private constructor(dataSource: DataSource, pool: DriverPool, max: number) {
    this.dataSource = dataSource;
    this.#pool = pool;
    this.#max = max;
  }

  /** @throws whatever the driver throws, or a WaymarkError `WAYMARK_DRIVER_MISSING`, `WAYMARK_STORE_UNAVAILABLE` */
  static async open(settings: PostgresSettings, patience: ConnectPatience): Promise<PostgresPool> {
    const driver = await loadDriver();
    return retryWhileUnreachable(() => connect(driver, settings), patience);

    async function connect({ Pool }: Driver, { poolSize }: PostgresSettings): Promise<PostgresPool> {
      let pool: DriverPool | undefined;
      // TypeORM keeps its pool to itself.
      const opened = function open(config: object) {
        pool = new Pool(config);
        return pool;
      };
      const dataSource = await makeDataSource(opened, settings);
      await dataSource.initialize();
      if (pool === undefined) throw new TypeError('TypeORM made no pool');
      return new PostgresPool(dataSource, pool, poolSize);
    }
  }

  get counts(): PoolCounts {
    return { total: this.#pool.totalCount, idle: this.#pool.idleCount, max: this.#max };
  }

  /** A connection, to be given to {@link giveBack}. */
  async take(): Promise<QueryRunner> {
    const queries = this.dataSource.createQueryRunner();
    await queries.connect();
    return queries;
  }

  /** Lets others have a connection. One that failed, or is in an unknown state, is closed instead. */
  async giveBack(queries: QueryRunner, broken: boolean): Promise<void> {
    // TypeORM's own `release` has no way to say so.
    const runner = queries as unknown as { releasePostgresConnection(error?: Error): Promise<void> };
    await runner.releasePostgresConnection(broken ? new Error('The connection is given up.') : undefined);
  }

  /** Does work on a connection of its own. */
  async use<T>(work: (queries: QueryRunner) => Promise<T>): Promise<T> {
    const queries = await this.take();
    let broken = false;
    try {
      return await work(queries);
    } catch (error) {
      broken = isUnreachable(error);
      throw error;
    } finally {
      await this.giveBack(queries, broken);
    }
  }

  async close(): Promise<void> {
    if (this.dataSource.isInitialized) await this.dataSource.destroy();
  }
}

/** The part of the driver that is used. */
interface DriverPool {
  readonly totalCount: number;
  readonly idleCount: number;
}
interface Driver {
  readonly Pool: new (config: object) => DriverPool;
  readonly getTypeParser: (type: number, format?: 'text' | 'binary') => unknown;
}

async function makeDataSource(Pool: unknown, settings: PostgresSettings): Promise<DataSource> {
  const { DataSource, EntitySchema } = await import('typeorm');
  const { getTypeParser } = await loadDriver();
  return new DataSource({
    type: 'postgres',
    // Without its compiled sibling (pg-native), which TypeORM would prefer where it is installed.
    driver: { Pool },
    ...given({
      host: settings.host,
      port: settings.port,
      username: settings.user,
      password: settings.password,
      database: settings.database,
    }),
    schema: settings.schema,
    poolSize: settings.poolSize,
    connectTimeoutMS: settings.connectTimeoutMs,
    applicationName: 'waymark',
    // A connection that ends while nobody uses it is replaced when somebody needs one. Unheard, it would end the
    // process.
    poolErrorHandler: () => undefined,
    installExtensions: false,
    extra: {
      ...given({ ssl: tlsOf(settings) }),
      options: serverSettings(settings),
      statement_timeout: settings.statementTimeoutMs,
      lock_timeout: settings.lockTimeoutMs,
      idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MS,
      ...(settings.statementTimeoutMs === 0 ? {} : { query_timeout: settings.statementTimeoutMs + LINE_GRACE_MS }),
      keepAlive: true,
      // Positions and sizes are numbers, up to 2⁵³.
      types: {
        getTypeParser: (type: number, format?: 'text' | 'binary') =>
          type === INT8 && format !== 'binary' ? Number : getTypeParser(type, format),
      },
    },
    entities: [...entitySchemas(EntitySchema)],
    migrations: [...MIGRATIONS],
    synchronize: false,
    logging: false,
  });
}

function serverSettings({ schema, mode }: PostgresSettings): string {
  return `-c search_path=${schema}${mode === 'ro' ? ' -c default_transaction_read_only=on' : ''}`;
}

async function loadDriver(): Promise<Driver> {
  try {
    const { default: pg } = await import('pg');
    return { Pool: pg.Pool, getTypeParser: pg.types.getTypeParser as Driver['getTypeParser'] };
  } catch (error) {
    throw postgresDriverMissing(error);
  }
}

/** Without the keys that have no value: the driver looks at its environment for those. */
function given<T extends object>(options: T): { [Key in keyof T]?: Exclude<T[Key], undefined> } {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as {
    [Key in keyof T]?: Exclude<T[Key], undefined>;
  };
}
