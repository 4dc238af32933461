import type { EventBus } from '../../application/bus/event-bus.port.js';
import type { BusSubscription, Delivery, OverflowPolicy } from '../../application/bus/subscription.js';
import type { Topic } from '../../application/bus/topic.js';
import { shownPayload } from '../../domain/audit/shown-payload.js';
import type { DomainEvent } from '../../domain/events/domain-event.js';
import { InvalidArgumentError } from '../../domain/shared/errors.js';
import { assertKeys, assertOptional, type KeysOf, wholeNumber } from '../../domain/shared/options.js';
import { definitionOf } from './event-definition.js';
import { loadOptional } from './optional-package.js';
import { RotatingFile } from './rotating-file.js';
import type { RotationOptions } from './rotation-options.js';

/** Where {@link writeJsonLines} writes, and what. */
export interface JsonLinesOptions extends RotationOptions {
  /** The file. It is appended to; its folder must exist. */
  readonly path: string;
  /** Which events; all of them (`**`) when left out. */
  readonly topic?: Topic;
  /** How many events are written at once; 100 when left out. */
  readonly batchSize?: number;
  /** How long the first event of a batch waits for more, in milliseconds; 100 when left out. */
  readonly delayMs?: number;
  /** How many events may wait for the disk; 100,000 when left out. */
  readonly queueSize?: number;
  /**
   * What happens when they are that many; `drop-oldest` when left out: a log must not stop the program that it is a log
   * of. With `backpressure` nothing is left out, `publishAsync` and the engine wait for the disk, and `publish`, which
   * can't, throws `WAYMARK_BUS_OVERFLOW`.
   */
  readonly overflow?: OverflowPolicy;
  /**
   * Whether what is personal is in the file; `false` when left out: `[personal]` stands for it. No erasure reaches what
   * was written.
   */
  readonly personal?: boolean;
  /** The name of the subscription, by which its dead letters are found; `writeJsonLines` when left out. */
  readonly name?: string;
}

/** A file that events are written to. `await using` closes it at the end of the block. */
export interface JsonLinesFile extends AsyncDisposable {
  /** The absolute path. */
  readonly path: string;
  readonly subscription: BusSubscription;
  /**
   * Writes what was published before, and ends the file. It waits for `bus.settled()`, and so for other handlers too.
   * Idempotent: a second call waits for the first. When the bus closes, the same happens by itself.
   */
  close(): Promise<void>;
}

/** Minutes of a slow disk, and some hundred megabytes at worst. */
const DEFAULT_QUEUE = 100_000;

const KEYS: KeysOf<JsonLinesOptions> = {
  path: true,
  topic: true,
  maxBytes: true,
  maxFiles: true,
  interval: true,
  compress: true,
  batchSize: true,
  delayMs: true,
  queueSize: true,
  overflow: true,
  personal: true,
  name: true,
};

/**
 * Appends a line of JSON to a file for every event: its `sequence` on the bus, its `position` in the log where it has
 * one, and the event as `toJSON` gives it, with `[personal]` for what is personal. Resolves when the file is open, and writes what is published from then on.
 *
 * A batch is done when the operating system has it. A batch that can't be written (the disk is full, the folder was
 * removed) is a handler's failure with `WAYMARK_CONSUMER_FAILED`; its events become dead letters, and the next batch
 * tries anew. Some of its lines may be in the file: sent again, they are there twice, with the same `id`.
 *
 * Where more than `queueSize` events wait for the disk, the oldest are left out, counted and told of with
 * `bus.event_dropped`, unless `overflow` says otherwise.
 *
 * Files that are full are put aside as `events.20260131T120000000Z-001.jsonl`, and end with a whole line, which may
 * take them over `maxBytes`. One process may write to a file.
 *
 * @throws WaymarkError `WAYMARK_CONSUMER_FAILED` when the file can't be opened, `WAYMARK_PACKAGE_MISSING` without
 *   rotating-file-stream, `WAYMARK_BUS_CLOSED` after close; InvalidArgumentError for an option that there is not
 * @example
 * await using file = await writeJsonLines(waymark.bus, { path: './events.jsonl', maxBytes: 50_000_000, maxFiles: 10 });
 * console.log(file.path);
 */
export async function writeJsonLines(bus: EventBus, options: JsonLinesOptions): Promise<JsonLinesFile> {
  assertOptions(options);
  const { createStream } = await loadOptional(
    { name: 'rotating-file-stream', major: 3, neededBy: 'writeJsonLines' },
    () => import('rotating-file-stream'),
  );
  const file = new RotatingFile(options.path, options, createStream);
  await file.open();
  try {
    return attach(bus, file, options);
  } catch (error) {
    await file.close();
    throw error;
  }
}

function attach(bus: EventBus, file: RotatingFile, options: JsonLinesOptions): JsonLinesFile {
  const { topic = '**', name = 'writeJsonLines', batchSize = 100, delayMs = 100 } = options;
  const { queueSize = Math.max(DEFAULT_QUEUE, batchSize), overflow = 'drop-oldest', personal = false } = options;
  const write = (events: readonly DomainEvent[], deliveries: readonly Delivery[]): Promise<void> =>
    file.append(events.map((event, index) => lineOf(event, deliveries[index], personal)));
  const subscription = bus.subscribe(topic, write, {
    mode: 'batch',
    name,
    size: batchSize,
    delayMs,
    queueSize,
    overflow,
  });

  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closing ??= (async () => {
      bus.closing.removeEventListener('abort', closeWithBus);
      // Unsubscribing leaves what waits in the queue.
      await subscription.settled();
      subscription.unsubscribe();
      await file.close();
    })();
    return closing;
  };
  const closeWithBus = (): void => void close();
  bus.closing.addEventListener('abort', closeWithBus, { once: true });
  return { path: file.path, subscription, close, [Symbol.asyncDispose]: close };
}

function lineOf(event: DomainEvent, delivery: Delivery | undefined, withPersonal: boolean): string {
  const { sequence, position } = delivery ?? {};
  const payload = withPersonal ? event.payload : shownPayload(event, definitionOf(event));
  return `${JSON.stringify({ sequence, position, ...event.toJSON(), payload })}\n`;
}

function assertOptions(options: JsonLinesOptions): void {
  assertKeys(options, KEYS, 'option for JSON lines');
  const { path, maxBytes, maxFiles, interval, compress, batchSize, delayMs, personal } = options;
  if (typeof path !== 'string' || path === '') {
    throw new InvalidArgumentError('The path of the file is missing.', {
      hint: "For example { path: './events.jsonl' }.",
    });
  }
  if (maxBytes !== undefined) wholeNumber(maxBytes, 'maxBytes', 1);
  if (maxFiles !== undefined) wholeNumber(maxFiles, 'maxFiles', 1);
  assertOptional(interval, 'string', 'interval');
  assertOptional(compress, 'boolean', 'compress option');
  assertOptional(personal, 'boolean', 'personal option');
  if (batchSize !== undefined) wholeNumber(batchSize, 'batchSize', 1);
  if (delayMs !== undefined) wholeNumber(delayMs, 'delayMs', 0);
}
