import { InvalidArgumentError } from '../../../domain/shared/errors.js';
import { wholeNumber } from '../../../domain/shared/options.js';
import type { Launch } from '../execution-services.js';
import type { VerbServices } from '../verb-services.js';
import { prepareResume, type ResumeOptions } from '../resume-execution.js';

/** How to take a step. */
export interface StepOptions extends Pick<
  ResumeOptions,
  'actor' | 'reason' | 'idempotencyKey' | 'signal' | 'statePatch'
> {
  /** How many of the nodes that are ready may start, in their order: a number, or all of them. One when left out. */
  readonly nodes?: number | 'all-ready';
}

/**
 * Prepares a paused execution to take a step: the nodes that may go start and settle, and nothing else is started. That
 * is kept with the execution, so that whoever takes it over after a crash stops where the step would have.
 */
export function prepareStep(services: VerbServices, executionId: string, options: StepOptions): Promise<Launch> {
  const { nodes = 1, ...resume } = options;
  const count = nodes === 'all-ready' ? Number.POSITIVE_INFINITY : toCount(nodes);
  return prepareResume(services, executionId, resume, (waiting) => waiting.slice(0, count));
}

function toCount(nodes: unknown): number {
  if (typeof nodes === 'number') return wholeNumber(nodes, 'number of nodes', 1);
  throw new InvalidArgumentError(`The nodes of a step are ${JSON.stringify(nodes)}; it can be a number, or all-ready.`);
}
