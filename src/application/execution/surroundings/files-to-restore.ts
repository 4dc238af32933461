import type { FilesToRestore } from './surroundings.port.js';

/** How many files going back touches. */
export function countOf(files: FilesToRestore | undefined): number {
  return files === undefined ? 0 : files.restored.length + files.removed.length;
}
