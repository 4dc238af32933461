import {
  type AuditLogRepository,
  type EntryDraft,
  extendTiles,
  InMemoryAuditLogRepository,
  leafHash,
  type LogHead,
  MerkleFrontier,
  type SealRepository,
  type StoredEntry,
  type StoredLeaf,
  type StoredSeal,
  type StoredTile,
} from '../../src/index.js';
import { toLogHead } from '../../src/domain/audit/integrity/log-head.js';
import { InMemorySealRepository } from '../../src/infrastructure/persistence/in-memory/in-memory-seal.repository.js';

/** A row as it lies in a table. */
export type Row = Record<string, string | number | null>;

/** The tables that the log consists of. */
export type Table = 'audit_entries' | 'log_head' | 'audit_tiles' | 'audit_seals';

/** What somebody does who has access to the store: reads a table, and writes it as they like. */
export interface Hands {
  read(table: Table): Promise<Row[]>;
  write(table: Table, rows: readonly Row[]): Promise<void>;
}

/** Lays hands on a table. */
export async function alter(hands: Hands, table: Table, change: (rows: Row[]) => Row[] | void): Promise<void> {
  const rows = await hands.read(table);
  await hands.write(table, change(rows) ?? rows);
}

/** Makes leaves, tiles and head fit the texts again, as somebody would who knows how. */
export async function rebuild(hands: Hands, what: { readonly tiles: boolean }): Promise<void> {
  const rows = (await hands.read('audit_entries')).toSorted((a, b) => Number(a['position']) - Number(b['position']));
  const leaves = rows.map((row) => leafHash(String(row['body'])));
  const { frontier, tiles } = extendTiles(MerkleFrontier.EMPTY, leaves);
  await hands.write(
    'audit_entries',
    rows.map((row, index) => ({ ...row, leaf_hash: leaves[index]!.toString('hex') })),
  );
  const root_hash = frontier.root().toString('hex');
  await hands.write('log_head', [
    { id: 1, size: frontier.size, root_hash, frontier: JSON.stringify(frontier.hashes()) },
  ]);
  if (!what.tiles) return;
  await hands.write(
    'audit_tiles',
    tiles.map((tile) => ({ level: tile.level, idx: tile.index, hash: tile.hash.toString('hex') })),
  );
}

/** Another text at a position, where a deal has another name. */
export function rewritten(row: Row): Row {
  return { ...row, body: String(row['body']).replace('"dealId":"d-', '"dealId":"D-') };
}

/** A log and its seals in memory, which somebody can lay hands on. */
export class MemoryHands implements Hands {
  readonly log = new TamperableLog();
  readonly seals = new TamperableSeals();

  async read(table: Table): Promise<Row[]> {
    switch (table) {
      case 'audit_entries':
        return (await this.log.readRange(0, Number.MAX_SAFE_INTEGER)).map(toEntryRow);
      case 'log_head': {
        const { size, rootHash, frontier } = await this.log.head();
        return [{ id: 1, size, root_hash: rootHash, frontier: JSON.stringify(frontier) }];
      }
      case 'audit_tiles': {
        const levels = await Promise.all([1, 2, 3].map((level) => this.log.readTiles(level, 0, 1e9)));
        return levels.flat().map(({ level, index, hash }) => ({ level, idx: index, hash }));
      }
      case 'audit_seals':
        return (await this.seals.list({ limit: 1e9 })).map(toSealRow);
    }
  }

  write(table: Table, rows: readonly Row[]): Promise<void> {
    switch (table) {
      case 'audit_entries':
        this.log.rows = rows.map(toEntry).toSorted((a, b) => a.position - b.position);
        break;
      case 'log_head':
        this.log.changedHead = rows[0] ?? {};
        break;
      case 'audit_tiles':
        this.log.tiles = rows
          .map(({ level, idx, hash }) => ({ level: Number(level), index: Number(idx), hash: String(hash) }))
          .toSorted((a, b) => a.index - b.index);
        break;
      case 'audit_seals':
        this.seals.rows = rows.map(toSeal).toSorted((a, b) => a.size - b.size);
    }
    return Promise.resolve();
  }
}

/** A log in memory whose rows can be altered. It can be appended to until they are. */
class TamperableLog implements AuditLogRepository {
  readonly #inner = new InMemoryAuditLogRepository();
  rows: readonly StoredEntry[] | undefined;
  tiles: readonly StoredTile[] | undefined;
  changedHead: Row | undefined;

