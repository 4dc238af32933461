import { setTimeout as delay } from 'node:timers/promises';
import type { Scheduler } from '../../domain/shared/clock.js';

/** Waiting with the machine's timers. */
export const timerScheduler: Scheduler = {
  delay: async (ms, signal) => {
    await delay(ms, undefined, signal === undefined ? {} : { signal });
  },
};
