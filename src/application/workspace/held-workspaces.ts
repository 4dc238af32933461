import type { Scheduler } from '../../domain/shared/clock.js';
import { OngoingWork } from './ongoing-work.js';
import type { FolderStamp } from './workspace-folders.port.js';

/** The workspaces that this instance works in, and whose turn it is with each. */
export class HeldWorkspaces {
  /** What goes on in them. */
  readonly work: OngoingWork;
  readonly #active = new Map<string, FolderStamp>();
  readonly #turns = new Map<string, Promise<unknown>>();

  constructor(scheduler: Scheduler) {
    this.work = new OngoingWork(scheduler);
  }

  /** Those that are active, in the order of their activation. */
  get ids(): readonly string[] {
    return [...this.#active.keys()];
  }

  has(id: string): boolean {
    return this.#active.has(id);
  }

  /** @param stamp what the files were when the work began */
  add(id: string, stamp: FolderStamp): void {
    this.#active.set(id, stamp);
  }

  stampOf(id: string): FolderStamp | undefined {
    return this.#active.get(id);
  }

  remove(id: string): void {
    this.#active.delete(id);
  }

  /** Does work on a workspace when all that was begun on it before is over. */
  async inTurn<Result>(id: string, work: () => Promise<Result>): Promise<Result> {
    const before = this.#turns.get(id);
    // Whoever failed before has been told.
    const turn = before === undefined ? work() : before.then(work, work);
    this.#turns.set(id, turn);
    try {
      return await turn;
    } finally {
      if (this.#turns.get(id) === turn) this.#turns.delete(id);
    }
  }
}
