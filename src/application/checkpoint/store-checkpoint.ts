import type { Checkpoint, Content } from '../../domain/checkpoint/checkpoint.js';
import type { CheckpointRepository, NewCheckpoint } from '../../domain/checkpoint/checkpoint.repository.port.js';
import type { TransactionScope } from '../../domain/shared/transaction.js';

/** A checkpoint to be stored, with the contents of its state. */
export interface CheckpointDraft {
  readonly checkpoint: NewCheckpoint;
  readonly contents: readonly Content[];
}

/** Stores a checkpoint and what its state adds to the store. */
export async function storeCheckpoint(
  repository: CheckpointRepository,
  draft: CheckpointDraft,
  scope: TransactionScope,
): Promise<Checkpoint> {
  const unique = new Map(draft.contents.map((content) => [content.hash, content]));
  const missing = await repository.missing([...unique.keys()], scope);
  const added = [...unique.values()].filter((content) => missing.has(content.hash));
  const checkpoint: Checkpoint = Object.freeze({
    ...draft.checkpoint,
    storedBytes: added.reduce((sum, content) => sum + Buffer.byteLength(content.body), 0),
  });
  await repository.add(checkpoint, added, scope);
  return checkpoint;
}
