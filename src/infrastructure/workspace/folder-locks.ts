import type { ProcessIdentity } from '../../application/execution/process-identity.port.js';
import type { FolderLock } from '../../application/workspace/workspace-folders.port.js';
import {
  dateOwnerLock,
  handBackOwnerLock,
  readOwnerLock,
  releaseOwnerLock,
  takeOwnerLock,
} from '../shared/owner-lock.js';

/** Locks of workspaces between processes, and what they tell of their owners. */
export class FolderLocks {
  readonly #identity: ProcessIdentity;

  constructor(identity: ProcessIdentity) {
    this.#identity = identity;
  }

  /** @returns who has it, where that is somebody else */
  async take(path: string, since: string): Promise<FolderLock | undefined> {
    const attempt = await takeOwnerLock(path, this.#identity);
    if (attempt.taken) {
      // One that was taken over has the time of the owner before.
      await dateOwnerLock(path, this.#identity, new Date(since));
      return undefined;
    }
    if (attempt.owner === this.#identity.self) return undefined;
    return (await this.read(path)) ?? lockOf(attempt.owner ?? '', 0);
  }

  /** Gives it back, where this process has it. */
  release(path: string): Promise<void> {
    return releaseOwnerLock(path, this.#identity);
  }

  /** Gives a lock that was taken over back to whom it was taken from. */
  handBack(path: string, owner: string): Promise<void> {
    return handBackOwnerLock(path, this.#identity, owner);
  }

  async read(path: string): Promise<FolderLock | undefined> {
    const found = await readOwnerLock(path);
    return found && lockOf(found.owner, found.sinceMs);
  }
}

/** What the name of an owner tells: `host/pid/start/thread/instance`. */
function lockOf(owner: string, sinceMs: number): FolderLock {
  const [host = '', pid, start = '-'] = owner.split('/');
  return { owner, pid: Number(pid) || 0, host, start, since: new Date(sinceMs).toISOString() };
}
