import type { StoredEntry } from '../../../domain/audit/audit-entry.js';
import type { AuditLogRepository } from '../../../domain/audit/audit-log.repository.port.js';
import type { MerkleFrontier } from '../../../domain/audit/integrity/merkle-tree.js';
import type { CheckedPage } from '../../../domain/audit/integrity/page-checkers.port.js';
import { extendTiles } from '../../../domain/audit/integrity/tiles.js';
import type { Verdict } from '../../../domain/audit/integrity/verification.js';
import { nextTurn } from '../../shared/next-turn.js';
import { checkPage, leavesOf } from './check-page.js';
import type { Voucher } from './evidence.js';
import { PagesAhead } from './pages-ahead.js';
import { TileCheck, type WrongTile } from './tile-check.js';

/** What a scan found wrong with the entries. */
export interface ScanFinding {
  readonly verdict: Exclude<Verdict, 'ok'>;
  readonly position: number;
  readonly detail: string;
}

/** What was seen of a page: all of it, or what comes before its first entry that is wrong. */
interface PageLook extends CheckedPage {
  readonly finding?: ScanFinding;
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

/** From how many entries on others are asked to help: making them ready takes about as long as 20,000 entries. */
const WORTH_HELP = 50_000;

/**
 * Reads entries in order, looks at each, and rebuilds the tree over them. It is one tight loop over a page, and gives
 * the event loop its turn between pages. A long log is looked at by others as well, where the store has them: what they
 * find nothing wrong with is not looked at again, and everything else is.
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
    const { size, signal } = this.#options;
    const checkers = size - this.frontier.size < WORTH_HELP ? undefined : this.#log.pageCheckers?.();
    const look = (from: number, count: number): Promise<PageLook> => this.#look(from, count);
    try {
      const finding = await this.#scan(new PagesAhead({ checkers, size, pageSize: PAGE, look, signal }));
      if (finding !== undefined) return finding;
    } finally {
      await checkers?.close();
    }
    await this.#tiles.finish(size);
    return undefined;
  }

  async #scan(pages: PagesAhead<PageLook>): Promise<ScanFinding | undefined> {
    const { size, onProgress, signal } = this.#options;
    while (this.frontier.size < size) {
      signal?.throwIfAborted();
      const page: PageLook = await pages.take(this.frontier.size);
      this.sealed.push(...page.sealed);
      this.cuts.push(...page.cuts);
      await this.#extend(leavesOf(page));
      if (page.finding !== undefined) return page.finding;
      onProgress?.(this.frontier.size, size);
      // Hashing a page is work for the processor: let the rest of the program have its turn between pages.
      await nextTurn();
    }
    return undefined;
  }

  /** Looks at a page on this thread. */
  async #look(from: number, count: number): Promise<PageLook> {
    const { size } = this.#options;
    const rows = await this.#log.readRange(from, count);
    const { problem, ...page } = checkPage(rows, from);
    if (rows.length === 0) return { ...page, finding: tailMissing(size, from) };
    if (problem === undefined) return page;
    if ('found' in problem) return { ...page, finding: this.#gap(problem.position, problem.found) };
    return { ...page, finding: { verdict: 'tampered', ...problem } };
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
