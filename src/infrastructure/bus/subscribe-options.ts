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
import { assertSynchronous } from '../../application/shared/thenable.js';
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
/** How many events may wait. */
const DEFAULT_QUEUE = 1_000;
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
  // Not with `??`: null is no way to leave an option out.
  const { mode: givenMode = 'sync' } = options;
  const mode = oneOf(givenMode, MODES, 'mode');
  if (isWeak && mode === 'batch') {
    throw new InvalidArgumentError('A weak handler can not listen in the mode batch; it can in sync and async.', {
      hint: 'Use the mode async, or subscribe and hold the target in a WeakRef of your own.',
    });
  }
  assertKeys(given, KEYS[mode], `subscribe option of the mode ${mode}`);
  assertOptional(options.name, 'string', 'name of a handler');
  for (const key of ['filter', 'map', 'key'] as const) assertOptional(options[key], 'function', key);
  assertOptional(options.once, 'boolean', 'once');
  assertOptional(options.deadLetter, 'boolean', 'deadLetter');
  assertOptionalSignal(options.signal);
  const { timeoutMs, replay = 0, overflow = 'error', concurrency = 1, size = 100, delayMs = 100 } = options;
  const { filter, map, key } = options;
  wholeNumber(size, 'size of a batch', 1);
  const { queueSize = Math.max(DEFAULT_QUEUE, mode === 'batch' ? size : 0) } = options;
  wholeNumber(queueSize, 'queueSize', 1);
  if (mode === 'batch' && size > queueSize) throw neverFull(size, queueSize);
  return {
    topic: compileTopic(topic),
    handler: handler as SubscriptionPlan['handler'],
    name: options.name ?? (handler.name === '' ? 'anonymous' : handler.name),
    mode,
    filter: filter && ((event) => assertSynchronous(filter(event), 'filter of a handler')),
    map: map && ((event) => assertSynchronous(map(event), 'map of a handler')),
    once: options.once === true,
    signal: options.signal,
    replay: wholeNumber(replay, 'number of events to replay', 0),
    retry: options.retry === undefined ? ONCE : planRetry(options.retry),
    timeoutMs: timeoutMs === undefined ? undefined : wholeNumber(timeoutMs, 'timeoutMs', 1, MAX_MS),
    deadLetter: options.deadLetter ?? true,
    queueSize,
    overflow: oneOf(overflow, OVERFLOW_POLICIES, 'overflow policy'),
    concurrency: wholeNumber(concurrency, 'concurrency', 1),
    key: key && ((event) => assertSynchronous(key(event), 'key of a handler')),
    size,
    delayMs: wholeNumber(delayMs, 'delayMs', 0, MAX_MS),
    isWeak,
    isAsyncFunction: Object.prototype.toString.call(handler) === '[object AsyncFunction]',
  };
}

function planRetry(retry: RetryPolicy): Required<RetryPolicy> {
  assertKeys(retry, RETRY_KEYS, 'retry option');
  assertOptional(retry.retryIf, 'function', 'retryIf');
  const { delayMs = ONCE.delayMs, factor = ONCE.factor, maxDelayMs = ONCE.maxDelayMs, jitter = ONCE.jitter } = retry;
  const { retryIf = ONCE.retryIf } = retry;
  if (!(Number.isFinite(factor) && factor >= 1)) throw invalidNumber('factor', factor, 'a number from 1');
  const isShare = typeof jitter === 'number' && jitter >= 0 && jitter <= 1;
  if (!isShare) throw invalidNumber('jitter', jitter, 'a number from 0 to 1');
  return {
    attempts: wholeNumber(retry.attempts, 'number of attempts', 1),
    delayMs: wholeNumber(delayMs, 'delayMs of a retry', 0, MAX_MS),
    factor,
    maxDelayMs: wholeNumber(maxDelayMs, 'maxDelayMs', 0, MAX_MS),
    jitter,
    retryIf: (error, attempt) => assertSynchronous(retryIf(error, attempt), 'retryIf of a handler'),
  };
}

function neverFull(size: number, queueSize: number): InvalidArgumentError {
  return new InvalidArgumentError(
    `The size of a batch is ${size}, and its queue holds ${queueSize}: there would never be enough for one.`,
    { hint: 'Give it a queueSize of at least the size; what may wait while a batch is handled comes on top.' },
  );
}

function invalidNumber(what: string, value: unknown, wanted: string): InvalidArgumentError {
  return new InvalidArgumentError(`The ${what} is ${String(value)}; it must be ${wanted}.`);
}
