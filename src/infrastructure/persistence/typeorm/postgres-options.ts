import type { ConnectionOptions as TlsOptions } from 'node:tls';
import type { Durability } from './durability.js';
import type { SslMode } from './postgres-tls.js';

/** Which database, and how to use it. */
export interface PostgresOptions {
  /** A name, an address, or the folder of a socket; `PGHOST` or `localhost` when left out. */
  readonly host?: string;
  /** 5432 when left out. */
  readonly port?: number;
  /** `PGUSER`, or the user of the operating system, when left out. */
  readonly user?: string;
  /** `PGPASSWORD`, or what `~/.pgpass` says, when left out. */
  readonly password?: string;
  /** `PGDATABASE`, or the name of the user, when left out. */
  readonly database?: string;
  /** The schema that holds the store, and nothing else; `waymark` when left out. It is made where there is none. */
  readonly schema?: string;
  /** `rw` (when left out) makes and migrates what is missing; `ro` changes nothing, and every write fails. */
  readonly mode?: 'rw' | 'ro';
  /** Whether a schema without a store is an error. Always with `ro`. */
  readonly mustExist?: boolean;
  /** What an append that resolved survives; `full` when left out. */
  readonly durability?: Durability;
  /** How many connections at most: one that writes, the others read; 10 when left out, 2 at least. */
  readonly poolSize?: number;
  /** How long to try to connect, at first and when a connection is lost, in milliseconds, from 1; 10,000 when left out. */
  readonly connectTimeoutMs?: number;
  /** How long one statement may take, waiting for locks included, in milliseconds; 30,000 when left out, 0 for no limit. */
  readonly statementTimeoutMs?: number;
  /** How long to wait for another process that is writing, in milliseconds; 5,000 when left out, 0 for no limit. */
  readonly lockTimeoutMs?: number;
  /**
   * `true` for a connection that is encrypted to a server whose certificate is checked, `no-verify` for one whose
   * certificate is not; an object as `tls.connect` takes it, for a certificate authority of your own. What
   * `PGSSLMODE` says, or plain text, when left out.
   */
  readonly ssl?: boolean | 'no-verify' | TlsOptions;
  /**
   * The same in PostgreSQL's own words, instead of `ssl`: `require` encrypts (and checks the certificate where
   * `sslrootcert` is given), `verify-ca` checks the certificate, `verify-full` that it is that of the host as well;
   * `disable` is plain text. A server without TLS is an error with all of them but the last.
   */
  readonly sslmode?: SslMode;
  /** With `sslmode`: the path of a file, in PEM, with the authorities to believe; those that Node knows when left out. */
  readonly sslrootcert?: string;
}

/** {@link PostgresOptions} with everything decided but what the driver takes from its environment. */
export interface PostgresSettings extends PostgresOptions {
  readonly schema: string;
  readonly mode: 'rw' | 'ro';
  readonly mustExist: boolean;
  readonly durability: Durability;
  readonly poolSize: number;
  readonly connectTimeoutMs: number;
  readonly statementTimeoutMs: number;
  readonly lockTimeoutMs: number;
  /** How messages call the store. There is no password in it. */
  readonly name: string;
}

/** What is left out is the default. */
export function postgresSettings(options: PostgresOptions): PostgresSettings {
  const schema = options.schema ?? 'waymark';
  return {
    ...options,
    schema,
    mode: options.mode ?? 'rw',
    mustExist: options.mustExist ?? false,
    durability: options.durability ?? 'full',
    poolSize: options.poolSize ?? 10,
    connectTimeoutMs: options.connectTimeoutMs ?? 10_000,
    statementTimeoutMs: options.statementTimeoutMs ?? 30_000,
    lockTimeoutMs: options.lockTimeoutMs ?? 5_000,
    name: nameOf(options, schema),
  };
}

function nameOf({ host, port, user, database }: PostgresOptions, schema: string): string {
  const who = user === undefined ? '' : `${encodeURIComponent(user)}@`;
  const where = host?.includes(':') ? `[${host}]` : (host ?? '').replaceAll('/', '%2F');
  const at = port === undefined ? '' : `:${port}`;
  return `postgres://${who}${where}${at}/${encodeURIComponent(database ?? '')}?schema=${schema}`;
}
