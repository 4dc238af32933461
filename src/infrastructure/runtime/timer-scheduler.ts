import { setTimeout as delay } from 'node:timers/promises';
import type { Scheduler } from '../../domain/shared/clock.js';

/** Waiting with the machine's timers. */
export const timerScheduler: Scheduler = {
  delay: async (ms, signal, options) => {
    try {
      await delay(ms, undefined, { ref: options?.idle !== true, ...(signal === undefined ? {} : { signal }) });
    } catch (error) {
      // Node rejects with an error of its own, and keeps the reason as its cause.
      signal?.throwIfAborted();
      throw error;
    }
  },
};
