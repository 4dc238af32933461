import { addressOf } from '../../../domain/execution/standing.js';
import type { ExecutionStep } from '../execution-step.js';
import { nodeRunning, recordingEnded } from './recording-errors.js';

/** @throws WaymarkError `WAYMARK_RECORDING_ENDED` */
export function assertOpen({ execution }: ExecutionStep, what: string): void {
  const { id, status, pauseReason } = execution.snapshot;
  if (status !== 'running') throw recordingEnded(id, status, pauseReason, what);
}

/** @throws WaymarkError `WAYMARK_NODE_RUNNING` */
export function assertStill({ execution }: ExecutionStep, verb: string): void {
  const { running } = execution.snapshot;
  if (running.length > 0) throw nodeRunning(execution.id, running.map(addressOf), verb);
}

/** Whether a node runs, as a step has it. */
export function isRunning({ execution }: ExecutionStep, address: string): boolean {
  return execution.snapshot.running.some((node) => addressOf(node) === address);
}
