import { EventEmitter, getMaxListeners, setMaxListeners } from 'node:events';

/**
 * Makes room for one more listener of each name. The limit of Node is there to find the listeners that a host forgets:
 * a bridge must neither set off its warning nor use up what the host set it to.
 *
 * @returns takes it back
 */
export function makeRoomForListener(target: EventEmitter | EventTarget): () => void {
  // A look-alike has no limit that Node knows of.
  if (!(target instanceof EventEmitter || target instanceof EventTarget)) return () => undefined;
  // 0 and infinity: there is no limit.
  if (!isLimit(getMaxListeners(target))) return () => undefined;
  setMaxListeners(getMaxListeners(target) + 1, target);
  return () => {
    const limit = getMaxListeners(target);
    // 1 would become "no limit"; the host has set it since.
    if (isLimit(limit) && limit > 1) setMaxListeners(limit - 1, target);
  };
}

function isLimit(count: number): boolean {
  return count > 0 && Number.isFinite(count);
}
