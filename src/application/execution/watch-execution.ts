import type { ExecutionSnapshot } from '../../domain/execution/execution-snapshot.js';
import { WaymarkError } from '../../domain/shared/errors.js';
import type { ExecutionHandle, ExecutionResult } from './execution-result.js';
import { findExecution } from './execution-services.js';
import type { VerbServices } from './verb-services.js';

/** How often one that another process runs is looked at, in milliseconds. */
const LOOK_EVERY_MS = 500;

/** A handle to an execution, whoever runs it. */
export function watchExecution(services: VerbServices, executionId: string): ExecutionHandle {
  return { id: executionId, result: () => waitFor(services, executionId) };
}

/** How an execution ended, or where it stands still; `undefined` while it runs. */
export async function standingResult(
  { log }: Pick<VerbServices, 'log'>,
  execution: ExecutionSnapshot,
): Promise<ExecutionResult | undefined> {
  const { id: executionId, status, headCheckpointId: checkpointId } = execution;
  switch (status) {
    case 'pending':
    case 'running':
      return undefined;
    case 'completed':
      return { status, executionId, output: execution.output };
    case 'failed': {
      const nodeId = execution.failed[0]?.nodeId ?? null;
      const error = execution.error ?? { name: 'Error', message: 'unknown' };
      return { status, executionId, nodeId, error, checkpointId };
    }
    case 'paused': {
      const { pauseReason: reason, waiting: nextNodeIds } = execution;
      return { status, executionId, reason: reason ?? 'requested', checkpointId, nextNodeIds };
    }
    case 'cancelled': {
      const filter = { executionId, types: ['execution.cancelled'] };
      const [entry] = await log.query(filter, { limit: 1, order: 'desc' });
      const { reason } = (entry?.event.payload ?? {}) as { readonly reason?: string };
      return { status, executionId, reason: reason ?? 'no reason given' };
    }
  }
}

async function waitFor(services: VerbServices, executionId: string): Promise<ExecutionResult> {
  for (;;) {
    const active = services.active.find(executionId);
    if (active !== undefined) return active.result;
    const result = await standingResult(services, await findExecution(services, executionId));
    if (result !== undefined) return result;
    if (services.active.isClosing) {
      throw new WaymarkError('WAYMARK_CLOSED', `Waymark was closed while another process runs ${executionId}.`);
    }
    await services.scheduler.delay(LOOK_EVERY_MS, undefined, { idle: true });
  }
}
