import { ThreadSaver, type ThreadSaverOptions } from '../infrastructure/bridge/langgraph/saver/thread-saver.js';
import type { WaymarkConfig } from './configuration.js';
import { createWaymark } from './create-waymark.js';
import type { Waymark } from './waymark.js';

/** How a saver stores. */
export type WaymarkSaverOptions = ThreadSaverOptions;

/**
 * A checkpoint saver for LangGraph.js: each thread is a checkpoint tree in a Waymark store, whose unchanged parts are
 * stored once, and each checkpoint is told of in its log.
 *
 * `await using` closes one that {@link open} made at the end of the block.
 *
 * @example
 * import { WaymarkSaver } from 'waymark/langgraph';
 *
 * const saver = await WaymarkSaver.open('sqlite:./threads.db');
 * const tuple = await saver.getTuple({ configurable: { thread_id: 'order-17' } });
 * console.log(tuple?.checkpoint.channel_values);
 * await saver.close();
 */
export class WaymarkSaver extends ThreadSaver implements AsyncDisposable {
  /** Where it stores: `waymark.log` tells what happened, `waymark.checkpoints` draws the trees. */
  readonly waymark: Waymark;
  #owned = false;

  /**
   * A saver on a Waymark that is open. Closing that is up to whoever opened it.
   *
   * @param options a serializer of the host's own, where values are to be stored in its format
   */
  constructor(waymark: Waymark, options: WaymarkSaverOptions = {}) {
    super(waymark.threads, options);
    this.waymark = waymark;
  }

  /**
   * Opens a store and a saver on it.
   *
   * @param storage a storage URL such as `sqlite:./threads.db`, or how Waymark is set up
   * @throws InvalidArgumentError, WaymarkError as `createWaymark`
   */
  static async open(storage: string | WaymarkConfig, options: WaymarkSaverOptions = {}): Promise<WaymarkSaver> {
    const waymark = await createWaymark(typeof storage === 'string' ? { storage } : storage);
    const saver = new WaymarkSaver(waymark, options);
    saver.#owned = true;
    return saver;
  }

  /**
   * Copies a thread with all its checkpoints and writes. Its states are shared with the copy: that takes rows, and no
   * contents. Each copy of a checkpoint is told of in the log.
   *
   * @param newThreadId the name of the copy: an identifier that no thread and no execution has
   * @throws WaymarkError `WAYMARK_EXECUTION_EXISTS`, `WAYMARK_CHECKPOINT_NOT_FOUND`; InvalidArgumentError
   *   `WAYMARK_INVALID_ID`
   */
  async copyThread(threadId: string, newThreadId: string): Promise<void> {
    const thread = await this.waymark.threads.find(threadId);
    await this.waymark.checkpoints.copy(thread?.executionId ?? threadId, newThreadId);
  }

  /**
   * Closes the store that {@link open} opened, when everything is written that was begun. Does nothing for a saver on a
   * Waymark of somebody else's. Idempotent.
   */
  async close(): Promise<void> {
    if (this.#owned) await this.waymark.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
