import type { NodeOccurrence } from '../../../../domain/execution/node-attempt.js';
import { z } from 'zod';
import {
  type Checkpoint,
  CHECKPOINT_KINDS,
  type ExecutionPosition,
  type StateManifest,
} from '../../../../domain/checkpoint/checkpoint.js';
import { checkpointsCorrupt } from '../../../../domain/checkpoint/checkpoint.errors.js';
import type { ContentRef } from '../../../../domain/checkpoint/content/encoded.js';
import type { WaymarkError } from '../../../../domain/shared/errors.js';
import type { Hash } from '../../../../domain/shared/hash.js';
import { type CompletionListRef, isCompletionListRef } from './completion-lists.js';
import type { Progress } from '../../../../domain/execution/progress.js';
import { storedProgress } from './stored-progress.js';
import { checkRow, storedCount, storedTime } from './stored-row.js';
import { changedList, listOf, type StoredList, storedListProblem } from './stored-list.js';

type ManifestEntry = readonly [key: string, hash: Hash];

/** A position as it is stored: each list whole, or as what is different from that of the row's base. */
interface StoredPosition {
  /** In the table `completions`, left out for nothing; a row of an older Waymark holds the list itself. */
  readonly completed?: CompletionListRef | StoredList<NodeOccurrence>;
  readonly nextNodeIds: StoredList<string>;
  readonly outputKeys?: StoredList<string>;
  /** Whole in every row: it holds what is open, and so does not grow with an execution. */
  readonly progress?: Progress;
}

/**
 * A row of the table `checkpoints`.
 *
 * What is completed is in a table of its own. The other lists that may grow with an execution (the keys of the state,
 * what runs next) are not repeated from row to row: a row holds what is different from another row's, its base, so that a thousand nodes take not much more than ten times
 * the space of a hundred. Reading one checkpoint reads the chain of its bases, which is short however long its path is:
 * see {@link baseDepth}. Removing a row that others stand on means to write theirs again.
 */
export type CheckpointRow = Omit<Checkpoint, 'position' | 'manifest'> & {
  readonly position: StoredPosition;
  readonly manifest: StoredList<ManifestEntry>;
  /** The row that its lists are different from; `null` where they are whole. It is on the checkpoint's path. */
  readonly baseId: string | null;
  /** How many rows were on its path when it was written; -1 for rows of an older Waymark, which did not count. */
  readonly depth: number;
};

/** Where a row is among those it stands on. */
export type RowPlace = Pick<CheckpointRow, 'id' | 'baseId' | 'depth'>;

/** How many rows follow each other as parent and child before one stands on another far before it. */
const STRIDE = 16;

/**
 * How deep the base of a row is to be. Most rows stand on the one before. Every 16th stands on the one 16 before, every
 * 256th on the one 256 before, and so on: of 10,000 rows on a path, a reader needs 60 at most and 30 mostly.
 */
export function baseDepth(depth: number): number {
  if (depth <= 0) return 0;
  let step = 1;
  while (depth % (step * STRIDE) === 0) step *= STRIDE;
  return depth - step;
}

/** How far after a depth a row may come that stands on one of it: up to this power of the stride. */
export function baseRank(depth: number): number {
  if (depth <= 0) return Number.POSITIVE_INFINITY;
  let rank = 0;
  for (let rest = depth; rest % STRIDE === 0; rest /= STRIDE) rank += 1;
  return rank;
}

/** The row that a new one is to stand on, out of the chain of its parent: the parent first. */
export function baseOf<Row extends RowPlace>(parentChain: readonly Row[]): Row | undefined {
  const [parent] = parentChain;
  // A chain of rows that were not counted may be of any length: it is not gone on with.
  if (parent === undefined || parent.depth < 0) return undefined;
  const wanted = baseDepth(parent.depth + 1);
  return parentChain.find(({ depth }) => depth <= wanted) ?? parentChain.at(-1);
}

/** Where a list is that has nothing in it. */
const NOTHING: CompletionListRef = { at: null };

function isNothing(completed: NonNullable<StoredPosition['completed']>): boolean {
  return isCompletionListRef(completed) && completed.at === null;
}

