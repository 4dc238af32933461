import { warnProcess } from '../application/shared/warn-process.js';
import type { ExecutionController } from '../application/execution/execution-controller.js';
import { PeriodicRecovery } from '../application/execution/periodic-recovery.js';
import type { Scheduler } from '../domain/shared/clock.js';
import { assertKeys, assertOptional, type KeysOf, wholeNumber } from '../domain/shared/options.js';

/** How executions are owned, and taken up where nobody sees to them. */
export interface ExecutionsConfig {
  /**
   * How long an instance owns what it runs unless it says so again, in milliseconds; 30,000 when left out. It says so
   * when a third of that has passed. Processes that share a store are to have the same.
   */
  readonly leaseMs?: number;
  /**
   * Every so many milliseconds, this instance takes up what nobody sees to: see `executions.recover`. Never when left
   * out.
   */
  readonly recoverEveryMs?: number;
  /**
   * The longest wait for another try of a node that an execution is kept in memory for, in milliseconds; 60,000 when left
   * out. For a longer one it stands still, and somebody wakes it: this instance, or whoever takes up what nobody sees to.
   */
  readonly maxInMemoryWaitMs?: number;
  /** Told when what is done in the background fails: taking up, letting parents go on; a warning of the process when left out. */
  readonly onError?: (error: unknown) => void;
}

/** What a configuration of executions amounts to. */
export interface ExecutionsSetup {
  readonly leaseMs: number;
  readonly recoverEveryMs: number | undefined;
  readonly maxInMemoryWaitMs: number;
  readonly onError: (error: unknown) => void;
}

const KEYS: KeysOf<ExecutionsConfig> = { leaseMs: true, recoverEveryMs: true, maxInMemoryWaitMs: true, onError: true };

const DEFAULT_LEASE_MS = 30_000;
const DEFAULT_IN_MEMORY_WAIT_MS = 60_000;
/** Less than that is no time for a commit on a machine that is busy. */
const SHORTEST_LEASE_MS = 100;
/** The longest that a timer of Node waits. */
const MAX_MS = 2_147_483_647;

/** Checks a configuration. @throws InvalidArgumentError */
export function executionsSetup(config: ExecutionsConfig = {}): ExecutionsSetup {
  assertKeys(config, KEYS, 'option of executions');
  const { leaseMs = DEFAULT_LEASE_MS, recoverEveryMs, onError = warn } = config;
  const { maxInMemoryWaitMs = DEFAULT_IN_MEMORY_WAIT_MS } = config;
  wholeNumber(leaseMs, 'leaseMs of executions', SHORTEST_LEASE_MS, MAX_MS);
  if (recoverEveryMs !== undefined) wholeNumber(recoverEveryMs, 'recoverEveryMs of executions', 1, MAX_MS);
  wholeNumber(maxInMemoryWaitMs, 'maxInMemoryWaitMs of executions', 0, MAX_MS);
  assertOptional(onError, 'function', 'onError of executions');
  return { leaseMs, recoverEveryMs, maxInMemoryWaitMs, onError };
}

/** Begins to take up what nobody sees to, where that is wanted. */
export function startRecovery(
  { recoverEveryMs, onError }: ExecutionsSetup,
  executions: ExecutionController,
  scheduler: Scheduler,
): PeriodicRecovery | undefined {
  if (recoverEveryMs === undefined) return undefined;
  return new PeriodicRecovery(
    { recover: (options) => executions.recover(options), scheduler, onError },
    recoverEveryMs,
  );
}

function warn(error: unknown): void {
  warnProcess(error, 'WaymarkRecoveryWarning');
}
