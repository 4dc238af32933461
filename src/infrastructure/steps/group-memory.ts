import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** Where Linux tells of processes. */
export const PROC = '/proc';

/** Whether the memory of processes can be looked at here. */
export async function tellsOfMemory(proc = PROC): Promise<boolean> {
  return stat(join(proc, 'self', 'status')).then(
    (found) => found.isFile(),
    () => false,
  );
}

/**
 * How much memory the processes of a group have in use together, in bytes.
 *
 * First what each of them has resident is added up. What several share counts several times in that, so that a sum above
 * `limit` is looked at again: by shares (PSS), where the system tells of these.
 */
export async function memoryOfGroup(groupId: number, limit: number, proc = PROC): Promise<number> {
  const members = await membersOf(groupId, proc);
  const resident = sum(await Promise.all(members.map((id) => bytesIn(join(proc, id, 'status'), 'VmRSS'))));
  if (resident <= limit) return resident;
  const shares = await Promise.all(
    members.map(async (id) => {
      const share = await bytesIn(join(proc, id, 'smaps_rollup'), 'Pss');
      return share > 0 ? share : bytesIn(join(proc, id, 'status'), 'VmRSS');
    }),
  );
  return sum(shares);
}

async function membersOf(groupId: number, proc: string): Promise<readonly string[]> {
  const ids = (await readdir(proc).catch(() => [])).filter((name) => /^\d+$/.test(name));
  const groups = await Promise.all(ids.map((id) => groupOf(id, proc)));
  return ids.filter((_id, index) => groups[index] === groupId);
}

/** The group of a process, by its id; `undefined` where that can not be told. */
export async function groupOf(id: string, proc = PROC): Promise<number | undefined> {
  const line = await textOf(join(proc, id, 'stat'));
  // The name of the program, in brackets, may hold anything; after it come the state, the parent and the group.
  const [, , group] = line.slice(line.lastIndexOf(')') + 2).split(' ');
  return group === undefined ? undefined : Number(group);
}

/** A figure of a file of `Name: 12 kB` lines, in bytes; 0 where there is none. */
async function bytesIn(file: string, name: string): Promise<number> {
  const found = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(await textOf(file))?.[1];
  return Number(found ?? 0) * 1_024;
}

/** A process may end while it is looked at, and others are none of ours: what can't be read has nothing in use. */
async function textOf(file: string): Promise<string> {
  return readFile(file, 'utf8').catch(() => '');
}

function sum(figures: readonly number[]): number {
  return figures.reduce((total, figure) => total + figure, 0);
}
