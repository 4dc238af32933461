import { WaymarkError } from '../../../domain/shared/errors.js';
import { runWithContext } from '../../context/run-with-context.js';
import { findExecution } from '../execution-services.js';
import type { VerbServices } from '../verb-services.js';
import { beginRecording } from './begin-recording.js';
import { openRecording } from './open-recording.js';
import { assertRecordingOptions, type RecordingOptions } from './recorder-options.js';
import type { Recording } from './recording.js';
import { otherWorkflow } from './recording-errors.js';

/** Begins to record an execution, or goes on with the one of that id where that is wanted and there is one. */
export async function recordExecution(
  services: VerbServices,
  options: RecordingOptions,
  parentExecutionId: string | null,
): Promise<Recording> {
  assertRecordingOptions(options);
  return runWithContext({ actor: options.actor }, async () => {
    const { executionId } = options;
    if (options.resume !== true || executionId === undefined || !(await isThere(services, options, executionId))) {
      return beginRecording(services, options, parentExecutionId);
    }
    const { actor, signal, takeOver } = options;
    return openRecording(services, executionId, {
      ...(actor === undefined ? {} : { actor }),
      ...(signal === undefined ? {} : { signal }),
      ...(takeOver === undefined ? {} : { takeOver }),
    });
  });
}

/** @throws InvalidArgumentError `WAYMARK_OTHER_WORKFLOW` */
async function isThere(services: VerbServices, { workflow }: RecordingOptions, executionId: string): Promise<boolean> {
  try {
    const found = await findExecution(services, executionId);
    if (found.workflowId !== workflow) throw otherWorkflow(found, workflow);
    return true;
  } catch (error) {
    if (WaymarkError.is(error, 'WAYMARK_EXECUTION_NOT_FOUND')) return false;
    throw error;
  }
}
