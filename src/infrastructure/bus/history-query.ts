import type { BusHistory, HistoryQuery } from '../../application/bus/event-bus.port.js';
import type { DomainEvent } from '../../domain/events/domain-event.js';
import { InvalidArgumentError } from '../../domain/shared/errors.js';
import { assertKeys, type KeysOf, wholeNumber } from '../../domain/shared/options.js';
import type { HistoryRing } from './history-ring.js';
import { compileTopic, type CompiledTopic } from './topic.js';
import { knownType } from './topic-index.js';

const KEYS: KeysOf<HistoryQuery> = {
  topic: true,
  after: true,
  afterPosition: true,
  since: true,
  until: true,
  limit: true,
};

/** @throws InvalidArgumentError for a query that there is not */
export function readHistory(ring: HistoryRing, query: HistoryQuery): BusHistory {
  assertKeys(query, KEYS, 'history option');
  const { topic, after = 0, afterPosition, limit } = query;
  wholeNumber(after, 'sequence number after which to begin', -1);
  if (afterPosition !== undefined) wholeNumber(afterPosition, 'position after which to begin', -1);
  if (limit !== undefined) wholeNumber(limit, 'limit', 0);
  const isWanted = topic === undefined ? undefined : matcherOf(compileTopic(topic));
  const since = timeOf(query.since, 'since');
  const until = timeOf(query.until, 'until');
  const { events, oldest, newest, gap } = ring.read({
    after,
    limit: limit ?? Number.POSITIVE_INFINITY,
    afterPosition,
    matches: (event, position) =>
      (afterPosition === undefined || (position !== undefined && position > afterPosition)) &&
      (since === undefined || Date.parse(event.occurredAt) >= since) &&
      (until === undefined || Date.parse(event.occurredAt) < until) &&
      (isWanted === undefined || isWanted(event)),
  });
  return { events, oldest, newest, gap };
}

/** Asks a topic once for each class of events. */
function matcherOf(topic: CompiledTopic): (event: DomainEvent) => boolean {
  const answers = new Map<string, { readonly eventClass: unknown; readonly isWanted: boolean }>();
  return (event) => {
    const known = answers.get(event.type);
    if (known?.eventClass === event.constructor) return known.isWanted;
    const isWanted = topic.matches(knownType(event));
    answers.set(event.type, { eventClass: event.constructor, isWanted });
    return isWanted;
  };
}

/** Milliseconds since the epoch. */
function timeOf(text: string | undefined, what: string): number | undefined {
  if (text === undefined) return undefined;
  const time = typeof text === 'string' ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(time)) return time;
  throw new InvalidArgumentError(`The time ${what} is ${JSON.stringify(text)}; it must be an ISO 8601 time.`);
}
