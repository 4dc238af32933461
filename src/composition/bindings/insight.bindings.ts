import type { Bind } from 'inversify';
import { Insight } from '../../application/insight/insight.js';
import { TOKENS } from '../tokens.js';

/** What tells of executions, and what records those of other runners. */
export function bindInsight(bind: Bind): void {
  bind(TOKENS.ExecutionRecorder)
    .toResolvedValue((executions) => executions.recorder, [TOKENS.ExecutionController])
    .inSingletonScope();
  bind(TOKENS.Insight)
    .toResolvedValue(
      (executions, log, clock, registry) =>
        new Insight({ executions, log, clock, definitionOf: (execution) => registry.find(execution) }),
      [TOKENS.ExecutionController, TOKENS.AuditLog, TOKENS.Clock, TOKENS.WorkflowRegistry],
    )
    .inSingletonScope();
}
