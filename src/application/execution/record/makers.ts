import type { Makers } from './node-calls.js';
import { ExecutionRecording } from './recorded-execution.js';
import { NodeRecording } from './recorded-node.js';
import { recordExecution } from './record-execution.js';

/** Makes nodes, and executions within others. */
export const MAKERS: Makers = {
  node: (recording, place, options, outer) => new NodeRecording(recording, MAKERS, place, options, outer),

  // One that is there is gone on with: its id says where it belongs.
  async execution(parent, options) {
    const inherited = {
      correlationId: parent.snapshot.correlationId,
      ...(parent.actor === undefined ? {} : { actor: parent.actor }),
    };
    const child = await recordExecution(parent.services, { ...inherited, ...options, resume: true }, parent.id);
    parent.adopt(child);
    return new ExecutionRecording(child, MAKERS);
  },
};
