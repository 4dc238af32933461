import { lstat, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ProcessIdentity } from '../../application/execution/process-identity.port.js';
import { isMissing, namesIn } from '../shared/file-system.js';

/** How often a mark is written anew whose folder somebody removes meanwhile. */
const TRIES = 5;

/** What of this process uses one environment. */
interface Users {
  count: number;
  /** What is being done to the mark: one thing after the other. */
  turn: Promise<void>;
}

/**
 * Marks of what processes use: `<id>.uses/<owner>`. A process has one mark however often it uses something, and takes it
 * away after the last time.
 */
export class UseMarks {
  readonly #folder: string;
  readonly #identity: ProcessIdentity;
  readonly #users = new Map<string, Users>();

  constructor(folder: string, identity: ProcessIdentity) {
    this.#folder = folder;
    this.#identity = identity;
  }

  async use(id: string): Promise<() => Promise<void>> {
    const users = this.#usersOf(id);
    users.count += 1;
    if (users.count === 1) this.#queue(users, () => this.#write(id));
    let isOver = false;
    const release = async (): Promise<void> => {
      if (!isOver) {
        isOver = true;
        users.count -= 1;
        this.#queue(users, () => (users.count === 0 ? this.#erase(id) : Promise.resolve()));
      }
      await users.turn;
    };
    try {
      await users.turn;
    } catch (error) {
      await release().catch(() => undefined);
      throw error;
    }
    return release;
  }

  async isUsed(id: string): Promise<boolean> {
    for await (const _mark of this.#marksOf(id)) return true;
    return false;
  }

  /**
   * The time of the oldest mark, by the clock of the file system; `undefined` when nobody uses it. A process that has used
   * it without a break has the mark of its first use.
   */
  async usedSince(id: string): Promise<number | undefined> {
    let since: number | undefined;
    for await (const mark of this.#marksOf(id)) {
      const { mtimeMs } = (await lstat(mark).catch(absent)) ?? {};
      if (mtimeMs !== undefined) since = Math.min(mtimeMs, since ?? mtimeMs);
    }
    return since;
  }

  /** What they are about is gone: nothing needs to be kept for marks of it. */
  async forget(id: string): Promise<void> {
    if (!(await this.isUsed(id))) await rm(this.#pathOf(id), { recursive: true, force: true });
  }

  async close(): Promise<void> {
    for (const [id, users] of this.#users) {
      users.count = 0;
      this.#queue(users, () => this.#erase(id));
      await users.turn;
    }
    this.#users.clear();
  }

  /** The marks of those that are not provably gone. What the others left is taken away. */
  async *#marksOf(id: string): AsyncGenerator<string> {
    const folder = this.#pathOf(id);
    for (const name of await namesIn(folder)) {
      const mark = join(folder, name);
      if (this.#identity.isGone(decodeURIComponent(name))) await rm(mark, { force: true });
      else yield mark;
    }
  }

  #usersOf(id: string): Users {
    const users = this.#users.get(id) ?? { count: 0, turn: Promise.resolve() };
    this.#users.set(id, users);
    return users;
  }

  /** What failed before does not keep the next from being tried. */
  #queue(users: Users, work: () => Promise<void>): void {
    users.turn = users.turn.catch(() => undefined).then(work);
  }

  async #write(id: string): Promise<void> {
    const folder = this.#pathOf(id);
    for (let attempt = 1; ; attempt += 1) {
      await mkdir(folder, { recursive: true });
      try {
        await writeFile(join(folder, this.#ownName()), '');
        return;
      } catch (error) {
        if (!isMissing(error) || attempt === TRIES) throw error;
      }
    }
  }

  #erase(id: string): Promise<void> {
    return rm(join(this.#pathOf(id), this.#ownName()), { force: true });
  }

  #ownName(): string {
    return encodeURIComponent(this.#identity.self);
  }

  #pathOf(id: string): string {
    return join(this.#folder, `${id}.uses`);
  }
}

/** For what was there when it was listed. */
function absent(error: unknown): undefined {
  if (!isMissing(error)) throw error;
}
