import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { workspaceFailed } from '../../application/workspace/workspace-errors.js';
import type { WorkspaceProcesses } from '../../application/workspace/workspace-processes.port.js';
import { groupOf, PROC } from '../steps/group-memory.js';
import { endGroup } from '../steps/process-group.js';

/** How often, and how many times, is looked whether processes that were told to end have ended: 5 seconds. */
const LOOK_EVERY_MS = 10;
const LOOKS = 500;

/**
 * Finds processes by the variable that commands of nodes get, `WAYMARK_WORKSPACE`, as Linux tells of it in `/proc`. A
 * process that nothing may be known of, because it is another user's, is nobody's here. On other systems none is found,
 * and nothing is ended.
 */
export class ProcWorkspaceProcesses implements WorkspaceProcesses {
  readonly #proc: string;

  constructor(proc = PROC) {
    this.#proc = proc;
  }

  async endLeftBehind(path: string): Promise<void> {
    const own = await groupOf('self', this.#proc);
    // Without knowing which group is its own it would have to be afraid of ending itself.
    if (own === undefined || !(own > 0)) return;
    let groups = await this.#groupsIn(path, own);
    for (let look = 0; groups.size > 0; look += 1) {
      if (look === LOOKS) throw workspaceFailed('Ending what was left behind', path, stillThere(groups));
      for (const group of groups) await endGroup(group, 0);
      await wait(LOOK_EVERY_MS);
      groups = await this.#groupsIn(path, own);
    }
  }

  /** The process groups, but for its own, that have a process which a node began in a workspace. */
  async #groupsIn(path: string, own: number): Promise<ReadonlySet<number>> {
    const variable = `WAYMARK_WORKSPACE=${path}`;
    const groups = new Set<number>();
    for (const id of await readdir(this.#proc).catch((): readonly string[] => [])) {
      if (!/^\d+$/.test(id)) continue;
      // It has ended meanwhile, or is another user's.
      const environment = await readFile(join(this.#proc, id, 'environ'), 'utf8').catch(() => '');
      if (!environment.split('\0').includes(variable)) continue;
      const group = await groupOf(id, this.#proc);
      // Of the first process of all, and of what is in no group, nothing is ended.
      if (group !== undefined && group > 1 && group !== own) groups.add(group);
    }
    return groups;
  }
}

function stillThere(groups: ReadonlySet<number>): Error {
  return new Error(`process groups ${[...groups].join(', ')} are still there.`);
}
