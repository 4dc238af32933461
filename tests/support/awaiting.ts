/** Types that wait for the same capability. */
const waitFor = (capability: string, ...types: readonly string[]): Readonly<Record<string, string>> =>
  Object.fromEntries(types.map((type) => [type, capability]));

/** The types of a family. */
const of = (family: string, ...facts: readonly string[]): readonly string[] => facts.map((fact) => `${family}.${fact}`);

/**
 * Types that are declared and that nothing emits yet, each with the capability it waits for. A type leaves the list in
 * the change that emits it: the wiring suite fails when it does not.
 */
export const AWAITING: Readonly<Record<string, string>> = {
  ...waitFor(
    'batches of variants',
    ...of('batch', 'started', 'completed', 'failed', 'cancelled', 'progressed', 'variant_started', 'variant_completed'),
    ...of('batch', 'variant_failed', 'variant_cancelled', 'variant_files_tracked', 'variant_files_tracking_failed'),
    ...of('batch', 'backpressure_applied', 'backpressure_released'),
  ),
  ...waitFor(
    'pools of workers',
    ...of('worker', 'pool_created', 'initialized', 'created', 'reset', 'failed', 'restarted', 'killed'),
    ...of('worker', 'resources_released', 'resources_reacquired'),
  ),

  ...waitFor('the life cycle of a process', 'system.started', 'system.stopped'),
  'system.health_checked': 'health checks',
  'audit.access_denied': 'access rules',
};
