import { InvalidArgumentError, WaymarkError } from '../../domain/shared/errors.js';
import { assertKeys, assertOptionalSignal, type KeysOf, oneOf, wholeNumber } from '../../domain/shared/options.js';
import type { ExecutionHandle, ExecutionResult } from './execution-result.js';
import type { VerbOptions } from './execution-services.js';
import type { LabelledExecution } from './label-execution.js';
import type { ModifiedState } from './modify-state.js';
import type { NodeReached } from './rerun-execution.js';
import type { RollbackResult } from './rollback-result.js';
import type { NodeToSkip } from './skip-node.js';

/** One execution of a batch. */
export interface BatchItem {
  readonly executionId: string;
  /** A key for this one: see {@link VerbOptions}. */
  readonly idempotencyKey?: string;
}

/** What each verb is told of each execution. */
export interface BatchItems {
  readonly pause: BatchItem;
  readonly resume: BatchItem;
  readonly cancel: BatchItem;
  readonly restart: BatchItem;
  readonly rollback: BatchItem & { readonly checkpointId: string };
  readonly retryNode: BatchItem & { readonly node: NodeReached };
  readonly skipNode: BatchItem & { readonly node: NodeToSkip };
  readonly modifyState: BatchItem & { readonly patch: Readonly<Record<string, unknown>> };
  readonly label: BatchItem & { readonly label: string | null };
}

/** What each verb gives for each execution. */
export interface BatchValues {
  readonly pause: ExecutionResult;
  readonly resume: ExecutionHandle;
  readonly cancel: ExecutionResult;
  readonly restart: ExecutionHandle;
  readonly rollback: RollbackResult;
  readonly retryNode: ExecutionHandle;
  readonly skipNode: ExecutionHandle;
  readonly modifyState: ModifiedState;
  readonly label: LabelledExecution;
}

/** A verb that can be done to several executions. */
export type BatchVerb = keyof BatchItems;

/** How to do a verb to several executions. */
export interface BatchOptions extends Pick<VerbOptions, 'actor' | 'reason'> {
  /** How many at once at most; 8 when left out. */
  readonly concurrency?: number;
  /** Begins with no other one when it aborts. */
  readonly signal?: AbortSignal;
}

/** What became of one execution of a batch. */
export type BatchOutcome<Value> =
  | { readonly executionId: string; readonly ok: true; readonly value: Value }
  | { readonly executionId: string; readonly ok: false; readonly error: unknown };

/** The verbs of a batch, one execution each. */
export type BatchVerbs = {
  readonly [Verb in BatchVerb]: (item: BatchItems[Verb], options: VerbOptions) => Promise<BatchValues[Verb]>;
};

const OPTIONS: KeysOf<BatchOptions> = { actor: true, reason: true, concurrency: true, signal: true };
const MAX_CONCURRENCY = 256;

/**
 * Does a verb to several executions, some at once. One that fails stops no other.
 *
 * @returns what became of each, in the order of the items
 */
export async function batchVerb<Verb extends BatchVerb>(
  verbs: BatchVerbs,
  verb: Verb,
  items: readonly BatchItems[Verb][],
  options: BatchOptions,
): Promise<readonly BatchOutcome<BatchValues[Verb]>[]> {
  oneOf(verb, Object.keys(verbs), 'verb of a batch');
  assertKeys(options, OPTIONS, 'batch option');
  assertOptionalSignal(options.signal);
  if (!Array.isArray(items)) throw new InvalidArgumentError('A batch is a list of items: [{ executionId }].');
  const { concurrency = 8, signal, ...why } = options;
  const atOnce = wholeNumber(concurrency, 'concurrency', 1, MAX_CONCURRENCY);
  const outcomes: BatchOutcome<BatchValues[Verb]>[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    for (let index = next++; index < items.length; index = next++) {
      outcomes[index] = await doOne(verbs[verb], items[index] as BatchItems[Verb], why, signal);
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, work));
  return outcomes;
}

async function doOne<Item extends BatchItem, Value>(
  verb: (item: Item, options: VerbOptions) => Promise<Value>,
  item: Item,
  why: VerbOptions,
  signal: AbortSignal | undefined,
): Promise<BatchOutcome<Value>> {
  const { executionId, idempotencyKey } = item;
  try {
    if (signal?.aborted === true) throw notBegun(executionId, signal.reason);
    const value = await verb(item, { ...why, ...(idempotencyKey === undefined ? {} : { idempotencyKey }) });
    return { executionId, ok: true, value };
  } catch (error) {
    return { executionId, ok: false, error };
  }
}

/** `WAYMARK_BATCH_ABORTED` */
function notBegun(executionId: string, reason: unknown): WaymarkError {
  return new WaymarkError('WAYMARK_BATCH_ABORTED', `The batch ended before it came to execution ${executionId}.`, {
    cause: reason,
    hint: 'Nothing was done to it. Ask again for the executions that are left.',
    details: { executionId },
  });
}
