import type { StoredEntry } from '../../../domain/audit/audit-entry.js';
import type { AuditLogRepository } from '../../../domain/audit/audit-log.repository.port.js';
import { leafHash, type MerkleFrontier } from '../../../domain/audit/integrity/merkle-tree.js';
import { extendTiles } from '../../../domain/audit/integrity/tiles.js';
import type { Verdict } from '../../../domain/audit/integrity/verification.js';
import { nextTurn } from '../../shared/next-turn.js';
import type { Voucher } from './evidence.js';
import { rowProblem } from './row-problem.js';
import { TileCheck, type WrongTile } from './tile-check.js';

/** What a scan found wrong with the entries. */
export interface ScanFinding {
  readonly verdict: Exclude<Verdict, 'ok'>;
  readonly position: number;
  readonly detail: string;
}

/** The first seal that the log contradicts, and the size up to which it is what was sealed. */
export interface Contradiction {
  readonly voucher: Voucher;
  readonly agreedUpTo: number;
}

/** How to scan. */
export interface ScanOptions {
  /** The tree before the first entry that is looked at. */
  readonly from: MerkleFrontier;
  /** Entries that the head counts. */
  readonly size: number;
  /** From `from.size` on, those that cover less first. */
  readonly vouchers: readonly Voucher[];
  readonly onProgress?: (checked: number, size: number) => void;
  readonly signal?: AbortSignal;
}

const PAGE = 1_000;

/**
 * Reads entries in order, looks at each, and rebuilds the tree over them. It is one tight loop over a page, and gives
 * the event loop its turn between pages.
 */
export class LogScan {
  readonly #log: AuditLogRepository;
  readonly #options: ScanOptions;
  readonly #tiles: TileCheck;
  #next = 0;
  #agreedUpTo = 0;
  /** The tree over what was found intact. */
  frontier: MerkleFrontier;
  contradiction: Contradiction | undefined;
  /** How many seals that are believed the log agrees with, and the largest of them. */
  believed = 0;
  believedUpTo = 0;
  /** The events that tell of seals: position and entry. */
  readonly sealed: StoredEntry[] = [];
  /** The events that tell of cuts. */
  readonly cuts: StoredEntry[] = [];

  constructor(log: AuditLogRepository, options: ScanOptions) {
    this.#log = log;
    this.#options = options;
    this.#tiles = new TileCheck(log);
    this.frontier = options.from;
    this.#hold();
  }

  /** The first tile in the store that is not what the entries make it. */
  get wrongTile(): WrongTile | undefined {
    return this.#tiles.wrong;
  }

  /** Scans to the end, or to the first entry that is wrong. */
  async run(): Promise<ScanFinding | undefined> {
    const { size, onProgress, signal } = this.#options;
    while (this.frontier.size < size) {
      signal?.throwIfAborted();
      const rows = await this.#log.readRange(this.frontier.size, Math.min(PAGE, size - this.frontier.size));
      const { leaves, finding } = this.#look(rows);
      await this.#extend(leaves);
      if (finding !== undefined) return finding;
      onProgress?.(this.frontier.size, size);
      // Hashing a page is work for the processor: let the rest of the program have its turn between pages.
      await nextTurn();
    }
    await this.#tiles.finish(size);
    return undefined;
  }

  #look(rows: readonly StoredEntry[]): { readonly leaves: readonly Buffer[]; readonly finding?: ScanFinding } {
    const { size } = this.frontier;
    const leaves: Buffer[] = [];
    if (rows.length === 0) return { leaves, finding: tailMissing(this.#options.size, size) };
    for (const row of rows) {
      const expected = size + leaves.length;
      if (row.position !== expected) return { leaves, finding: this.#gap(expected, row.position) };
      const leaf = leafHash(row.body);
      const problem = rowProblem(row, leaf);
      if (problem !== undefined) {
        return { leaves, finding: { verdict: 'tampered', position: expected, detail: problem } };
      }
      if (row.columns.type === 'audit.sealed') this.sealed.push(row);
      if (row.columns.type === 'audit.retention_applied') this.cuts.push(row);
      leaves.push(leaf);
    }
    return { leaves };
  }

  #gap(expected: number, found: number): ScanFinding {
    if (found >= this.#options.size) return tailMissing(this.#options.size, expected);
    return expected === 0
      ? { verdict: 'front-truncated', position: 0, detail: `the log begins at position ${found}` }
      : { verdict: 'tampered', position: expected, detail: `the entry at position ${expected} is missing` };
  }

  /** Extends the tree, and stops at the size of each seal to hold the log to it. */
  async #extend(leaves: readonly Buffer[]): Promise<void> {
    const start = this.frontier.size;
    let done = 0;
    while (done < leaves.length) {
      const next = this.#options.vouchers[this.#next]?.size ?? Number.POSITIVE_INFINITY;
      const part = leaves.slice(done, Math.min(leaves.length, next - start));
      const { frontier, tiles } = extendTiles(this.frontier, part);
      this.frontier = frontier;
      done += part.length;
      await this.#tiles.take(tiles);
      this.#hold();
    }
  }

  /** Holds the log to the seals of its present size. */
  #hold(): void {
    const { vouchers } = this.#options;
    for (; vouchers[this.#next]?.size === this.frontier.size; this.#next += 1) {
      const voucher = vouchers[this.#next] as Voucher;
      if (this.frontier.root().toString('hex') !== voucher.rootHash) {
        this.contradiction ??= { voucher, agreedUpTo: this.#agreedUpTo };
      } else if (this.contradiction === undefined) {
        this.#agreedUpTo = voucher.size;
        if (!voucher.isBelieved) continue;
        this.believed += 1;
        this.believedUpTo = voucher.size;
      }
    }
  }
}

/** The last entries are not there. */
export function tailMissing(size: number, there: number): ScanFinding {
  const detail = `the head counts ${size} entries, and ${there} are there`;
  return { verdict: 'tail-truncated', position: there, detail };
}
