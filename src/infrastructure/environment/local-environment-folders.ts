import { randomUUID } from 'node:crypto';
import { mkdir, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type {
  EnvironmentFolders,
  FinishedEnvironment,
  KeptEnvironment,
  RemovedFolder,
} from '../../application/environment/environment-folders.port.js';
import type { ProcessIdentity } from '../../application/execution/process-identity.port.js';
import type { Clock } from '../../domain/shared/clock.js';
import { isMissing, namesIn } from '../shared/file-system.js';
import {
  ENVIRONMENT_FILE,
  readEnvironmentFile,
  touchEnvironmentFile,
  writeEnvironmentFile,
} from './environment-file.js';
import { bytesIn, protectFiles } from './protect-files.js';
import { contentsOf, discardReplaced, noteReplaced, removeContent } from './replaced-folders.js';
import { UseMarks } from './use-marks.js';

/** What a folder of an environment is called. */
const ID = /^env-[0-9a-f]{16}$/;
/** What is about to be taken away, under a name that nobody looks for. */
const REMOVING = '.removing-';

/** Environments as folders of one folder. Two hosts that share it must agree on the time. */
export class LocalEnvironmentFolders implements EnvironmentFolders {
  readonly #folder: string;
  readonly #clock: Clock;
  readonly #marks: UseMarks;

  /** @param folder the folder of all environments: absolute; it need not be there */
  constructor(folder: string, identity: ProcessIdentity, clock: Clock) {
    this.#folder = folder;
    this.#clock = clock;
    this.#marks = new UseMarks(folder, identity);
  }

  path(id: string): string {
    return join(this.#folder, id);
  }

  async find(id: string): Promise<KeptEnvironment | undefined> {
    // An id from outside is no way out of the folder.
    return ID.test(id) ? readEnvironmentFile(this.path(id), id) : undefined;
  }

  async list(): Promise<readonly KeptEnvironment[]> {
    const found = await Promise.all((await this.#ids()).map((id) => this.find(id)));
    return found.filter((kept) => kept !== undefined);
  }

  async halfMade(): Promise<readonly string[]> {
    const ids = await this.#ids();
    const found = await Promise.all(ids.map((id) => this.find(id)));
    return ids.filter((_, index) => found[index] === undefined);
  }

  async begin(id: string): Promise<string> {
    const folder = this.path(id);
    await mkdir(folder, { recursive: true });
    await rm(join(folder, ENVIRONMENT_FILE), { force: true });
    const before = await contentsOf(folder);
    const path = await this.beside(id);
    for (const name of before) await removeContent(folder, name);
    return path;
  }

  async beside(id: string): Promise<string> {
    const folder = this.path(id);
    const name = String(Math.max(0, ...(await contentsOf(folder)).map(Number)) + 1);
    // Of one that somebody took away by hand, a note may be left.
    await removeContent(folder, name);
    await mkdir(join(folder, name));
    return join(folder, name);
  }

  giveUp(path: string): Promise<void> {
    return removeFolder(path);
  }

  async finish(environment: FinishedEnvironment): Promise<KeptEnvironment> {
    const folder = this.path(environment.record.environmentId);
    const now = this.#clock.now();
    const bytes = await protectFiles(environment.path);
    await writeEnvironmentFile(folder, { ...environment, bytes });
    await touchEnvironmentFile(folder, now);
    await noteReplaced(folder, basename(environment.path));
    return { ...environment, bytes, lastUsedAt: new Date(now).toISOString() };
  }

  async renewed(): Promise<readonly string[]> {
    const found: string[] = [];
    for (const { record } of await this.list()) {
      const { environmentId: id } = record;
      if ((await contentsOf(this.path(id))).length > 1) found.push(id);
    }
    return found;
  }

  async discardReplaced(id: string): Promise<number> {
    const kept = await this.find(id);
    if (kept === undefined) return 0;
    return discardReplaced(this.path(id), basename(kept.path), await this.#marks.usedSince(id));
  }

  async discard(id: string): Promise<number> {
    const aside = await this.#moveAside(id);
    if (aside === undefined) return 0;
    const bytes = await bytesIn(aside);
    await removeFolder(aside);
    return bytes;
  }

  async remove(id: string): Promise<RemovedFolder> {
    const kept = await this.find(id);
    if (kept === undefined) return { outcome: 'absent' };
    const file = join(this.path(id), ENVIRONMENT_FILE);
    // Whoever takes it marks it first and looks for it then: either we see the mark, or it is not found.
    await rename(file, `${file}.removed`);
    if (await this.#marks.isUsed(id)) {
      await rename(`${file}.removed`, file);
      return { outcome: 'in-use' };
    }
    const aside = await this.#moveAside(id);
    if (aside !== undefined) await removeFolder(aside);
    await this.#marks.forget(id);
    return { outcome: 'removed', freedBytes: kept.bytes };
  }

  async sweep(): Promise<number> {
    let bytes = 0;
    for (const name of await namesIn(this.#folder)) {
      if (!name.startsWith(REMOVING)) continue;
      const path = join(this.#folder, name);
      // Whoever is still at it may be faster.
      bytes += await bytesIn(path).catch(() => 0);
      await removeFolder(path);
    }
    return bytes;
  }

  touch(id: string): Promise<void> {
    return touchEnvironmentFile(this.path(id), this.#clock.now());
  }

  use(id: string): Promise<() => Promise<void>> {
    return this.#marks.use(id);
  }

  isUsed(id: string): Promise<boolean> {
    return this.#marks.isUsed(id);
  }

  close(): Promise<void> {
    return this.#marks.close();
  }

  async #ids(): Promise<readonly string[]> {
    return (await namesIn(this.#folder)).filter((name) => ID.test(name)).toSorted();
  }

  /** Renames a folder, so that it is gone at once, however long it takes to remove what is in it. */
  async #moveAside(id: string): Promise<string | undefined> {
    const aside = join(this.#folder, `${REMOVING}${id}-${randomUUID()}`);
    try {
      await rename(this.path(id), aside);
      return aside;
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }
}

function removeFolder(path: string): Promise<void> {
  return rm(path, { recursive: true, force: true, maxRetries: 3 });
}
