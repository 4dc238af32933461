import type { Checkpoint, Content } from '../../domain/checkpoint/checkpoint.js';
import type { CheckpointRepository, NewCheckpoint } from '../../domain/checkpoint/checkpoint.repository.port.js';
import type { EncodedPiece, EncodedValue } from '../../domain/checkpoint/content/encoded.js';
import type { Hash } from '../../domain/shared/hash.js';
import type { TransactionScope } from '../../domain/shared/transaction.js';

/** A checkpoint to be stored, with the values of its state. */
export interface CheckpointDraft {
  readonly checkpoint: NewCheckpoint;
  readonly values: readonly EncodedValue[];
}

/** Up to how many pieces are asked for at once, whatever depth they are at, rather than level by level. */
const ASK_AT_ONCE = 64;

/** Stores a checkpoint and what its state adds to the store. */
export async function storeCheckpoint(
  repository: CheckpointRepository,
  draft: CheckpointDraft,
  scope: TransactionScope,
): Promise<Checkpoint> {
  const added = await missingPieces(repository, draft.values, scope);
  const checkpoint: Checkpoint = Object.freeze({ label: null, ...draft.checkpoint, storedBytes: bytesOf(added) });
  await repository.add(checkpoint, added, scope);
  return checkpoint;
}

/**
 * Stores the pieces of values that are not stored yet.
 *
 * @returns how many bytes that added
 */
export async function storeValues(
  repository: CheckpointRepository,
  values: readonly EncodedValue[],
  scope: TransactionScope,
): Promise<number> {
  const added = await missingPieces(repository, values, scope);
  if (added.length > 0) await repository.addContents(added, scope);
  return bytesOf(added);
}

/**
 * The pieces that are not stored yet, each marked as stored from now on: the caller adds them in the same transaction.
 *
 * A content that is stored has all that it refers to beside it. So what is below a piece that is there, or that is known
 * to be there since the store's last removal, is not even looked at.
 */
async function missingPieces(
  repository: CheckpointRepository,
  values: readonly EncodedValue[],
  scope: TransactionScope,
): Promise<readonly Content[]> {
  const since = { store: repository, epoch: await repository.contentEpoch(scope) };
  const isKnown = ({ storedSince }: EncodedPiece): boolean =>
    storedSince !== undefined && storedSince.store === since.store && storedSince.epoch === since.epoch;
  const roots = values.flatMap(({ piece }) => (piece === undefined || isKnown(piece) ? [] : [piece]));
  const met: EncodedPiece[] = [];
  const added = new Map<Hash, Content>();
  const asked = new Set<Hash>();
  for (let level = roots; level.length > 0;) {
    const group = groupOf(level, isKnown);
    const hashes = [...new Set(group.map(({ hash }) => hash))].filter((hash) => !asked.has(hash));
    for (const hash of hashes) asked.add(hash);
    const missing = hashes.length === 0 ? new Set<Hash>() : await repository.missing(hashes, scope);
    for (const { hash, body } of group) if (missing.has(hash)) added.set(hash, { hash, body });
    met.push(...group);
    const inGroup = new Set(group);
    level = group
      .filter(({ hash }) => added.has(hash))
      .flatMap(({ children }) => children.filter((child) => !inGroup.has(child) && !isKnown(child)));
  }
  markStored(met, since, scope);
  return [...added.values()];
}

/** A level alone, or all that is below it as well where that is little: most often a step adds only a few pieces. */
function groupOf(level: readonly EncodedPiece[], isKnown: (piece: EncodedPiece) => boolean): readonly EncodedPiece[] {
  const group = new Set(level);
  for (const piece of group) {
    if (group.size > ASK_AT_ONCE) return [...new Set(level)];
    for (const child of piece.children) if (!isKnown(child)) group.add(child);
  }
  return [...group];
}

function markStored(
  pieces: readonly EncodedPiece[],
  since: NonNullable<EncodedPiece['storedSince']>,
  scope: TransactionScope,
): void {
  const before = pieces.map(({ storedSince }) => storedSince);
  for (const piece of pieces) piece.storedSince = since;
  scope.onRollback(() => {
    for (const [index, piece] of pieces.entries()) {
      const was = before[index];
      if (was === undefined) delete piece.storedSince;
      else piece.storedSince = was;
    }
  });
}

function bytesOf(contents: readonly Content[]): number {
  return contents.reduce((sum, { body }) => sum + Buffer.byteLength(body), 0);
}
