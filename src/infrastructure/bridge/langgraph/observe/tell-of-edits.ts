import type { AdapterServices } from '../../../../application/shared/adapter-services.js';
import { currentContext } from '../../../../application/context/run-with-context.js';
import { ExecutionStateModified } from '../../../../domain/events/families/execution.events.js';
import { asJson } from './as-json.js';
import type { GraphConfig, Superstep } from './graph.js';
import { reasonOf } from './observe-options.js';
import { RunEvents } from './run-events.js';
import { executionOf } from './run-setup.js';

/** Tells of edits to a thread's state that were made. Never rejects. */
export async function tellOfEdits(
  services: AdapterServices,
  config: GraphConfig,
  supersteps: readonly Superstep[],
  updated: GraphConfig,
): Promise<void> {
  const { actor, reason } = reasonOf(config);
  const ambient = currentContext();
  const correlationId = ambient?.correlationId ?? services.factory.ids.next();
  const events = new RunEvents(services, { ...ambient, correlationId, ...(actor === undefined ? {} : { actor }) });
  await events.attemptAsync(async () => {
    const thread = String(config.configurable?.['thread_id']);
    const executionId = await executionOf(services, thread);
    const checkpointId = String(updated.configurable?.['checkpoint_id']);
    for (const { values, asNode } of supersteps.flatMap(({ updates }) => updates)) {
      const why = reason ?? (asNode === undefined ? 'updateState' : `updateState as ${asNode}`);
      const payload = { executionId, checkpointId, reason: why };
      events.tell(
        ExecutionStateModified,
        { ...payload, patch: asJson(values ?? null) },
        { otherwise: { ...payload, patch: null } },
      );
    }
  });
}
