import type { NodeOccurrence } from '../../../../domain/execution/node-attempt.js';
import type { QueryRunner } from 'typeorm';
import type { Checkpoint } from '../../../../domain/checkpoint/checkpoint.js';
import type { TypeOrmScope } from '../typeorm-scope.js';
import { baseDepth, baseOf, baseRank, type CheckpointRow, type RowPlace, toCheckpointRow } from './checkpoint-rows.js';
import { selectChain } from './checkpoints.sql.js';
import type { CompletionLists } from './completion-lists.js';
import { readSomeCheckpoints } from './read-checkpoints.js';

/**
 * How many checkpoints are remembered for those that will follow them: about as many executions can run without a look
 * at the store.
 */
const REMEMBERED = 1_024;

interface Placed {
  readonly checkpoint: Checkpoint;
  readonly depth: number;
}

/** A checkpoint that nothing follows yet, and what is on its way to those that later ones may stand on. */
interface Head extends Placed {
  /** Checkpoints on its path that a later one may stand on, itself among them, the deepest first: a few. */
  readonly bases: readonly Placed[];
}

/**
 * What new rows stand on. To tell what is different, a step of an execution needs the one before it, or now and then one
 * far before it: the newest ones are remembered, and the others read.
 */
export class CheckpointBases {
  readonly #lists: CompletionLists;
  /** The newest checkpoints that nothing follows yet, by id, the oldest first. */
  readonly #heads = new Map<string, Head>();

  constructor(lists: CompletionLists) {
    this.#lists = lists;
  }

  /** A new checkpoint as a row. It is remembered, for what will follow it. */
  async toRow(queries: QueryRunner, checkpoint: Checkpoint, scope: TypeOrmScope): Promise<CheckpointRow> {
    const { parentId } = checkpoint;
    const place = parentId === null ? { depth: 0, base: undefined } : await this.#placeAfter(queries, parentId, scope);
    const before = parentId === null ? undefined : await this.#completedBy(queries, parentId, scope);
    const completed = await this.#lists.store(queries, checkpoint.position.completed, before, scope);
    const row = toCheckpointRow(checkpoint, place.depth, place.base, completed);
    this.#remember({ checkpoint, depth: place.depth }, scope);
    return row;
  }

  /** To be called where rows are removed or written again. */
  forget(): void {
    this.#heads.clear();
  }

  /** What was completed at the checkpoint before: a new one goes on from there. */
  async #completedBy(
    queries: QueryRunner,
    parentId: string,
    scope: TypeOrmScope,
  ): Promise<readonly NodeOccurrence[] | undefined> {
    const head = this.#heads.get(parentId);
    if (head !== undefined) return head.checkpoint.position.completed;
    if (scope.gathers) await scope.catchUp();
    const rows = await selectChain(queries, parentId);
    return (await readSomeCheckpoints(queries, rows, [parentId], this.#lists)).get(parentId)?.position.completed;
  }

  async #placeAfter(
    queries: QueryRunner,
    parentId: string,
    scope: TypeOrmScope,
  ): Promise<{ readonly depth: number; readonly base: Placed | undefined }> {
    const head = this.#heads.get(parentId);
    const wanted = baseDepth((head?.depth ?? 0) + 1);
    const known = head?.bases.find(({ depth }) => depth === wanted);
    if (head !== undefined && known !== undefined) return { depth: head.depth + 1, base: known };
    if (scope.gathers) await scope.catchUp();
    const rows = await selectChain(queries, parentId);
    const chain = chainFrom(rows, parentId);
    const base = baseOf(chain);
    const depth = Math.max(0, (chain[0]?.depth ?? -1) + 1);
    const baseId = base?.id ?? '';
    const checkpoint = (await readSomeCheckpoints(queries, rows, [baseId], this.#lists)).get(baseId);
    return {
      depth,
      base: base === undefined || checkpoint === undefined ? undefined : { checkpoint, depth: base.depth },
    };
  }

  #remember(placed: Placed, scope: TypeOrmScope): void {
    const { id, parentId } = placed.checkpoint;
    const before = this.#heads.get(parentId ?? '');
    if (parentId !== null) this.#heads.delete(parentId);
    // Of two that are as good a base as each other, the deeper one is what later ones stand on.
    const passed = before?.bases.filter(({ depth }) => baseRank(depth) > baseRank(placed.depth)) ?? [];
    this.#heads.set(id, { ...placed, bases: [placed, ...passed] });
    scope.onRollback(() => this.#heads.delete(id));
    for (const oldest of this.#heads.keys()) {
      if (this.#heads.size <= REMEMBERED) break;
      this.#heads.delete(oldest);
    }
  }
}

/** Rows in the order in which each stands on the next. A row stands on nothing where its base is not among them. */
function chainFrom(rows: readonly CheckpointRow[], id: string): readonly RowPlace[] {
  const left = new Map(rows.map((row) => [row.id, row]));
  const chain: RowPlace[] = [];
  for (let at = left.get(id); at !== undefined; at = left.get(at.baseId ?? '')) {
    left.delete(at.id);
    chain.push(at);
  }
  return chain;
}
