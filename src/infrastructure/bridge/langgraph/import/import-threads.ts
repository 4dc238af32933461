import type { BaseCheckpointSaver } from '@langchain/langgraph-checkpoint';
import type { GraphThreads } from '../../../../application/checkpoint/thread/graph-threads.js';
import { assertThreadId } from '../../../../application/checkpoint/thread/thread-names.js';
import { InvalidArgumentError } from '../../../../domain/shared/errors.js';
import { assertKeys, assertOptional, assertOptionalSignal, type KeysOf } from '../../../../domain/shared/options.js';
import { graphValues } from '../saver/graph-values.js';
import { langChainPackages } from '../saver/langchain-packages.js';
import { ThreadSaver } from '../saver/thread-saver.js';
import { catalogOf } from './catalog-of.js';
import { CheckpointSource } from './checkpoint-source.js';
import { compareThread } from './compare-thread.js';
import { copyThread, type ImportTarget } from './copy-thread.js';
import { invalidSource, threadNotFound } from './import-errors.js';
import { openSource } from './open-source.js';
import type { SourceThread } from './source-catalog.js';

/** How to import threads. */
export interface ImportThreadsOptions {
  /** The threads to import; all of them when left out. */
  readonly threads?: readonly string[];
  /** Reads everything, and compares what is there already, but writes nothing. */
  readonly dryRun?: boolean;
  /** Stops it: the promise rejects with the signal's reason, and another import goes on from there. */
  readonly signal?: AbortSignal;
  /** Told how far it has come, in checkpoints: all are copied first, and then read from both and compared. */
  readonly onProgress?: (done: number, total: number, phase: ImportThreadsPhase) => void;
}

/** What an import of threads is about. */
export type ImportThreadsPhase = 'copy' | 'compare';

/** What an import of threads did. */
export interface ImportThreadsResult {
  /** How many threads there are to import. */
  readonly threads: number;
  /** Checkpoints and writes that were stored; those that would have been, with `dryRun`. */
  readonly checkpoints: number;
  readonly writes: number;
  /** Those that were there before, and are equal. */
  readonly skipped: { readonly checkpoints: number; readonly writes: number };
  /** Those that were read from both afterwards, and are equal. None with `dryRun`. */
  readonly compared: { readonly threads: number; readonly checkpoints: number; readonly writes: number };
}

const OPTIONS: KeysOf<ImportThreadsOptions> = { threads: true, dryRun: true, signal: true, onProgress: true };

/** After how many checkpoints the next word on the progress comes. */
const TOLD_EVERY = 64;

/** See `importThreads` of `waymark/langgraph`. */
export async function importThreads(
  threads: GraphThreads,
  from: BaseCheckpointSaver | string,
  options: ImportThreadsOptions = {},
): Promise<ImportThreadsResult> {
  assertOptions(options);
  options.signal?.throwIfAborted();
  const target = { saver: new ThreadSaver(threads), threads: threads.using(graphValues(langChainPackages)) };
  if (typeof from !== 'string') return importFrom(asSaver(from), target, options);
  const opened = await openSource(from);
  try {
    return await importFrom(opened.saver, target, options);
  } finally {
    await opened.close();
  }
}

async function importFrom(
  saver: BaseCheckpointSaver,
  target: ImportTarget,
  options: ImportThreadsOptions,
): Promise<ImportThreadsResult> {
  const source = new CheckpointSource(saver, await catalogOf(saver));
  const threads = await wantedThreads(source, options.threads);
  const copied = { checkpoints: 0, writes: 0 };
  const skipped = { checkpoints: 0, writes: 0 };
  const compared = { threads: 0, checkpoints: 0, writes: 0 };
  const { dryRun = false, signal } = options;

  let told = progressOf('copy', threads, options);
  for (const { threadId } of threads) {
    for await (const { wasThere, writes, writesThere } of copyThread(source, target, threadId, dryRun)) {
      (wasThere ? skipped : copied).checkpoints += 1;
      copied.writes += writes;
      skipped.writes += writesThere;
      told();
      signal?.throwIfAborted();
    }
  }
  if (dryRun) return { threads: threads.length, ...copied, skipped, compared };

  told = progressOf('compare', threads, options);
  for (const { threadId } of threads) {
    for await (const writes of compareThread(source, target, threadId)) {
      compared.checkpoints += 1;
      compared.writes += writes;
      told();
      signal?.throwIfAborted();
    }
    compared.threads += 1;
  }
  return { threads: threads.length, ...copied, skipped, compared };
}

async function wantedThreads(
  { catalog }: CheckpointSource,
  named: readonly string[] | undefined,
): Promise<readonly SourceThread[]> {
  const threads = await catalog.threads(named);
  const there = new Set(threads.map(({ threadId }) => threadId));
  for (const threadId of named ?? []) if (!there.has(threadId)) throw threadNotFound(threadId);
  return threads;
}

/** Counts checkpoints, and tells of some of them and of the last. */
function progressOf(
  phase: ImportThreadsPhase,
  threads: readonly SourceThread[],
  { onProgress }: ImportThreadsOptions,
): () => void {
  const total = threads.reduce((sum, { checkpoints }) => sum + checkpoints, 0);
  let done = 0;
  return () => {
    done += 1;
    if (done === total || done % TOLD_EVERY === 0) onProgress?.(done, total, phase);
  };
}

function assertOptions(options: ImportThreadsOptions): void {
  assertKeys(options, OPTIONS, 'import option');
  const { threads, dryRun, signal, onProgress } = options;
  if (threads !== undefined && !Array.isArray(threads)) {
    throw new InvalidArgumentError("The threads to import are a list of their names: { threads: ['order-17'] }.");
  }
  for (const threadId of threads ?? []) assertThreadId(threadId);
  assertOptional(dryRun, 'boolean', 'dryRun');
  assertOptional(onProgress, 'function', 'onProgress');
  assertOptionalSignal(signal);
}

/** Not by class: a saver may come from another copy of the package. */
function asSaver(from: unknown): BaseCheckpointSaver {
  const { getTuple, list } = (from ?? {}) as Partial<BaseCheckpointSaver>;
  if (typeof getTuple === 'function' && typeof list === 'function') return from as BaseCheckpointSaver;
  throw invalidSource();
}
