import type { EntryBody, EntryColumns, StoredEntry } from '../../domain/audit/audit-entry.js';
import type { AuditLogRepository } from '../../domain/audit/audit-log.repository.port.js';
import { columnsOf, parseEntryBody } from '../../domain/audit/entry-codec.js';
import { DamagedHeadError, type LogHead } from '../../domain/audit/integrity/log-head.js';
import { leafHash, MerkleFrontier } from '../../domain/audit/integrity/merkle-tree.js';
import type { Verdict, Verification } from '../../domain/audit/integrity/verification.js';
import { WaymarkError } from '../../domain/shared/errors.js';
import { nextTurn } from '../shared/next-turn.js';

/** How to verify. */
export interface VerifyOptions {
  /** Told after each page how many entries were looked at, of how many. */
  readonly onProgress?: (checked: number, size: number) => void;
  /** Stops it: the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

const PAGE = 1_000;

/**
 * Reads the whole log and rebuilds its Merkle tree from the stored text.
 *
 * Every row must be at its position, its text must hash to its leaf, its columns must say what the text says, and the
 * tree must have the root that the head states; a head that is missing or is none is tampered with. Reads the head
 * first: what is appended meanwhile is not looked at.
 */
export async function verifyLog(repository: AuditLogRepository, options: VerifyOptions = {}): Promise<Verification> {
  let head: LogHead;
  try {
    head = await repository.head();
  } catch (error) {
    if (!(error instanceof DamagedHeadError)) throw error;
    return { verdict: 'tampered', size: 0, rootHash: '', checked: 0, detail: `the head is damaged: ${error.problem}` };
  }
  let frontier = MerkleFrontier.EMPTY;
  const finding = (verdict: Verdict, position: number | undefined, detail: string): Verification => ({
    verdict,
    size: head.size,
    rootHash: head.rootHash,
    checked: frontier.size,
    ...(position === undefined ? {} : { position }),
    detail,
  });

  while (frontier.size < head.size) {
    options.signal?.throwIfAborted();
    const rows = await repository.readRange(frontier.size, Math.min(PAGE, head.size - frontier.size));
    if (rows.length === 0) {
      return finding(
        'tail-truncated',
        frontier.size,
        `the head counts ${head.size} entries, and ${frontier.size} are there`,
      );
    }
    const leaves: Buffer[] = [];
    for (const row of rows) {
      const expected = frontier.size + leaves.length;
      if (row.position !== expected) {
        frontier = frontier.appendAll(leaves);
        if (row.position >= head.size) {
          return finding('tail-truncated', expected, `the head counts ${head.size} entries, and ${expected} are there`);
        }
        return expected === 0
          ? finding('front-truncated', 0, `the log begins at position ${row.position}`)
          : finding('tampered', expected, `the entry at position ${expected} is missing`);
      }
      const leaf = leafHash(row.body);
      const problem = rowProblem(row, leaf);
      if (problem !== undefined) {
        frontier = frontier.appendAll(leaves);
        return finding('tampered', row.position, problem);
      }
      leaves.push(leaf);
    }
    frontier = frontier.appendAll(leaves);
    options.onProgress?.(frontier.size, head.size);
    // Hashing a page is work for the processor: let the rest of the program have its turn between pages.
    await nextTurn();
  }
  const [beyond] = await repository.readRange(head.size, 1);
  if (beyond !== undefined && (await repository.head()).size === head.size) {
    return finding(
      'tampered',
      head.size,
      `there is an entry at position ${beyond.position}, beyond what the head counts`,
    );
  }
  const mismatch = headMismatch(head, frontier);
  if (mismatch !== undefined) return finding('tampered', mismatch.position, mismatch.detail);
  return { verdict: 'ok', size: head.size, rootHash: head.rootHash, checked: frontier.size };
}

function rowProblem(row: StoredEntry, leaf: Buffer): string | undefined {
  if (leaf.toString('hex') !== row.leafHash) return 'its text does not hash to its leaf';
  let body: EntryBody;
  try {
    body = parseEntryBody(row.body, row.position);
  } catch (error) {
    if (WaymarkError.is(error, 'WAYMARK_LOG_CORRUPT')) return 'its text is not an entry';
    throw error;
  }
  if (body.position !== row.position) return `its text says position ${body.position}`;
  const stated = columnsOf(body);
  for (const key of Object.keys(stated) as (keyof EntryColumns)[]) {
    if (stated[key] !== row.columns[key]) return `its column ${key} does not say what its text says`;
  }
  return undefined;
}

function headMismatch(
  head: LogHead,
  rebuilt: MerkleFrontier,
): { position: number | undefined; detail: string } | undefined {
  const hashes = rebuilt.hashes();
  const wrong = hashes.findIndex((hash, index) => hash !== head.frontier[index]);
  const range = wrong === -1 ? undefined : rebuilt.ranges()[wrong];
  if (range !== undefined) {
    return {
      position: range.from,
      detail: `entries ${range.from} to ${range.from + range.size - 1} are consistent with each other and are not what was recorded`,
    };
  }
  if (rebuilt.root().toString('hex') === head.rootHash && hashes.length === head.frontier.length) return undefined;
  return { position: undefined, detail: 'the entries are intact, and the head does not state their root' };
}
