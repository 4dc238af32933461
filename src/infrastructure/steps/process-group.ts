import { setTimeout as wait } from 'node:timers/promises';

/** How often is looked whether a group has ended, in milliseconds. */
const LOOK_EVERY_MS = 20;

/**
 * Ends every process of a group: with SIGTERM, and with SIGKILL those that are still there after the grace. Resolves
 * when none is left, or all have been told by SIGKILL.
 *
 * @param groupId the process id of the group's leader
 */
export async function endGroup(groupId: number, graceMs: number): Promise<void> {
  if (!tell(groupId, 'SIGTERM')) return;
  const until = performance.now() + graceMs;
  while (performance.now() < until) {
    await wait(LOOK_EVERY_MS);
    if (!tell(groupId, 0)) return;
  }
  tell(groupId, 'SIGKILL');
}

/** Whether the group has processes. One that has ended and that nobody has asked about counts. */
export function isGroupAlive(groupId: number): boolean {
  return tell(groupId, 0);
}

/** Sends a signal to a whole group. False where there is no such group. */
function tell(groupId: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(-groupId, signal);
    return true;
  } catch (error) {
    // EPERM: there are processes, and none of them is ours any more.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
