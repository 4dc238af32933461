import { EVENT_CATEGORIES, type EventCategory } from '../events/event-category.js';
import { assertStream } from '../events/event-context.js';
import { InvalidArgumentError } from '../shared/errors.js';
import { assertIdentifier } from '../shared/identifiers.js';
import { assertKeys, type KeysOf, oneOf } from '../shared/options.js';
import type { StoredEntry } from './audit-entry.js';
import { OUTCOMES, type Outcome, SEVERITIES, type Severity, severitiesFrom } from './severity.js';

/** What entries to find. Everything that is given must hold. */
export interface AuditFilter {
  readonly eventId?: string;
  readonly executionId?: string;
  readonly stream?: string;
  /** Event types (`node.completed`) and families (`node.*`); one of them must match. */
  readonly types?: readonly string[];
  /** Exactly these. With `minSeverity`, both must hold. */
  readonly severities?: readonly Severity[];
  readonly minSeverity?: Severity;
  readonly outcome?: Outcome;
  readonly category?: EventCategory;
  readonly correlationId?: string;
  readonly actor?: string;
  /** The earliest `occurredAt`, inclusive. ISO 8601 or a Date. */
  readonly since?: string | Date;
  /** The latest `occurredAt`, exclusive. ISO 8601 or a Date. */
  readonly until?: string | Date;
  /**
   * What the entry's stored text must contain, anywhere in it: in the payload, in the message, in a key. Letter by
   * letter, and case counts. Up to 1,000 characters. No index helps: what the rest of the filter leaves is read.
   */
  readonly text?: string;
}

/** A filter that was checked: what repositories are given. Everything in it must hold. */
export interface AuditCriteria {
  /** Columns that must equal a value. */
  readonly equal: Readonly<
    Partial<Record<'eventId' | 'executionId' | 'stream' | 'outcome' | 'category' | 'correlationId' | 'actor', string>>
  >;
  /** Exact types; with `families`, one of either must match. Empty: any. */
  readonly types: readonly string[];
  /** Prefixes of types, with the closing dot: `node.`. */
  readonly families: readonly string[];
  /** The severities that are wanted, none perhaps; `undefined`: any. */
  readonly severities: readonly Severity[] | undefined;
  readonly since: string | undefined;
  readonly until: string | undefined;
  /** What the stored text must contain, escaped as it is there: a line break is a backslash and an `n`. */
  readonly text: string | undefined;
}

const FILTER_KEYS: KeysOf<AuditFilter> = {
  eventId: true,
  executionId: true,
  stream: true,
  types: true,
  severities: true,
  minSeverity: true,
  outcome: true,
  category: true,
  correlationId: true,
  actor: true,
  since: true,
  until: true,
  text: true,
};
const IDENTIFIERS = ['eventId', 'executionId', 'correlationId', 'actor'] as const;
const CODE = 'WAYMARK_INVALID_QUERY';
const TYPE_OR_FAMILY = /^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*(\.\*)?$/;
const ISO_8601 = /^\d{4}-\d{2}(-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2}))?)?$/;
const MAX_TEXT = 1_000;

/**
 * Checks a filter. The keys are a closed list: a misspelt one is an error and never finds everything.
 *
 * @throws InvalidArgumentError `WAYMARK_INVALID_QUERY` or `WAYMARK_INVALID_ID`
 */
export function toAuditCriteria(filter: AuditFilter = {}): AuditCriteria {
  assertKeys(filter, FILTER_KEYS, 'filter', CODE);
  const types = typesOf(filter.types);
  return {
    equal: equalOf(filter),
    types: types.filter((type) => !type.endsWith('.*')),
    families: types.filter((type) => type.endsWith('.*')).map((type) => type.slice(0, -1)),
    severities: severitiesOf(filter),
    since: instant(filter.since, 'since'),
    until: instant(filter.until, 'until'),
    text: needle(filter.text),
  };
}

/** Whether an entry is wanted. What a store does in SQL, in plain words. */
export function matchesAuditCriteria(
  criteria: AuditCriteria,
  { body, columns }: Pick<StoredEntry, 'body' | 'columns'>,
): boolean {
  for (const [key, value] of Object.entries(criteria.equal)) {
    if (columns[key as keyof AuditCriteria['equal']] !== value) return false;
  }
  const { types, families, severities, since, until, text } = criteria;
  if (types.length + families.length > 0) {
    const matches = types.includes(columns.type) || families.some((family) => columns.type.startsWith(family));
    if (!matches) return false;
  }
  if (severities !== undefined && !severities.includes(columns.severity)) return false;
  if (since !== undefined && columns.occurredAt < since) return false;
  if (until !== undefined && columns.occurredAt >= until) return false;
  return text === undefined || body.includes(text);
}

function equalOf(filter: AuditFilter): AuditCriteria['equal'] {
  const equal: Record<string, string> = {};
  for (const key of IDENTIFIERS) {
    const value = filter[key];
    if (value === undefined) continue;
    assertIdentifier(value, key);
    equal[key] = value;
  }
  if (filter.stream !== undefined) {
    assertStream(filter.stream);
    equal['stream'] = filter.stream;
  }
  if (filter.outcome !== undefined) equal['outcome'] = oneOf(filter.outcome, OUTCOMES, 'outcome', CODE);
  if (filter.category !== undefined) equal['category'] = oneOf(filter.category, EVENT_CATEGORIES, 'category', CODE);
  return equal;
}

function typesOf(wanted: unknown = []): readonly string[] {
  // The callers of JavaScript are not held to the type.
  if (!Array.isArray(wanted)) throw invalid('types must be a list: ["node.*"].');
  for (const type of wanted as readonly unknown[]) {
    if (typeof type !== 'string' || !TYPE_OR_FAMILY.test(type)) {
      throw invalid(`${JSON.stringify(type)} is neither an event type (node.completed) nor a family (node.*).`);
    }
  }
  return wanted as readonly string[];
}

function severitiesOf({ severities, minSeverity }: AuditFilter): readonly Severity[] | undefined {
  const above =
    minSeverity === undefined ? undefined : severitiesFrom(oneOf(minSeverity, SEVERITIES, 'minSeverity', CODE));
  if (severities === undefined) return above;
  // An empty list could mean all of them or none: nobody can tell which was meant.
  if (!Array.isArray(severities) || severities.length === 0) {
    throw invalid('severities must be a list that is not empty: ["warning", "error"].');
  }
  const wanted = new Set(Array.from(severities, (severity) => oneOf(severity, SEVERITIES, 'severity', CODE)));
  return (above ?? SEVERITIES).filter((severity) => wanted.has(severity));
}

function needle(text: unknown): string | undefined {
  if (text === undefined) return undefined;
  if (typeof text !== 'string' || text === '' || text.length > MAX_TEXT) {
    throw invalid(`text must have 1 to ${MAX_TEXT.toLocaleString('en')} characters.`);
  }
  // The stored text was made by JSON.stringify, which writes a character in one way only.
  return JSON.stringify(text).slice(1, -1);
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
