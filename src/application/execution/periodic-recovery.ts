import type { Scheduler } from '../../domain/shared/clock.js';
import { WaymarkError } from '../../domain/shared/errors.js';
import type { RecoverOptions, Recovery } from './recover-executions.js';

/** What {@link PeriodicRecovery} needs. */
export interface PeriodicRecoveryServices {
  readonly recover: (options: RecoverOptions) => Promise<readonly Recovery[]>;
  readonly scheduler: Scheduler;
  /** Told when nothing could be looked for, and once of each execution that can't be taken up. Must not throw. */
  readonly onError: (error: unknown) => void;
}

/** What is no trouble: the workflow is somebody else's, or somebody else was faster. */
const EXPECTED = [
  'WAYMARK_WORKFLOW_NOT_REGISTERED',
  'WAYMARK_RECORDED_EXECUTION',
  'WAYMARK_VERSION_CONFLICT',
  'WAYMARK_CLOSED',
] as const;

/** Of how many executions it is remembered that they were told of. */
const REMEMBERED = 1_000;

/** Takes up what nobody sees to, from time to time, for as long as it is not closed. */
export class PeriodicRecovery {
  readonly #services: PeriodicRecoveryServices;
  readonly #everyMs: number;
  readonly #stop = new AbortController();
  readonly #told = new Set<string>();
  readonly #running: Promise<void>;

  /** Begins. The first time is when `everyMs` milliseconds have passed: workflows are registered by then. */
  constructor(services: PeriodicRecoveryServices, everyMs: number) {
    this.#services = services;
    this.#everyMs = everyMs;
    this.#running = this.#run();
  }

  /** Takes up nothing more. Resolves when it has stopped. Idempotent. */
  async close(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    const { scheduler, recover, onError } = this.#services;
    while (!signal.aborted) {
      try {
        await scheduler.delay(this.#everyMs, signal);
        this.#tell(await recover({ signal }));
      } catch (error) {
        if (!signal.aborted) onError(error);
      }
    }
  }

  #tell(recovered: readonly Recovery[]): void {
    for (const recovery of recovered) {
      if (recovery.action !== 'left' || EXPECTED.some((code) => WaymarkError.is(recovery.error, code))) continue;
      if (this.#told.has(recovery.executionId) || this.#told.size >= REMEMBERED) continue;
      this.#told.add(recovery.executionId);
      this.#services.onError(recovery.error);
    }
  }
}
