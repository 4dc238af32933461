import { randomUUID } from 'node:crypto';
import type { ProcessIdentity } from '../../application/execution/process-identity.port.js';
import { type Machine, thisMachine } from './machine.js';

/** Stands for a start that can't be had. */
const UNKNOWN = '-';

const LIVE = Symbol.for('waymark.live-instances');

/**
 * This instance as an owner of executions: `host/pid/start/thread/instance`.
 *
 * A pid alone tells little: in containers it is 1 every time, and elsewhere it is given again. So an owner of this host
 * is provably gone when there is no process of its pid, when that process started at another time than the owner's, or
 * when it is an instance of this very thread that was closed, or was never of this process. Of another host, and of
 * another thread of this process, nothing can be proved.
 *
 * Hosts are told apart by their name: containers that share a store need names of their own, which they have unless
 * told otherwise.
 */
export function makeProcessIdentity(machine: Machine = thisMachine): ProcessIdentity {
  const host = machine.host.replaceAll('/', '_');
  const instance = randomUUID();
  const start = machine.processFacts(machine.pid)?.start ?? UNKNOWN;
  const self = [host, machine.pid, start, machine.threadId, instance].join('/');
  const live = liveInstances();
  live.add(instance);
  return {
    self,
    isGone(owner) {
      const [ownerHost, pid, ownerStart, thread, ownerInstance, ...more] = owner.split('/');
      // Not made here, or not of here: in doubt it is there.
      if (ownerInstance === undefined || more.length > 0 || ownerHost !== host || !/^[1-9]\d{0,9}$/.test(pid ?? '')) {
        return false;
      }
      const facts = machine.processFacts(Number(pid));
      if (facts === undefined || facts.isZombie) return true;
      if (ownerStart !== UNKNOWN && facts.start !== undefined && facts.start !== ownerStart) return true;
      if (Number(pid) !== machine.pid) return false;
      return Number(thread) === machine.threadId && !live.has(ownerInstance);
    },
    close() {
      live.delete(instance);
    },
  };
}

/**
 * The instances of this thread that were not closed: of every copy of the package, which is why it is not a variable of
 * this module.
 */
function liveInstances(): Set<string> {
  const holder = globalThis as { [LIVE]?: Set<string> };
  holder[LIVE] ??= new Set();
  return holder[LIVE];
}
