import {
  type AuditLogRepository,
  type EntryDraft,
  InMemoryAuditLogRepository,
  type LogHead,
  type StoredEntry,
  type StoredLeaf,
  type StoredTile,
} from '../../src/index.js';

/** A log whose rows and head somebody with access to the store can alter. */
export class TamperedLog implements AuditLogRepository {
  readonly #inner = new InMemoryAuditLogRepository();
  /** What lies in the store; `undefined` until somebody has laid hands on it. */
  rows: StoredEntry[] | undefined;
  changedHead: LogHead | undefined;

  append(...args: Parameters<AuditLogRepository['append']>): Promise<readonly StoredEntry[]> {
    return this.#inner.append(...(args as [readonly EntryDraft[], never]));
  }

  async head(): Promise<LogHead> {
    return this.changedHead ?? (await this.#inner.head());
  }

  find(...args: Parameters<AuditLogRepository['find']>): Promise<readonly StoredEntry[]> {
    return this.#inner.find(...args);
  }

  findByEventId(eventId: string): Promise<StoredEntry | undefined> {
    return this.#inner.findByEventId(eventId);
  }

  statistics(...args: Parameters<AuditLogRepository['statistics']>): ReturnType<AuditLogRepository['statistics']> {
    return this.#inner.statistics(...args);
  }

  countStream(stream: string): Promise<number> {
    return this.#inner.countStream(stream);
  }

  /** As a database does it: by the position that each row states. */
  async readRange(from: number, limit: number): Promise<readonly StoredEntry[]> {
    const rows = this.rows ?? (await this.#inner.readRange(0, Number.MAX_SAFE_INTEGER));
    return rows
      .filter((row) => row.position >= from)
      .toSorted((a, b) => a.position - b.position)
      .slice(0, limit);
  }

  readLeaves(from: number, limit: number): Promise<readonly StoredLeaf[]> {
    return this.readRange(from, limit);
  }

  readTiles(level: number, from: number, limit: number): Promise<readonly StoredTile[]> {
    return this.#inner.readTiles(level, from, limit);
  }

  /** Lays hands on the rows. */
  async alter(change: (rows: StoredEntry[]) => void): Promise<void> {
    this.rows = [...(await this.#inner.readRange(0, Number.MAX_SAFE_INTEGER))];
    change(this.rows);
  }

  /** Lays hands on the head. */
  async alterHead(change: (head: LogHead) => LogHead): Promise<void> {
    this.changedHead = change(await this.#inner.head());
  }
}
