import type { Topic } from '../../application/bus/topic.js';
import type { DomainEvent } from '../../domain/events/domain-event.js';
import {
  OVERFLOW_POLICIES,
  type AsyncSubscribeOptions,
  type BatchSubscribeOptions,
  type OverflowPolicy,
  type RetryPolicy,
  type SubscribeOptions,
  type SubscriptionMode,
} from '../../application/bus/subscription.js';
import { InvalidArgumentError, WaymarkError } from '../../domain/shared/errors.js';
import {
  assertKeys,
  assertOptional,
  assertOptionalSignal,
  type KeysOf,
  oneOf,
  wholeNumber,
} from '../../domain/shared/options.js';
import { compileTopic, type CompiledTopic } from './topic.js';

/** How a handler listens, checked and complete. */
export interface SubscriptionPlan {
  readonly topic: CompiledTopic;
  readonly handler: (...given: never[]) => unknown;
  readonly name: string;
  readonly mode: SubscriptionMode;
  readonly filter: ((event: DomainEvent) => boolean) | undefined;
  readonly map: ((event: DomainEvent) => unknown) | undefined;
  readonly once: boolean;
  readonly signal: AbortSignal | undefined;
  readonly replay: number;
  readonly retry: Required<RetryPolicy>;
  readonly timeoutMs: number | undefined;
  readonly deadLetter: boolean;
  readonly queueSize: number;
  readonly overflow: OverflowPolicy;
  readonly concurrency: number;
  readonly key: ((event: DomainEvent) => string) | undefined;
  readonly size: number;
  readonly delayMs: number;
  readonly isWeak: boolean;
  /** Whether the handler is an `async` function. */
  readonly isAsyncFunction: boolean;
}

type Options = Omit<SubscribeOptions, 'mode'> &
  Partial<Omit<AsyncSubscribeOptions, 'mode'>> &
  Partial<Omit<BatchSubscribeOptions, 'mode'>> & { readonly mode?: SubscriptionMode };

const MODES = ['sync', 'async', 'batch'] as const;
const COMMON = {
  mode: true,
  name: true,
  filter: true,
  map: true,
  once: true,
  signal: true,
  replay: true,
  retry: true,
  timeoutMs: true,
  deadLetter: true,
} as const;
const QUEUE = { queueSize: true, overflow: true } as const;
const KEYS: Readonly<Record<SubscriptionMode, Readonly<Record<string, true>>>> = {
  sync: COMMON,
  async: { ...COMMON, ...QUEUE, concurrency: true, key: true },
  batch: { ...COMMON, ...QUEUE, size: true, delayMs: true },
};
const RETRY_KEYS: KeysOf<RetryPolicy> = {
  attempts: true,
  delayMs: true,
  factor: true,
  maxDelayMs: true,
  jitter: true,
  retryIf: true,
};

/** Longer than timers of this machine can wait. */
const MAX_MS = 2_147_483_647;
const ONCE: Required<RetryPolicy> = {
  attempts: 1,
  delayMs: 100,
  factor: 2,
  maxDelayMs: 30_000,
  jitter: 0.5,
  retryIf: () => true,
};

/**
 * Checks what a host says about a subscription, and fills in the rest.
 *
 * @throws InvalidArgumentError; WaymarkError `WAYMARK_INVALID_TOPIC` or `WAYMARK_INVALID_HANDLER`
 */
export function planSubscription(topic: Topic, handler: unknown, given: object, isWeak = false): SubscriptionPlan {
  if (typeof handler !== 'function') {
    throw new WaymarkError('WAYMARK_INVALID_HANDLER', `A handler must be a function, and this is ${typeof handler}.`);
  }
  assertKeys(given, { ...KEYS.async, ...KEYS.batch }, 'subscribe option');
  const options = given as Options;
  const mode = oneOf(options.mode ?? 'sync', MODES, 'mode');
  assertKeys(given, KEYS[mode], `subscribe option of the mode ${mode}`);
  assertOptional(options.name, 'string', 'name of a handler');
  for (const key of ['filter', 'map', 'key'] as const) assertOptional(options[key], 'function', key);
  assertOptional(options.once, 'boolean', 'once');
  assertOptional(options.deadLetter, 'boolean', 'deadLetter');
  assertOptionalSignal(options.signal);
  const { timeoutMs } = options;
  return {
    topic: compileTopic(topic),
    handler: handler as SubscriptionPlan['handler'],
    name: options.name ?? (handler.name === '' ? 'anonymous' : handler.name),
    mode,
    filter: options.filter,
    map: options.map,
    once: options.once === true,
    signal: options.signal,
    replay: wholeNumber(options.replay ?? 0, 'number of events to replay', 0),
    retry: options.retry === undefined ? ONCE : planRetry(options.retry),
    timeoutMs: timeoutMs === undefined ? undefined : wholeNumber(timeoutMs, 'timeoutMs', 1, MAX_MS),
    deadLetter: options.deadLetter ?? true,
    queueSize: wholeNumber(options.queueSize ?? 1_000, 'queueSize', 1),
    overflow: oneOf(options.overflow ?? 'error', OVERFLOW_POLICIES, 'overflow policy'),
    concurrency: wholeNumber(options.concurrency ?? 1, 'concurrency', 1),
    key: options.key,
    size: wholeNumber(options.size ?? 100, 'size of a batch', 1),
    delayMs: wholeNumber(options.delayMs ?? 100, 'delayMs', 0, MAX_MS),
    isWeak,
    isAsyncFunction: Object.prototype.toString.call(handler) === '[object AsyncFunction]',
  };
}

function planRetry(retry: RetryPolicy): Required<RetryPolicy> {
  assertKeys(retry, RETRY_KEYS, 'retry option');
  assertOptional(retry.retryIf, 'function', 'retryIf');
  const { factor = ONCE.factor, jitter = ONCE.jitter } = retry;
  if (!(Number.isFinite(factor) && factor >= 1)) throw invalidNumber('factor', factor, 'a number from 1');
  const isShare = typeof jitter === 'number' && jitter >= 0 && jitter <= 1;
  if (!isShare) throw invalidNumber('jitter', jitter, 'a number from 0 to 1');
  return {
    attempts: wholeNumber(retry.attempts, 'number of attempts', 1),
    delayMs: wholeNumber(retry.delayMs ?? ONCE.delayMs, 'delayMs of a retry', 0, MAX_MS),
    factor,
    maxDelayMs: wholeNumber(retry.maxDelayMs ?? ONCE.maxDelayMs, 'maxDelayMs', 0, MAX_MS),
    jitter,
    retryIf: retry.retryIf ?? ONCE.retryIf,
  };
}

function invalidNumber(what: string, value: unknown, wanted: string): InvalidArgumentError {
  return new InvalidArgumentError(`The ${what} is ${String(value)}; it must be ${wanted}.`);
}
