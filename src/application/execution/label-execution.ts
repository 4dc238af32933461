import { ExecutionLabelled } from '../../domain/events/families/execution.events.js';
import { InvalidArgumentError } from '../../domain/shared/errors.js';
import { labelProblem } from '../../domain/shared/identifiers.js';
import { executionNotFound } from './execution-errors.js';
import { type ExecutionServices, findExecution, type VerbOptions } from './execution-services.js';
import type { VerbOnce } from './verb-once.js';

/** An execution, and its name for people. */
export interface LabelledExecution {
  readonly executionId: string;
  /** `null` where it has none. */
  readonly label: string | null;
}

/** Names an execution for people, or takes its name away, whoever runs it. Does nothing where that is its name. */
export async function labelExecution(
  services: ExecutionServices,
  executionId: string,
  label: string | null,
  { reason }: VerbOptions,
  once?: VerbOnce,
): Promise<LabelledExecution> {
  const problem = label === null ? undefined : labelProblem(label);
  if (problem !== undefined) throw new InvalidArgumentError(`The label ${problem}.`);
  const { correlationId } = await findExecution(services, executionId);
  const { executions, factory, recorder } = services;
  const result: LabelledExecution = { executionId, label };
  const payload = { executionId, label: label ?? '', ...(reason === undefined ? {} : { reason }) };
  const labelled = factory.make(ExecutionLabelled, payload, { correlationId });
  await recorder.commit({
    weight: 1,
    write: async (scope) => {
      const found = await executions.find(executionId, scope);
      if (found === undefined) throw executionNotFound(executionId);
      await once?.keep(executionId, result, scope);
      if (found.label === label) return [];
      await executions.label(executionId, label, scope);
      return [labelled];
    },
  });
  return result;
}
