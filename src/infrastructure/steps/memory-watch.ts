import { memoryOfGroup } from './group-memory.js';

/** How often is looked at least, and what part of the time may go into it at most. */
const SHORTEST_PAUSE_MS = 100;
const PAUSE_FACTOR = 20;

/** How much memory the processes of a command may have in use together. */
export interface MemoryLimit {
  readonly bytes: number;
  /** Where the system tells of processes; `/proc` when left out. */
  readonly proc?: string;
}

/**
 * Looks now and then how much memory a group of processes has in use, until that is more than it may, or it is stopped.
 *
 * @param onOver told once, with what was in use in bytes
 * @returns stops it
 */
export function watchMemory(groupId: number, limit: MemoryLimit, onOver: (usedBytes: number) => void): () => void {
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;
  const look = async (): Promise<void> => {
    const began = performance.now();
    const used = await memoryOfGroup(groupId, limit.bytes, limit.proc);
    if (isStopped) return;
    if (used > limit.bytes) onOver(used);
    else plan(Math.max(SHORTEST_PAUSE_MS, PAUSE_FACTOR * (performance.now() - began)));
  };
  const plan = (delayMs: number): void => {
    if (isStopped) return;
    timer = setTimeout(() => {
      // A look that fails is followed by another: a command is not to be unwatched for that.
      look().catch(() => plan(SHORTEST_PAUSE_MS));
    }, delayMs);
  };
  plan(0);
  return () => {
    isStopped = true;
    clearTimeout(timer);
  };
}
