import { EVENT_CATEGORIES, type EventCategory } from '../events/event-category.js';
import { assertStream } from '../events/event-context.js';
import { InvalidArgumentError } from '../shared/errors.js';
import { assertIdentifier } from '../shared/identifiers.js';
import { assertKeys, type KeysOf, oneOf, wholeNumber } from '../shared/options.js';
import { MAX_AUDIT_PAGE } from '../shared/page-limits.js';
import type { EntryColumns } from './audit-entry.js';
import { OUTCOMES, type Outcome, SEVERITIES, type Severity, severitiesFrom } from './severity.js';

/** What entries to find. Everything that is given must hold. */
export interface AuditFilter {
  readonly executionId?: string;
  readonly stream?: string;
  /** Event types (`node.completed`) and families (`node.*`); one of them must match. */
  readonly types?: readonly string[];
  readonly minSeverity?: Severity;
  readonly outcome?: Outcome;
  readonly category?: EventCategory;
  readonly correlationId?: string;
  readonly actor?: string;
  /** The earliest `occurredAt`, inclusive. ISO 8601 or a Date. */
  readonly since?: string | Date;
  /** The latest `occurredAt`, exclusive. ISO 8601 or a Date. */
  readonly until?: string | Date;
}

/** Which part of what was found. */
export interface AuditPage {
  /** Entries beyond this position: above it in ascending order, below it in descending. */
  readonly after?: number;
  /** How many at most: 1 to 10,000; 100 when left out. */
  readonly limit?: number;
  /** `asc` (oldest first) when left out. */
  readonly order?: 'asc' | 'desc';
}

/** A filter and a page that were checked: what repositories are given. */
export interface AuditQuery {
  /** Columns that must equal a value. */
  readonly equal: Readonly<
    Partial<Record<'executionId' | 'stream' | 'outcome' | 'category' | 'correlationId' | 'actor', string>>
  >;
  /** Exact types; with `families`, one of either must match. Empty: any. */
  readonly types: readonly string[];
  /** Prefixes of types, with the closing dot: `node.`. */
  readonly families: readonly string[];
  /** The severities that are wanted; `undefined`: any. */
  readonly severities: readonly Severity[] | undefined;
  readonly since: string | undefined;
  readonly until: string | undefined;
  readonly after: number | undefined;
  readonly limit: number;
  readonly order: 'asc' | 'desc';
}

const FILTER_KEYS: KeysOf<AuditFilter> = {
  executionId: true,
  stream: true,
  types: true,
  minSeverity: true,
  outcome: true,
  category: true,
  correlationId: true,
  actor: true,
  since: true,
  until: true,
};
const PAGE_KEYS: KeysOf<AuditPage> = { after: true, limit: true, order: true };
const CODE = 'WAYMARK_INVALID_QUERY';
const TYPE_OR_FAMILY = /^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*(\.\*)?$/;
const ISO_8601 = /^\d{4}-\d{2}(-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2}))?)?$/;
const DEFAULT_LIMIT = 100;

/** How many entries a page has at most. */

/**
 * Checks a filter and a page. The keys are a closed list: a misspelt one is an error and never finds everything.
 *
 * @throws InvalidArgumentError `WAYMARK_INVALID_QUERY` or `WAYMARK_INVALID_ID`
 */
export function toAuditQuery(filter: AuditFilter = {}, page: AuditPage = {}): AuditQuery {
  assertKeys(filter, FILTER_KEYS, 'filter', CODE);
  assertKeys(page, PAGE_KEYS, 'page option', CODE);
  const equal: Record<string, string> = {};
  for (const key of ['executionId', 'stream', 'correlationId', 'actor'] as const) {
    const value = filter[key];
    if (value === undefined) continue;
    if (key === 'stream') assertStream(value);
    else assertIdentifier(value, key);
    equal[key] = value;
  }
  if (filter.outcome !== undefined) equal['outcome'] = oneOf(filter.outcome, OUTCOMES, 'outcome', CODE);
  if (filter.category !== undefined) equal['category'] = oneOf(filter.category, EVENT_CATEGORIES, 'category', CODE);
  const wanted: readonly string[] = filter.types ?? [];
  // The callers of JavaScript are not held to the type.
  if (!isList(wanted)) throw invalid('types must be a list: ["node.*"].');
  for (const type of wanted) {
    if (typeof type !== 'string' || !TYPE_OR_FAMILY.test(type)) {
      throw invalid(`${JSON.stringify(type)} is neither an event type (node.completed) nor a family (node.*).`);
    }
  }
  return {
    equal,
    types: wanted.filter((type) => !type.endsWith('.*')),
    families: wanted.filter((type) => type.endsWith('.*')).map((type) => type.slice(0, -1)),
    severities:
      filter.minSeverity === undefined
        ? undefined
        : severitiesFrom(oneOf(filter.minSeverity, SEVERITIES, 'minSeverity', CODE)),
    since: instant(filter.since, 'since'),
    until: instant(filter.until, 'until'),
    after: page.after === undefined ? undefined : wholeNumber(page.after, 'after', -1, undefined, CODE),
    limit: page.limit === undefined ? DEFAULT_LIMIT : wholeNumber(page.limit, 'limit', 1, MAX_AUDIT_PAGE, CODE),
    order: oneOf(page.order ?? 'asc', ['asc', 'desc'], 'order', CODE),
  };
}

/** Whether an entry is wanted, apart from its place in the page. What a store does in SQL, in plain words. */
export function matchesAuditQuery(query: AuditQuery, columns: EntryColumns): boolean {
  for (const [key, value] of Object.entries(query.equal)) {
    if (columns[key as keyof EntryColumns] !== value) return false;
  }
  if (query.types.length + query.families.length > 0) {
    const matches =
      query.types.includes(columns.type) || query.families.some((family) => columns.type.startsWith(family));
    if (!matches) return false;
  }
  if (query.severities !== undefined && !query.severities.includes(columns.severity)) return false;
  if (query.since !== undefined && columns.occurredAt < query.since) return false;
  return query.until === undefined || columns.occurredAt < query.until;
}

function isList(value: unknown): boolean {
  return Array.isArray(value);
}

function instant(value: string | Date | undefined, what: string): string | undefined {
  if (value === undefined) return undefined;
  // What else Date takes (`7`, `March 7`) it reads as local time, or as a year: nobody means that.
  const isIso = value instanceof Date || (typeof value === 'string' && ISO_8601.test(value));
  const time = new Date(isIso ? value : Number.NaN);
  if (Number.isNaN(time.getTime())) {
    throw invalid(`${what} is not a time: give ISO 8601, such as 2026-01-31 or 2026-01-31T12:00:00Z.`);
  }
  return time.toISOString();
}

function invalid(message: string): InvalidArgumentError {
  return new InvalidArgumentError(message, { code: CODE });
}
