import { assertIdentifier } from '../../domain/shared/identifiers.js';
import {
  assertKeys,
  assertOptional,
  assertOptionalSignal,
  type KeysOf,
  wholeNumber,
} from '../../domain/shared/options.js';
import { MAX_DEAD_LETTER_PAGE } from '../../domain/shared/page-limits.js';
import type { DeadLetterFilter, DeadLetterPage } from './dead-letter.js';
import type { DeadLetterBox } from './dead-letter-box.port.js';

type RedriveOptions = NonNullable<Parameters<DeadLetterBox['redriveAll']>[1]>;

const FILTER_KEYS: KeysOf<DeadLetterFilter> = { handler: true, eventType: true };
const PAGE_KEYS: KeysOf<DeadLetterPage> = { after: true, limit: true };
const REDRIVE_KEYS: KeysOf<RedriveOptions> = { signal: true, onProgress: true };
const DEFAULT_LIMIT = 100;

/**
 * Checks a filter. The keys are a closed list: a misspelt one is an error and never finds everything.
 *
 * @throws InvalidArgumentError `WAYMARK_INVALID_ARGUMENT`
 */
export function toDeadLetterFilter(filter: DeadLetterFilter): DeadLetterFilter {
  assertKeys(filter, FILTER_KEYS, 'filter of dead letters');
  const { handler, eventType } = filter;
  assertOptional(handler, 'string', 'handler');
  assertOptional(eventType, 'string', 'eventType');
  return { ...(handler === undefined ? {} : { handler }), ...(eventType === undefined ? {} : { eventType }) };
}

/** Checks a page. @throws InvalidArgumentError `WAYMARK_INVALID_ARGUMENT` or `WAYMARK_INVALID_ID` */
export function toDeadLetterPage(page: DeadLetterPage): { readonly after: string | undefined; readonly limit: number } {
  assertKeys(page, PAGE_KEYS, 'page option');
  const { after, limit = DEFAULT_LIMIT } = page;
  if (after !== undefined) assertIdentifier(after, 'dead letter id');
  return { after, limit: wholeNumber(limit, 'limit', 1, MAX_DEAD_LETTER_PAGE) };
}

/** Checks how to send letters again. @throws InvalidArgumentError */
export function assertRedriveOptions(options: RedriveOptions): void {
  assertKeys(options, REDRIVE_KEYS, 'redriveAll option');
  assertOptionalSignal(options.signal);
  assertOptional(options.onProgress, 'function', 'onProgress');
}
