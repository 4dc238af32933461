import { hostname } from 'node:os';
import type { ProcessIdentity } from '../../application/execution/process-identity.port.js';
import type { IdGenerator } from '../../domain/shared/id-generator.js';

/**
 * This process as the owner of executions: `host/pid/instance`. An owner is provably gone when it is a process of this host that no
 * longer exists, or an earlier instance within this process. Of another host nothing can be proved.
 */
export function makeProcessIdentity(ids: IdGenerator): ProcessIdentity {
  const host = hostname().replaceAll('/', '_');
  const self = `${host}/${process.pid}/${ids.next()}`;
  return {
    self,
    isGone(owner: string): boolean {
      if (owner === self) return false;
      const [ownerHost, pid] = owner.split('/');
      if (ownerHost !== host || pid === undefined) return false;
      return !processExists(Number(pid));
    },
  };
}

function processExists(pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 0) return false;
  try {
    // Signal 0 asks whether the process is there and sends nothing.
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it is there, and belongs to somebody else.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
