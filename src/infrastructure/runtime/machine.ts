import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { threadId } from 'node:worker_threads';

/** What the operating system tells of a process. */
export interface ProcessFacts {
  /** When it started, in a unit that only means something to this machine; `undefined` where that can't be had. */
  readonly start: string | undefined;
  /** Whether it has ended, and only waits for its parent to notice. */
  readonly isZombie: boolean;
}

/** The machine that this process runs on, as far as owners of executions are told apart by it. */
export interface Machine {
  readonly host: string;
  readonly pid: number;
  /** 0 for the main thread. */
  readonly threadId: number;
  /** What is known of a process; `undefined` when there is none of that id. */
  processFacts(pid: number): ProcessFacts | undefined;
}

/** The machine, as Node and Linux's /proc tell of it. */
export const thisMachine: Machine = {
  host: hostname(),
  pid: process.pid,
  threadId,
  processFacts: (pid) => (processExists(pid) ? (factsInProc(pid) ?? { start: undefined, isZombie: false }) : undefined),
};

function processExists(pid: number): boolean {
  try {
    // Signal 0 asks whether the process is there and sends nothing.
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it is there, and belongs to somebody else.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Linux's /proc/PID/stat; `undefined` where there is no such file. */
function factsInProc(pid: number): ProcessFacts | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  } catch {
    return undefined;
  }
  // `pid (name) state …`, where the name may hold anything: what follows its end is the third field and so on; the 22nd
  // is the start.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return { start: fields[19], isZombie: fields[0] === 'Z' };
}
