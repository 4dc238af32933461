import type { Scheduler } from '../../domain/shared/clock.js';
import type { WaymarkError } from '../../domain/shared/errors.js';
import type { Workspace } from '../../domain/workspace/workspace.js';
import { nextTurn } from '../shared/next-turn.js';
import { settlesWithin } from '../shared/settles-within.js';
import { workGoesOn } from './workspace-errors.js';

/** For how long work that was told to stop is waited for by those who need the folder, in milliseconds. */
export const WORK_WAIT_MS = 30_000;

/** Whose work it is. */
export interface WorkName {
  readonly executionId: string;
  /** What it is called: the address of a node, or the compensation of one. */
  readonly name: string;
}

/**
 * Waits for work that was told to stop, no longer than {@link WORK_WAIT_MS}.
 *
 * @param told what it was told
 * @returns the error that it comes to: what it was told, or `WAYMARK_WORK_GOES_ON` with that as its cause
 */
export type WorkStop = (told: WaymarkError) => Promise<WaymarkError>;

interface Going extends WorkName {
  readonly settled: Promise<void>;
}

/**
 * The work that goes on in workspaces, of nodes and compensations, until it has really settled. That its outcome is
 * listened to no longer (a time limit, a cancellation) does not end it: code that does not look at its signal goes on to
 * write, and so does a command until it has ended.
 */
export class OngoingWork {
  readonly #scheduler: Scheduler;
  readonly #going = new Map<string, Set<Going>>();
  /** The workspaces that are left as soon as their work has settled. */
  readonly #leaving = new Map<string, Promise<void>>();
  readonly #closed: Promise<void>;
  #isClosed = false;
  #close: () => void = () => undefined;

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler;
    this.#closed = new Promise((resolve) => {
      this.#close = resolve;
    });
  }

  /** Work has begun in a workspace. */
  begin(workspace: Pick<Workspace, 'id' | 'path'>, name: WorkName, work: Promise<unknown>): WorkStop {
    const { id } = workspace;
    const all = this.#going.get(id) ?? new Set();
    this.#going.set(id, all);
    const end = (): void => {
      all.delete(going);
      if (all.size === 0 && this.#going.get(id) === all) this.#going.delete(id);
    };
    const going: Going = { ...name, settled: work.then(end, end) };
    all.add(going);
    return async (told) => {
      await this.#waitFor(Promise.race([going.settled, this.#closed]));
      return all.has(going) ? workGoesOn(workspace, [going], told) : told;
    };
  }

  /** Whether anything goes on in a workspace. */
  isIn(workspaceId: string): boolean {
    return this.#going.has(workspaceId);
  }

  /** Whether a workspace is only held because of what goes on there. */
  isLeft(workspaceId: string): boolean {
    return this.#leaving.has(workspaceId);
  }

  /** Nobody may have the folder whose work goes on though its execution is run no more. @throws WaymarkError `WAYMARK_WORK_GOES_ON` */
  assertNoneLeft(workspace: Pick<Workspace, 'id' | 'path'>): void {
    const { id } = workspace;
    if (this.isLeft(id) && this.isIn(id)) throw workGoesOn(workspace, this.#of(id));
  }

  /** A workspace is being left: whoever needs it waits for that. */
  leaves(workspaceId: string, leaving: Promise<void>): void {
    this.#leaving.set(workspaceId, leaving);
    const end = (): void => {
      // At the end of Waymark it may be left with its work: whoever asks is told so.
      if (this.#leaving.get(workspaceId) === leaving && !this.isIn(workspaceId)) this.#leaving.delete(workspaceId);
    };
    leaving.then(end, end);
  }

  /**
   * Waits until nothing goes on in a workspace, and nobody is leaving it.
   *
   * @param executionId for the work of one execution alone
   * @returns whether there was anything to wait for
   * @throws WaymarkError `WAYMARK_WORK_GOES_ON` after {@link WORK_WAIT_MS}, or when Waymark waits no longer
   */
  async untilLeft(workspace: Pick<Workspace, 'id' | 'path'>, executionId?: string): Promise<boolean> {
    const { id } = workspace;
    const waits = (): readonly Promise<void>[] => {
      const left = executionId === undefined ? this.#leaving.get(id) : undefined;
      return [...this.#of(id, executionId).map(({ settled }) => settled), ...(left === undefined ? [] : [left])];
    };
    if (waits().length === 0) return false;
    const none = async (): Promise<void> => {
      for (let all = waits(); all.length > 0 && !this.#isClosed; all = waits()) {
        await Promise.race([Promise.all(all), this.#closed]);
      }
    };
    await this.#waitFor(none());
    if (this.#of(id, executionId).length > 0) throw workGoesOn(workspace, this.#of(id, executionId));
    return true;
  }

  /** Waits for the work in a workspace, however long it takes. False where it still goes on when Waymark waits no longer. */
  async settles(workspaceId: string): Promise<boolean> {
    // What was only told to stop a moment ago, and does, is not left behind.
    if (this.#isClosed) await nextTurn();
    while (this.isIn(workspaceId)) {
      if (this.#isClosed) return false;
      await Promise.race([Promise.all(this.#of(workspaceId).map(({ settled }) => settled)), this.#closed]);
    }
    return true;
  }

  /** Waits for nothing any more. Idempotent. */
  close(): void {
    this.#isClosed = true;
    this.#close();
  }

  #of(workspaceId: string, executionId?: string): readonly Going[] {
    const all = [...(this.#going.get(workspaceId) ?? [])];
    return executionId === undefined ? all : all.filter((going) => going.executionId === executionId);
  }

  #waitFor(settled: Promise<void>): Promise<boolean> {
    return settlesWithin(settled, WORK_WAIT_MS, this.#scheduler);
  }
}
