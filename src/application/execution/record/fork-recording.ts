import { InvalidArgumentError } from '../../../domain/shared/errors.js';
import { concludePaused } from '../conclude-execution.js';
import type { ExecutionHandle } from '../execution-result.js';
import { findExecution } from '../execution-services.js';
import type { VerbServices } from '../verb-services.js';
import { type ForkOptions, forkStep } from '../fork-execution.js';
import type { VerbOnce } from '../verb-once.js';

/** Forks a recording, and leaves the fork paused: the host's runner goes on with it. */
export async function forkRecording(
  services: VerbServices,
  checkpointId: string,
  options: ForkOptions,
  once?: VerbOnce,
): Promise<ExecutionHandle> {
  if ((options.breakpoints ?? []).length > 0) {
    throw new InvalidArgumentError('A fork of a recording has no breakpoints: its own runner runs it.', {
      hint: 'Let the runner stop where it is to: await run.pause().',
    });
  }
  const source = await services.tree.get(checkpointId);
  const parent = await findExecution(services, source.executionId);
  const { step, causationId } = await forkStep(services, source, parent, options);
  services.active.assertFree(step.execution.snapshot, options.signal);
  const result = concludePaused(step, [], causationId);
  const { id } = step.execution;
  if (once !== undefined) step.also((scope) => once.keep(id, { id, result }, scope));
  await step.commit();
  return { id, result: () => Promise.resolve(result) };
}
