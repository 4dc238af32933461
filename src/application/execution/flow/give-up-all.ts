import type { Fact } from '../../../domain/workflow/planner/fact.js';
import { openAttempts } from '../../../domain/execution/position.js';
import type { ExecutionStep } from '../execution-step.js';
import { tellFacts } from './tell-facts.js';

/** Tells in a step that whatever runs, waits or is open in its execution is given up: the inner ones first. */
export function giveUpAll(step: ExecutionStep, reason: string): void {
  const { running, suspended, progress } = step.execution.snapshot;
  // What was gone back into has not been started since.
  const open = openAttempts(progress).filter(({ attempt }) => attempt > 0);
  const nodes = [...running, ...suspended, ...open.reverse()];
  tellFacts(
    step,
    nodes.map((node): Fact => ({ kind: 'cancelled', node, reason })),
    undefined,
  );
}
