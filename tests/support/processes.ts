import type { ProcessIdentity } from '../../src/index.js';

/** Processes that a test can kill: the identities of several Waymarks over one store. */
export class Processes {
  readonly #gone = new Set<string>();

  identity(self: string): ProcessIdentity {
    return { self, isGone: (owner) => this.#gone.has(owner), close: () => this.kill(self) };
  }

  kill(owner: string): void {
    this.#gone.add(owner);
  }
}
