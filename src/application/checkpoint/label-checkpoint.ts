import { checkpointNotFound } from '../../domain/checkpoint/checkpoint.errors.js';
import type { Checkpoint } from '../../domain/checkpoint/checkpoint.js';
import { CheckpointLabelled } from '../../domain/events/families/checkpoint.events.js';
import { InvalidArgumentError } from '../../domain/shared/errors.js';
import { assertIdentifier, labelProblem } from '../../domain/shared/identifiers.js';
import type { UpkeepServices } from './upkeep-services.js';

/** Names a checkpoint, or takes its name away, and records it in the same transaction. */
export async function labelCheckpoint(
  { checkpoints, recorder, factory }: UpkeepServices,
  checkpointId: string,
  label: string | null,
): Promise<Checkpoint> {
  assertIdentifier(checkpointId, 'checkpoint id');
  const problem = label === null ? undefined : labelProblem(label);
  if (problem !== undefined) throw new InvalidArgumentError(`The label ${problem}.`);
  const found = await checkpoints.find(checkpointId);
  if (found === undefined) throw checkpointNotFound(checkpointId);
  if (found.label === label) return found;
  await recorder.commit({
    weight: 1,
    write: async (scope) => {
      await checkpoints.label(checkpointId, label, scope);
      const { executionId } = found;
      return [factory.make(CheckpointLabelled, { executionId, checkpointId, label: label ?? '' })];
    },
  });
  return Object.freeze({ ...found, label });
}
