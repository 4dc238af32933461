import { z } from 'zod';
import {
  type Checkpoint,
  CHECKPOINT_KINDS,
  type ExecutionPosition,
  type NodeOccurrence,
  type StateManifest,
} from '../../../../domain/checkpoint/checkpoint.js';
import { checkpointsCorrupt } from '../../../../domain/checkpoint/checkpoint.errors.js';
import type { Hash } from '../../../../domain/shared/hash.js';
import { checkRow, storedCount, storedTime } from './stored-row.js';
import { changedList, listOf, type StoredList, storedListProblem } from './stored-list.js';

type ManifestEntry = readonly [key: string, hash: Hash];

/** A position as it is stored: each list whole, or as what is different from the parent's. */
interface StoredPosition {
  readonly completed: StoredList<NodeOccurrence>;
  readonly nextNodeIds: StoredList<string>;
  readonly outputKeys?: StoredList<string>;
}

/**
 * A row of the table `checkpoints`.
 *
 * The lists that grow with an execution (what is completed, the keys of the state) are not repeated from row to row: a
 * row holds what is different from its parent's, so that a thousand nodes take ten times the space of a hundred.
 * Reading one checkpoint therefore reads its path, and removing a row that others follow means to write theirs again.
 */
export type CheckpointRow = Omit<Checkpoint, 'position' | 'manifest'> & {
  readonly position: StoredPosition;
  readonly manifest: StoredList<ManifestEntry>;
};

const OCCURRENCE_KEY = ({ nodeId, occurrence }: NodeOccurrence): string => `${occurrence}/${nodeId}`;
const TEXT_KEY = (text: string): string => text;
const ENTRY_KEY = ([key]: ManifestEntry): string => key;

/** A checkpoint as the row that follows its parent's. */
export function toCheckpointRow(checkpoint: Checkpoint, parent: Checkpoint | undefined): CheckpointRow {
  const { position, manifest } = checkpoint;
  const before = parent?.position;
  return {
    ...checkpoint,
    position: {
      completed: changedList(before?.completed, position.completed, OCCURRENCE_KEY),
      nextNodeIds: changedList(before?.nextNodeIds, position.nextNodeIds, TEXT_KEY),
      ...(position.outputKeys === undefined
        ? {}
        : { outputKeys: changedList(before?.outputKeys, position.outputKeys, TEXT_KEY) }),
    },
    manifest: changedList(parent?.manifest, manifest, ENTRY_KEY),
  };
}

/**
 * Rows as checkpoints. Each row's path must be among them.
 *
 * Positions and manifests are put together when somebody looks at them: a list of many checkpoints takes no more memory
 * than its rows.
 *
 * @throws WaymarkError `WAYMARK_STORE_CORRUPT` when a row is not what was stored, or its path does not lead to a first
 *   checkpoint
 */
export function toCheckpoints(rows: readonly CheckpointRow[]): readonly Checkpoint[] {
  for (const row of rows) checkRow(CHECKPOINT, row, `Checkpoint ${row.id}`);
  const byId = new Map(rows.map((row) => [row.id, row]));
  assertSound(rows, byId);
  return rows.map((row) => toCheckpoint(row, byId));
}

/** What the columns of a row must be that are not lists. */
const CHECKPOINT = z.object({
  id: z.string(),
  executionId: z.string(),
  parentId: z.string().nullable(),
  branchId: z.string(),
  sequence: storedCount,
  kind: z.enum(CHECKPOINT_KINDS),
  nodeId: z.string().nullable(),
  occurrence: storedCount.nullable(),
  stateHash: z.string(),
  stateBytes: storedCount,
  storedBytes: storedCount,
  createdAt: storedTime,
} satisfies Record<Exclude<keyof CheckpointRow, 'position' | 'manifest'>, z.ZodType>);

function toCheckpoint(row: CheckpointRow, byId: ReadonlyMap<string, CheckpointRow>): Checkpoint {
  /** A list of the row: what it holds itself, on top of what the rows before it do. */
  const listAt = <Item>(
    pick: (row: CheckpointRow) => StoredList<Item> | undefined,
    keyOf: (item: Item) => string,
  ): readonly Item[] => {
    const parts: StoredList<Item>[] = [];
    for (let at: CheckpointRow | undefined = row; at !== undefined; at = byId.get(at.parentId ?? '')) {
      const part = pick(at);
      if (part === undefined) break;
      parts.push(part);
      if ('whole' in part) return listOf(parts.reverse(), keyOf);
    }
    throw checkpointsCorrupt(row.executionId, `checkpoint ${row.id} stands on a list that is not there`);
  };
  const position = {};
  lazily(position, 'completed', () => listAt((at) => at.position.completed, OCCURRENCE_KEY));
  lazily(position, 'nextNodeIds', () => listAt((at) => at.position.nextNodeIds, TEXT_KEY));
  if (row.position.outputKeys !== undefined) {
    lazily(position, 'outputKeys', () => listAt((at) => at.position.outputKeys, TEXT_KEY));
  }
  const checkpoint = { ...row, position: Object.freeze(position) as ExecutionPosition };
  lazily(checkpoint, 'manifest', (): StateManifest => listAt((at) => at.manifest, ENTRY_KEY));
  return Object.freeze(checkpoint) as unknown as Checkpoint;
}

/** Every row has its lists, and a path that ends. */
function assertSound(rows: readonly CheckpointRow[], byId: ReadonlyMap<string, CheckpointRow>): void {
  const sound = new Set<string>();
  for (const row of rows) {
    const path = new Set<string>();
    for (let at = row; !sound.has(at.id);) {
      const problem = path.has(at.id) ? 'follows itself' : rowProblem(at);
      if (problem !== undefined) throw checkpointsCorrupt(row.executionId, `checkpoint ${at.id} ${problem}`);
      path.add(at.id);
      if (at.parentId === null) break;
      const parent = byId.get(at.parentId);
      if (parent === undefined) {
        throw checkpointsCorrupt(row.executionId, `checkpoint ${at.id} follows ${at.parentId}, which is not there`);
      }
      at = parent;
    }
    for (const id of path) sound.add(id);
  }
}

function rowProblem({ position, manifest }: CheckpointRow): string | undefined {
  // What was read is only said to be of the type.
  const given = position as Partial<StoredPosition> | null;
  const problem =
    storedListProblem(given?.completed) ??
    storedListProblem(given?.nextNodeIds) ??
    (given?.outputKeys === undefined ? undefined : storedListProblem(given.outputKeys)) ??
    storedListProblem(manifest);
  return problem === undefined ? undefined : `has a position or a manifest that ${problem}`;
}

/** Gives an object a property that is made when it is first looked at, and looks like any other. */
function lazily(target: object, key: string, make: () => unknown): void {
  let made: { readonly value: unknown } | undefined;
  Object.defineProperty(target, key, {
    enumerable: true,
    configurable: true,
    get: () => (made ??= { value: make() }).value,
  });
}
