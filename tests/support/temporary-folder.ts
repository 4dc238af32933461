import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder for one test. */
export interface TemporaryFolder {
  readonly path: string;
  /** The path of a file in it. */
  file(name: string): string;
  /** Removes it with everything in it. */
  remove(): void;
}

/** Makes a folder that nothing else uses, below that of the system for such folders when no other is named. */
export function makeTemporaryFolder(within: string = tmpdir()): TemporaryFolder {
  const path = mkdtempSync(join(within, 'waymark-test-'));
  return {
    path,
    file: (name) => join(path, name),
    remove: () => rmSync(path, { recursive: true, force: true }),
  };
}
