import type { StateManifest } from '../../../domain/checkpoint/checkpoint.js';
import type { ContentRef } from '../../../domain/checkpoint/content/encoded.js';
import type { Hash } from '../../../domain/shared/hash.js';
import type { ThreadCheckpointKey } from '../../../domain/checkpoint/thread/graph-thread.js';
import type { ThreadRecord } from './thread-record.js';

/** What a checkpoint that follows another needs to know of it. */
export interface KnownCheckpoint {
  /** In the tree. */
  readonly id: string;
  readonly branchId: string;
  readonly parentCheckpointId: string | null;
  readonly channels: ThreadRecord['c'];
  readonly manifest: ReadonlyMap<string, ContentRef>;
  /** Where its record is kept, and its manifest as it is stored: two checkpoints that have the same are the same. */
  readonly recordRef: ContentRef;
  readonly stored: StateManifest;
  readonly stateHash: Hash;
  /** Since which epoch of the store its contents are known to be there; left out for one that was read. */
  readonly epoch?: number;
}

/** How many checkpoints are remembered for those that will follow them. */
const REMEMBERED = 256;

/**
 * The newest checkpoints that were stored from here: a step of a thread needs the one before it, and need not read it
 * then. Whether it still stands there is looked up in the transaction.
 */
export class KnownCheckpoints {
  readonly #byKey = new Map<string, KnownCheckpoint>();

  get(key: ThreadCheckpointKey): KnownCheckpoint | undefined {
    return this.#byKey.get(keyText(key));
  }

  set(key: ThreadCheckpointKey, known: KnownCheckpoint): void {
    this.#byKey.delete(keyText(key));
    this.#byKey.set(keyText(key), known);
    for (const oldest of this.#byKey.keys()) {
      if (this.#byKey.size <= REMEMBERED) break;
      this.#byKey.delete(oldest);
    }
  }

  delete(key: ThreadCheckpointKey): void {
    this.#byKey.delete(keyText(key));
  }
}

/** A name as one text: no two names have the same. */
export function keyText({ threadId, namespace, checkpointId }: ThreadCheckpointKey): string {
  return JSON.stringify([threadId, namespace, checkpointId]);
}
