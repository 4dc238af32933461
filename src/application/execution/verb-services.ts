import type { ActiveExecutions } from './active-executions.js';
import type { ExecutionServices } from './execution-services.js';

/** What a verb needs that may meet, or make, an execution that runs. */
export interface VerbServices extends ExecutionServices {
  readonly active: ActiveExecutions;
}
