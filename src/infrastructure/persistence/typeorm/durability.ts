/** How much of what was acknowledged survives what; see {@link Durability}. */
export const DURABILITIES = ['full', 'normal', 'off'] as const;

/**
 * What an append that resolved survives. The end of the process, by whatever means, takes nothing in any of them, and the
 * log stays one without gaps in all but the last on SQLite.
 *
 * - `full`: everything. It is on disk, and on the standbys for which a PostgreSQL server is set to wait.
 * - `normal`: on SQLite a power failure, or a crash of the operating system, may take the last commits. On PostgreSQL it is
 *   on the server's disk, and a failover to a standby may take the last ones.
 * - `off`: on SQLite a power failure may leave a file that can't be read. On PostgreSQL a crash of the server may take the
 *   last commits, those of three times its `wal_writer_delay` (0.6 seconds as it is delivered).
 */
export type Durability = (typeof DURABILITIES)[number];

/** What SQLite's `synchronous` is for each. */
export const SQLITE_SYNCHRONOUS: Readonly<Record<Durability, string>> = { full: 'FULL', normal: 'NORMAL', off: 'OFF' };