  append(drafts: readonly EntryDraft[], scope: Parameters<AuditLogRepository['append']>[1]) {
    return this.#inner.append(drafts, scope);
  }

  head(): Promise<LogHead> {
    const row = this.changedHead;
    if (row === undefined) return this.#inner.head();
    const { size, root_hash: rootHash, frontier } = row;
    return Promise.resolve().then(() => toLogHead({ size, rootHash, frontier: parsed(frontier) }));
  }

  find(query: Parameters<AuditLogRepository['find']>[0]): Promise<readonly StoredEntry[]> {
    return this.#inner.find(query);
  }

  async findByEventId(eventId: string): Promise<StoredEntry | undefined> {
    return this.rows === undefined
      ? this.#inner.findByEventId(eventId)
      : this.rows.find(({ columns }) => columns.eventId === eventId);
  }

  statistics(...args: Parameters<AuditLogRepository['statistics']>): ReturnType<AuditLogRepository['statistics']> {
    return this.#inner.statistics(...args);
  }

  countStream(stream: string): Promise<number> {
    return this.#inner.countStream(stream);
  }

  async readRange(from: number, limit: number): Promise<readonly StoredEntry[]> {
    if (this.rows === undefined) return this.#inner.readRange(from, limit);
    return this.rows.filter(({ position }) => position >= from).slice(0, limit);
  }

  readLeaves(from: number, limit: number): Promise<readonly StoredLeaf[]> {
    return this.readRange(from, limit);
  }

  async readTiles(level: number, from: number, limit: number): Promise<readonly StoredTile[]> {
    if (this.tiles === undefined) return this.#inner.readTiles(level, from, limit);
    return this.tiles.filter((tile) => tile.level === level && tile.index >= from).slice(0, limit);
  }
}

/** Seals in memory whose rows can be altered. */
class TamperableSeals implements SealRepository {
  readonly #inner = new InMemorySealRepository();
  rows: readonly StoredSeal[] | undefined;

  save(...args: Parameters<SealRepository['save']>): Promise<void> {
    return this.#inner.save(...args);
  }

  async latest(): Promise<StoredSeal | undefined> {
    return (await this.#all()).at(-1);
  }

  async find(id: string): Promise<StoredSeal | undefined> {
    return (await this.#all()).find((seal) => seal.id === id);
  }

  async findBySize(size: number): Promise<StoredSeal | undefined> {
    return (await this.#all()).find((seal) => seal.size === size);
  }

  list(page: Parameters<SealRepository['list']>[0]): Promise<readonly StoredSeal[]> {
    return this.rows === undefined
      ? this.#inner.list(page)
      : Promise.resolve(page.after === undefined ? this.rows : []);
  }

  #all(): Promise<readonly StoredSeal[]> {
    return this.list({ limit: 1e9 });
  }
}

function parsed(text: unknown): unknown {
  try {
    return JSON.parse(String(text)) as unknown;
  } catch {
    return undefined;
  }
}

function toEntryRow({ position, body, leafHash: leaf, columns }: StoredEntry): Row {
  return {
    position,
    event_id: columns.eventId,
    type: columns.type,
    stream: columns.stream,
    execution_id: columns.executionId,
    correlation_id: columns.correlationId,
    actor: columns.actor,
    severity: columns.severity,
    outcome: columns.outcome,
    category: columns.category,
    occurred_at: columns.occurredAt,
    recorded_at: columns.recordedAt,
    body,
    leaf_hash: leaf,
  };
}

function toEntry(row: Row): StoredEntry {
  const columns = {
    eventId: row['event_id'],
    type: row['type'],
    stream: row['stream'],
    executionId: row['execution_id'],
    correlationId: row['correlation_id'],
    actor: row['actor'],
    severity: row['severity'],
    outcome: row['outcome'],
    category: row['category'],
    occurredAt: row['occurred_at'],
    recordedAt: row['recorded_at'],
  } as StoredEntry['columns'];
  const { position, body, leaf_hash: leaf } = row;
  return { position: Number(position), body: String(body), leafHash: String(leaf), columns };
}

function toSealRow({ id, origin, size, rootHash, sealedAt, keyId, note }: StoredSeal): Row {
  return { id, origin, size, root_hash: rootHash, sealed_at: sealedAt, key_id: keyId, note };
}

function toSeal(row: Row): StoredSeal {
  return {
    id: String(row['id']),
    origin: String(row['origin']),
    size: Number(row['size']),
    rootHash: String(row['root_hash']),
    sealedAt: String(row['sealed_at']),
    keyId: String(row['key_id']),
    note: String(row['note']),
  };
}
