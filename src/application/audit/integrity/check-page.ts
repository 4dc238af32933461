import type { StoredEntry } from '../../../domain/audit/audit-entry.js';
import { leafHashHex } from '../../../domain/audit/integrity/merkle-tree.js';
import type { CheckedPage } from '../../../domain/audit/integrity/page-checkers.port.js';
import { rowProblem } from './row-problem.js';

/** The first entry of a page that is wrong. */
export type PageProblem =
  /** Another entry is where one should be. */
  | { readonly position: number; readonly found: number }
  /** It is there, and not what was recorded. */
  | { readonly position: number; readonly detail: string };

/** A page up to its first entry that is wrong. */
export interface PageCheck extends CheckedPage {
  readonly problem?: PageProblem;
}

const HASH_BYTES = 32;

/**
 * Looks at each of some rows by itself: that it is at its position, that its text hashes to its leaf, and that its
 * columns say what the text says.
 *
 * @param from the position that the first one should have
 */
export function checkPage(rows: readonly StoredEntry[], from: number): PageCheck {
  // Not from the pool of small buffers: it is handed to another thread as a whole.
  const leaves = Buffer.allocUnsafeSlow(rows.length * HASH_BYTES);
  const sealed: StoredEntry[] = [];
  const cuts: StoredEntry[] = [];
  let checked = 0;
  const result = (problem?: PageProblem): PageCheck => ({
    leaves: leaves.subarray(0, checked * HASH_BYTES),
    sealed,
    cuts,
    ...(problem === undefined ? {} : { problem }),
  });
  for (const row of rows) {
    const position = from + checked;
    if (row.position !== position) return result({ position, found: row.position });
    // Compared as the text that is stored, and turned into bytes only once: that is half of what hashing takes.
    const leaf = leafHashHex(row.body);
    const detail = rowProblem(row, leaf);
    if (detail !== undefined) return result({ position, detail });
    if (row.columns.type === 'audit.sealed') sealed.push(row);
    if (row.columns.type === 'audit.retention_applied') cuts.push(row);
    leaves.write(leaf, checked * HASH_BYTES, 'hex');
    checked += 1;
  }
  return result();
}

/** The leaf hashes of a page, each by itself. They share its memory. */
export function leavesOf({ leaves }: Pick<CheckedPage, 'leaves'>): readonly Buffer[] {
  const { buffer, byteOffset, length } = leaves;
  return Array.from({ length: length / HASH_BYTES }, (_, index) =>
    Buffer.from(buffer, byteOffset + index * HASH_BYTES, HASH_BYTES),
  );
}
