import { assertKeys, assertOptional, type KeysOf, wholeNumber } from '../domain/shared/options.js';

/** How environments are made. */
export interface EnvironmentsConfig {
  /**
   * Whether npm packages may run their install scripts; they may not when left out. An environment is shared by whoever asks
   * for the same: what a script does to it, it does to all of them.
   */
  readonly runScripts?: boolean;
  /**
   * How long is waited for another process that makes, changes or removes the same environment, in milliseconds; 600,000
   * when left out.
   */
  readonly lockTimeoutMs?: number;
}

/** What a configuration of environments amounts to. */
export type EnvironmentsSetup = Required<EnvironmentsConfig>;

const KEYS: KeysOf<EnvironmentsConfig> = { runScripts: true, lockTimeoutMs: true };

/** As long as a large installation takes over a slow line. */
const DEFAULT_LOCK_TIMEOUT_MS = 600_000;

/** Checks a configuration. @throws InvalidArgumentError */
export function environmentsSetup(config: EnvironmentsConfig = {}): EnvironmentsSetup {
  assertKeys(config, KEYS, 'option of environments');
  const { runScripts = false, lockTimeoutMs = DEFAULT_LOCK_TIMEOUT_MS } = config;
  assertOptional(runScripts, 'boolean', 'runScripts of environments');
  wholeNumber(lockTimeoutMs, 'lockTimeoutMs of environments', 0);
  return { runScripts, lockTimeoutMs };
}
