import { assertKeys, type KeysOf, oneOf, wholeNumber } from '../shared/options.js';
import { MAX_AUDIT_PAGE } from '../shared/page-limits.js';
import { type AuditCriteria, type AuditFilter, toAuditCriteria } from './audit-criteria.js';

/** `asc`: oldest first, by position. */
export type AuditOrder = 'asc' | 'desc';

/** Which part of what was found. */
export interface AuditPage {
  /** Entries beyond this position: above it in ascending order, below it in descending. */
  readonly after?: number;
  /** How many at most: 1 to 10,000; 100 when left out. */
  readonly limit?: number;
  /** `asc` (oldest first) when left out. */
  readonly order?: AuditOrder;
}

/** A filter and a page that were checked: what repositories are given. */
export interface AuditQuery extends AuditCriteria {
  readonly after: number | undefined;
  readonly limit: number;
  readonly order: AuditOrder;
}

const PAGE_KEYS: KeysOf<AuditPage> = { after: true, limit: true, order: true };
const CODE = 'WAYMARK_INVALID_QUERY';
const DEFAULT_LIMIT = 100;

/**
 * Checks a filter and a page. The keys are a closed list: a misspelt one is an error and never finds everything.
 *
 * @throws InvalidArgumentError `WAYMARK_INVALID_QUERY` or `WAYMARK_INVALID_ID`
 */
export function toAuditQuery(filter: AuditFilter = {}, page: AuditPage = {}): AuditQuery {
  assertKeys(page, PAGE_KEYS, 'page option', CODE);
  return {
    ...toAuditCriteria(filter),
    after: toAfter(page.after),
    limit: toLimit(page.limit, 'limit', DEFAULT_LIMIT),
    order: toOrder(page.order),
  };
}

/** @throws InvalidArgumentError `WAYMARK_INVALID_QUERY` */
export function toAfter(after: unknown): number | undefined {
  return after === undefined ? undefined : wholeNumber(after, 'after', -1, undefined, CODE);
}

/** @throws InvalidArgumentError `WAYMARK_INVALID_QUERY` */
export function toLimit(limit: unknown, what: string, whenLeftOut: number): number {
  return limit === undefined ? whenLeftOut : wholeNumber(limit, what, 1, MAX_AUDIT_PAGE, CODE);
}

/** @throws InvalidArgumentError `WAYMARK_INVALID_QUERY` */
export function toOrder(order: unknown = 'asc'): AuditOrder {
  return oneOf(order, ['asc', 'desc'], 'order', CODE);
}
