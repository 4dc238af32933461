import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** How often to collect before it counts as never, and how many turns the event loop has after each time. */
const ROUNDS = 20;
const TURNS = 20;

/** How long a test that collects garbage may take: in a process with a large heap each time can take a second. */
export const COLLECTING_MS = 120_000;

let collect: (() => void) | undefined;

/**
 * Collects garbage until something holds, and gives finalizers their turn in between. Ends without it when it never
 * does: the test that asks for it says so.
 */
export async function collectGarbage(until: () => boolean): Promise<void> {
  if (collect === undefined) {
    setFlagsFromString('--expose-gc');
    collect = runInNewContext('gc') as () => void;
  }
  for (let round = 0; round < ROUNDS && !until(); round += 1) {
    collect();
    // Finalizers are called in turns of their own.
    for (let turn = 0; turn < TURNS && !until(); turn += 1) {
      await new Promise<void>((resolve) => {
        setImmediate(resolve);
      });
    }
  }
}