const OCCURRENCE_KEY = ({ nodeId, occurrence }: NodeOccurrence): string => `${occurrence}/${nodeId}`;
const TEXT_KEY = (text: string): string => text;
const ENTRY_KEY = ([key]: ManifestEntry): string => key;

/**
 * A checkpoint as a row.
 *
 * @param base the checkpoint that it is to stand on, with its place; without one its lists are whole
 * @param completed where the list of what is completed is stored
 */
export function toCheckpointRow(
  checkpoint: Checkpoint,
  depth: number,
  base: { readonly checkpoint: Checkpoint } | undefined,
  completed: NonNullable<StoredPosition['completed']>,
): CheckpointRow {
  const { position, manifest } = checkpoint;
  const before = base?.checkpoint.position;
  const lists = {
    nextNodeIds: changedList(before?.nextNodeIds, position.nextNodeIds, TEXT_KEY),
    ...(position.outputKeys === undefined
      ? {}
      : { outputKeys: changedList(before?.outputKeys, position.outputKeys, TEXT_KEY) }),
  };
  const whole = position.progress === undefined ? {} : { progress: position.progress };
  const entries = changedList(base?.checkpoint.manifest, manifest, ENTRY_KEY);
  const isWhole = [...Object.values(lists), entries].every((list) => 'whole' in list);
  return {
    ...checkpoint,
    position: isNothing(completed) ? { ...lists, ...whole } : { completed, ...lists, ...whole },
    manifest: entries,
    baseId: isWhole ? null : (base?.checkpoint.id ?? null),
    depth,
  };
}

/**
 * Rows as checkpoints. The rows that each stands on must be among them.
 *
 * Positions and manifests are put together when somebody looks at them: a list of many checkpoints takes no more memory
 * than its rows.
 *
 * @param listOf gives a list of the table `completions`
 * @param scope whether the rows are a whole execution's, so that the path of each must lead to a first checkpoint, or a
 *   few of its rows
 * @throws WaymarkError `WAYMARK_STORE_CORRUPT` when a row is not what was stored, or what it follows or stands on is not
 *   there
 */
export function toCheckpoints(
  rows: readonly CheckpointRow[],
  listOf: CompletionListOf,
  scope: 'execution' | 'some' = 'execution',
): readonly Checkpoint[] {
  for (const row of rows) checkRow(CHECKPOINT, row, `Checkpoint ${row.id}`);
  const byId = new Map(rows.map((row) => [row.id, row]));
  for (const row of rows) {
    const problem = rowProblem(row);
    if (problem !== undefined) throw checkpointsCorrupt(row.executionId, `checkpoint ${row.id} ${problem}`);
  }
  assertWaysEnd(rows, byId, (row) => row.baseId, 'stands on', true);
  assertWaysEnd(rows, byId, (row) => row.parentId, 'follows', scope === 'execution');
  return rows.map((row) => toCheckpoint(row, byId, listOf));
}

/** What the columns of a row must be that are not lists. */
const CHECKPOINT = z.object({
  id: z.string(),
  executionId: z.string(),
  parentId: z.string().nullable(),
  branchId: z.string(),
  sequence: storedCount,
  kind: z.enum(CHECKPOINT_KINDS),
  label: z.string().nullable(),
  nodeId: z.string().nullable(),
  occurrence: storedCount.nullable(),
  stateHash: z.string(),
  stateBytes: storedCount,
  storedBytes: storedCount,
  createdAt: storedTime,
  baseId: z.string().nullable(),
  depth: z.int().min(-1),
} satisfies Record<Exclude<keyof CheckpointRow, 'position' | 'manifest'>, z.ZodType>);

/** Gives a list of the table `completions`, which was read. */
type CompletionListOf = (ref: CompletionListRef) => readonly NodeOccurrence[];

