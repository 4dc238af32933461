import { CHECKPOINT_KINDS } from '../../domain/checkpoint/checkpoint.js';
import type { PrunePolicy, PruneRules } from '../../domain/checkpoint/prune-policy.js';
import { InvalidArgumentError } from '../../domain/shared/errors.js';
import type { JsonObject } from '../../domain/shared/json.js';
import {
  assertKeys,
  assertOptional,
  assertOptionalSignal,
  type KeysOf,
  oneOf,
  wholeNumber,
} from '../../domain/shared/options.js';
import type { VerbOptions } from '../shared/verb.js';
import type { CollectOptions } from './collect-garbage.js';

/** How to prune. */
export interface PruneOptions extends VerbOptions, Pick<CollectOptions, 'signal'> {
  /** Only tell what would be removed. */
  readonly dryRun?: boolean;
  /** Whether contents that nothing refers to any more are removed afterwards; they are when left out. */
  readonly collect?: boolean;
  /** Told how many executions were pruned. */
  readonly onProgress?: (pruned: number, total: number) => void;
}

const POLICY: KeysOf<PrunePolicy> = { keepLast: true, olderThan: true, keepLabelled: true, keepKinds: true };
const VERB: KeysOf<VerbOptions> = { actor: true, reason: true };
const PRUNE: KeysOf<PruneOptions> = { ...VERB, dryRun: true, collect: true, signal: true, onProgress: true };
const COLLECT: KeysOf<CollectOptions> = { dryRun: true, signal: true, onProgress: true };

/** A time with its zone: without one it would mean something else on each machine. */
const ISO = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})$/;

/** Checks a policy, and makes of it what it means at a moment. @throws InvalidArgumentError */
export function toPruneRules(policy: PrunePolicy, nowMs: number): PruneRules {
  assertKeys(policy, POLICY, 'prune policy');
  const { keepLast, olderThan, keepLabelled, keepKinds } = policy;
  assertOptional(keepLabelled, 'boolean', 'keepLabelled');
  if (keepLast === undefined && olderThan === undefined) {
    throw new InvalidArgumentError('A prune policy says what to keep: give keepLast, olderThan, or both.', {
      hint: '{ keepLast: 10 } keeps the ten newest of each branch; { keepLast: 0 } only what is always kept.',
    });
  }
  if (keepKinds !== undefined && !Array.isArray(keepKinds)) {
    throw new InvalidArgumentError("The keepKinds are a list: ['manual'].");
  }
  return {
    keepLast: keepLast === undefined ? 0 : wholeNumber(keepLast, 'keepLast', 0),
    before: olderThan === undefined ? undefined : timeOf(olderThan, nowMs),
    keepLabelled: keepLabelled ?? true,
    keepKinds: new Set((keepKinds ?? []).map((kind: unknown) => oneOf(kind, CHECKPOINT_KINDS, 'kind to keep'))),
  };
}

/** Checks the options of pruning. @throws InvalidArgumentError */
export function assertPruneOptions(options: PruneOptions): void {
  assertKeys(options, PRUNE, 'prune option');
  assertOptional(options.collect, 'boolean', 'collect');
  assertOptional(options.reason, 'string', 'reason');
  assertCollecting(options);
}

/** Checks the options of a collection. @throws InvalidArgumentError */
export function assertCollectOptions(options: CollectOptions): void {
  assertKeys(options, COLLECT, 'collect option');
  assertCollecting(options);
}

/** Checks who wants something, and why. @throws InvalidArgumentError */
export function assertUpkeepVerb(options: VerbOptions, what: string): void {
  assertKeys(options, VERB, what);
  assertOptional(options.reason, 'string', 'reason');
}

/** What was asked for, as the log keeps it: the times that it meant. */
export function policyRecord(rules: PruneRules, reason: string | undefined): JsonObject {
  const { keepLast, before, keepLabelled, keepKinds } = rules;
  return {
    keepLast,
    ...(before === undefined ? {} : { olderThan: before }),
    keepLabelled,
    ...(keepKinds.size === 0 ? {} : { keepKinds: [...keepKinds] }),
    ...(reason === undefined ? {} : { reason }),
  };
}

function assertCollecting({
  dryRun,
  signal,
  onProgress,
}: Pick<PruneOptions, 'dryRun' | 'signal' | 'onProgress'>): void {
  assertOptional(dryRun, 'boolean', 'dryRun');
  assertOptional(onProgress, 'function', 'onProgress');
  assertOptionalSignal(signal);
}

function timeOf(olderThan: string | Date | number, nowMs: number): string {
  const time = typeof olderThan === 'number' ? ageBefore(olderThan, nowMs) : new Date(olderThan);
  const isTime = typeof olderThan !== 'string' || ISO.test(olderThan);
  if (isTime && !Number.isNaN(time.getTime())) return time.toISOString();
  throw new InvalidArgumentError(`The olderThan is ${JSON.stringify(olderThan)}; it must be a time or an age.`, {
    hint: 'A time with its zone (2026-01-31T00:00:00Z), a Date, or an age in milliseconds from 0.',
  });
}

function ageBefore(ageMs: number, nowMs: number): Date {
  return new Date(Number.isFinite(ageMs) && ageMs >= 0 ? nowMs - ageMs : Number.NaN);
}
