import { join } from 'node:path';
import type { EnvironmentLocks, LockAttempt } from '../../application/environment/environment-locks.port.js';
import type { ProcessIdentity } from '../../application/execution/process-identity.port.js';
import { takeOwnerLock } from '../shared/owner-lock.js';

/** Locks beside the folders of the environments: `<environmentId>.lock`. */
export class LocalEnvironmentLocks implements EnvironmentLocks {
  readonly #folder: string;
  readonly #identity: ProcessIdentity;

  /** @param folder the folder of all environments */
  constructor(folder: string, identity: ProcessIdentity) {
    this.#folder = folder;
    this.#identity = identity;
  }

  async tryTake(id: string): Promise<LockAttempt> {
    const path = join(this.#folder, `${id}.lock`);
    const attempt = await takeOwnerLock(path, this.#identity);
    return attempt.taken ? attempt : { ...attempt, path };
  }
}