function toCheckpoint(
  row: CheckpointRow,
  byId: ReadonlyMap<string, CheckpointRow>,
  completedAt: CompletionListOf,
): Checkpoint {
  /** A list of the row: what it holds itself, on top of what the rows that it stands on do. */
  const listAt = <Item>(
    pick: (row: CheckpointRow) => StoredList<Item> | undefined,
    keyOf: (item: Item) => string,
  ): readonly Item[] => {
    const parts: StoredList<Item>[] = [];
    for (let at: CheckpointRow | undefined = row; at !== undefined; at = byId.get(at.baseId ?? '')) {
      const part = pick(at);
      if (part === undefined) break;
      parts.push(part);
      if ('whole' in part) return listOf(parts.reverse(), keyOf);
    }
    throw checkpointsCorrupt(row.executionId, `checkpoint ${row.id} stands on a list that is not there`);
  };
  const position = {};
  const { completed = NOTHING } = row.position;
  lazily(position, 'completed', () =>
    isCompletionListRef(completed)
      ? completedAt(completed)
      : listAt((at) => at.position.completed as StoredList<NodeOccurrence>, OCCURRENCE_KEY),
  );
  lazily(position, 'nextNodeIds', () => listAt((at) => at.position.nextNodeIds, TEXT_KEY));
  if (row.position.outputKeys !== undefined) {
    lazily(position, 'outputKeys', () => listAt((at) => at.position.outputKeys, TEXT_KEY));
  }
  const { progress } = row.position;
  if (progress !== undefined) lazily(position, 'progress', () => progress);
  const { baseId: _, depth: __, ...columns } = row;
  const checkpoint = { ...columns, position: Object.freeze(position) as ExecutionPosition };
  lazily(checkpoint, 'manifest', (): StateManifest => listAt((at) => at.manifest, ENTRY_KEY));
  return Object.freeze(checkpoint) as unknown as Checkpoint;
}

/**
 * Every row has a way from row to row that ends.
 *
 * @param isComplete whether every row on the way must be among those given
 */
function assertWaysEnd(
  rows: readonly CheckpointRow[],
  byId: ReadonlyMap<string, CheckpointRow>,
  nextOf: (row: CheckpointRow) => string | null,
  verb: string,
  isComplete: boolean,
): void {
  const sound = new Set<string>();
  for (const row of rows) {
    const path = new Set<string>();
    for (let at = row; !sound.has(at.id);) {
      if (path.has(at.id)) throw checkpointsCorrupt(row.executionId, `checkpoint ${at.id} ${verb} itself`);
      path.add(at.id);
      const nextId = nextOf(at);
      const next = nextId === null ? undefined : byId.get(nextId);
      if (next === undefined) {
        if (nextId !== null && isComplete) throw notThere(at, verb, nextId);
        break;
      }
      at = next;
    }
    for (const id of path) sound.add(id);
  }
}

/** `WAYMARK_STORE_CORRUPT`: what a checkpoint follows or stands on was removed by somebody else than Waymark. */
export function notThere(row: Pick<Checkpoint, 'id' | 'executionId'>, verb: string, otherId: string): WaymarkError {
  return checkpointsCorrupt(row.executionId, `checkpoint ${row.id} ${verb} ${otherId}, which is not there`);
}

/** What a stored manifest refers to, but for what it has from its base; `undefined` where it is no manifest. */
export function storedReferences(manifest: string): readonly ContentRef[] | undefined {
  let stored: unknown;
  try {
    stored = JSON.parse(manifest);
  } catch {
    return undefined;
  }
  if (storedListProblem(stored) !== undefined) return undefined;
  const { whole = [], put = [] } = stored as { whole?: readonly unknown[]; put?: readonly unknown[] };
  const refs = [...whole, ...put].map((entry) => (Array.isArray(entry) ? (entry as unknown[])[1] : undefined));
  return refs.every((ref) => typeof ref === 'string') ? refs : undefined;
}

function rowProblem({ position, manifest }: CheckpointRow): string | undefined {
  // What was read is only said to be of the type.
  const given = position as Partial<StoredPosition> | null;
  const problem =
    (isCompletionListRef(given?.completed ?? NOTHING) ? undefined : storedListProblem(given?.completed)) ??
    storedListProblem(given?.nextNodeIds) ??
    (given?.outputKeys === undefined ? undefined : storedListProblem(given.outputKeys)) ??
    (given?.progress === undefined || storedProgress.safeParse(given.progress).success
      ? undefined
      : 'holds a progress that is none') ??
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
