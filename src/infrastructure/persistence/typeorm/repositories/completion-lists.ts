import type { NodeOccurrence } from '../../../../domain/execution/node-attempt.js';
import type { QueryRunner } from 'typeorm';
import { WaymarkError } from '../../../../domain/shared/errors.js';
import type { TypeOrmDatabase } from '../database.js';
import type { TypeOrmScope } from '../typeorm-scope.js';
import {
  type CompletionColumns,
  type CompletionRow,
  gatherCompletion,
  insertCompletion,
  selectCompletions,
  selectNewIds,
} from './completions.sql.js';

/** What stands for a list in a row: the id of its last completion, `null` for an empty one. */
export interface CompletionListRef {
  readonly at: number | null;
}

/** How many ids are asked for at first. Those that are not used up are never used. */
const FIRST_IDS = 256;

/** How many ids are asked for at last: to ask makes a transaction of one message into one of four. */
const MOST_IDS = 4_096;

/**
 * The lists of what executions have completed, in the table `completions`: each row adds one occurrence to the list of
 * the row before it, as commits do. A step adds a row, whatever came before; a rollback and a fork add none, because they
 * go on from a row that is there.
 */
export class CompletionLists {
  static readonly #all = new WeakMap<TypeOrmDatabase, CompletionLists>();

  /** The row of each list that was stored or read. The lists themselves are frozen. */
  readonly #ids = new WeakMap<readonly NodeOccurrence[], number>();

  /** Ids that nobody has yet, for rows that are written together. */
  #newIds: number[] = [];

  #idsAtOnce = FIRST_IDS;

  /** Those of a database: its repositories share them. */
  static of(database: TypeOrmDatabase): CompletionLists {
    let lists = CompletionLists.#all.get(database);
    if (lists === undefined) CompletionLists.#all.set(database, (lists = new CompletionLists()));
    return lists;
  }

  /**
   * Stores a list, as far as it is not there yet.
   *
   * @param before a list that it may go on from
   */
  async store(
    queries: QueryRunner,
    list: readonly NodeOccurrence[],
    before: readonly NodeOccurrence[] | undefined,
    scope: TypeOrmScope,
  ): Promise<CompletionListRef> {
    if (list.length === 0) return { at: null };
    const known = this.#ids.get(list);
    if (known !== undefined) return { at: known };
    const goesOn = before !== undefined && this.#ids.has(before) && beginsWith(list, before);
    let at = goesOn ? (this.#ids.get(before) ?? null) : null;
    for (const item of goesOn ? list.slice(before.length) : list) at = await this.#add(queries, at, item, scope);
    if (at !== null) this.#ids.set(list, at);
    scope.onRollback(() => this.#ids.delete(list));
    return { at };
  }

  async #add(
    queries: QueryRunner,
    parentId: number | null,
    item: NodeOccurrence,
    scope: TypeOrmScope,
  ): Promise<number> {
    if (!scope.gathers) return insertCompletion(queries, parentId, item);
    if (this.#newIds.length === 0) {
      this.#newIds = await selectNewIds(queries, this.#idsAtOnce);
      this.#idsAtOnce = Math.min(this.#idsAtOnce * 2, MOST_IDS);
    }
    const id = this.#newIds.shift() as number;
    gatherCompletion(scope, { ...item, id, parentId });
    return id;
  }

  /**
   * Reads lists.
   *
   * @returns gives each of them, made when it is asked for; it throws `WAYMARK_STORE_CORRUPT` when rows are missing
   */
  async load(
    queries: QueryRunner,
    refs: readonly CompletionListRef[],
    columns?: CompletionColumns,
  ): Promise<(ref: CompletionListRef) => readonly NodeOccurrence[]> {
    const ids = [...new Set(refs.flatMap(({ at }) => (at === null ? [] : [at])))];
    const rows = ids.length === 0 ? [] : await selectCompletions(queries, ids, columns);
    const byId = new Map(rows.map((row) => [row.id, row]));
    return (ref) => this.#listOf(ref, byId);
  }

  #listOf({ at }: CompletionListRef, byId: ReadonlyMap<number, CompletionRow>): readonly NodeOccurrence[] {
    const list: NodeOccurrence[] = [];
    for (let id = at; id !== null;) {
      const row = byId.get(id);
      if (row === undefined || list.length === byId.size) {
        throw completionsCorrupt(id);
      }
      const { nodeId, occurrence, at: address } = row;
      list.push(Object.freeze({ nodeId, occurrence, ...(address === undefined ? {} : { at: address }) }));
      id = row.parentId;
    }
    const frozen = Object.freeze(list.reverse());
    if (at !== null) this.#ids.set(frozen, at);
    return frozen;
  }
}

/** Whether what was read says that it is such a reference. */
export function isCompletionListRef(value: unknown): value is CompletionListRef {
  if (typeof value !== 'object' || value === null || !('at' in value)) return false;
  const { at } = value;
  return at === null || (typeof at === 'number' && Number.isSafeInteger(at));
}

/** Whether a list begins with another. Mostly they have the very same items: every step asks, of all that came before. */
export function beginsWith(list: readonly NodeOccurrence[], before: readonly NodeOccurrence[]): boolean {
  if (list.length < before.length) return false;
  for (let index = 0; index < before.length; index += 1) {
    const item = list[index];
    const known = before[index];
    if (item !== known && (item?.nodeId !== known?.nodeId || item?.occurrence !== known?.occurrence)) return false;
  }
  return true;
}

function completionsCorrupt(id: number): WaymarkError {
  return new WaymarkError(
    'WAYMARK_STORE_CORRUPT',
    `What an execution completed is damaged in the store: row ${id} of completions is missing, or follows itself.`,
    {
      hint: 'Copy the store away before anything else, then run waymark verify to learn how far the log is intact.',
      details: { completion: id },
    },
  );
}
