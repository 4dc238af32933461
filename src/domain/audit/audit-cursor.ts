import { InvalidArgumentError } from '../shared/errors.js';
import { sha256Hex } from '../shared/hash.js';
import type { AuditCriteria } from './audit-criteria.js';
import type { AuditOrder } from './audit-query.js';

/** A place between two entries of a reading, and which way to read from there. */
export interface AuditCursor {
  readonly order: AuditOrder;
  /** `next`: what comes after the position in the order; `previous`: what comes before it. */
  readonly direction: 'next' | 'previous';
  /** That of the entry at whose side the place is. */
  readonly position: number;
}

const VERSION = 1;
/** How much of a hash is kept: it tells mistakes from cursors, and is no secret. */
const SHORT = 12;
const PARTS =
  /^(?<version>\d+) (?<order>asc|desc) (?<direction>next|previous) (?<position>-1|\d{1,15}) (?<filter>[0-9a-f]+)$/;

/**
 * A cursor as text, for one filter. Callers keep it and give it back: what is in it is no promise.
 *
 * It names a position, which no append ever changes, so that it leads to the same entries whenever it is used.
 */
export function encodeCursor({ order, direction, position }: AuditCursor, criteria: AuditCriteria): string {
  const content = [VERSION, order, direction, position, fingerprint(criteria)].join(' ');
  return Buffer.from(`${checksum(content)}${content}`).toString('base64url');
}

/**
 * Reads a cursor that was made for this filter.
 *
 * @throws InvalidArgumentError `WAYMARK_INVALID_CURSOR` when it is none, is damaged, or belongs to another filter
 */
export function decodeCursor(text: unknown, criteria: AuditCriteria): AuditCursor {
  const decoded = typeof text === 'string' ? Buffer.from(text, 'base64url').toString() : '';
  const content = decoded.slice(SHORT);
  // Node passes over what is no base64url: what is not exactly what was given out is refused.
  const isWhole = checksum(content) === decoded.slice(0, SHORT) && text === Buffer.from(decoded).toString('base64url');
  const parts = isWhole ? PARTS.exec(content)?.groups : undefined;
  if (parts === undefined) throw invalid('This is no cursor, or not a whole one.');
  const { version, order, direction, position, filter } = parts;
  if (version !== String(VERSION)) throw invalid('The cursor was made by another version of Waymark.');
  if (filter !== fingerprint(criteria)) throw invalid('The cursor belongs to another filter.');
  return { order, direction, position: Number(position) } as AuditCursor;
}

/** Tells filters apart: two that want the same in another order, or as another form of time, are one. */
function fingerprint({ equal, types, families, severities, since, until, text }: AuditCriteria): string {
  const sorted = (list: readonly string[] | undefined): readonly string[] | null =>
    list === undefined ? null : [...new Set(list)].toSorted();
  const columns = Object.entries(equal).toSorted(([a], [b]) => (a < b ? -1 : 1));
  const rest = [since ?? null, until ?? null, text ?? null];
  return checksum(JSON.stringify([columns, sorted(types), sorted(families), sorted(severities), ...rest]));
}

function checksum(text: string): string {
  return sha256Hex(text).slice(0, SHORT);
}

function invalid(message: string): InvalidArgumentError {
  return new InvalidArgumentError(message, {
    code: 'WAYMARK_INVALID_CURSOR',
    hint: 'Give a cursor as it was given out, with the filter that it was given out for, or begin anew without one.',
  });
}
