import { ACTION_EVENTS } from './action.events.js';
import { AGENT_EVENTS } from './agent.events.js';
import { AUDIT_EVENTS } from './audit.events.js';
import { BATCH_EVENTS } from './batch.events.js';
import { BLOCKER_EVENTS } from './blocker.events.js';
import { BUS_EVENTS } from './bus.events.js';
import { CHECKPOINT_EVENTS } from './checkpoint.events.js';
import { DECISION_EVENTS } from './decision.events.js';
import { DEPENDENCY_EVENTS } from './dependency.events.js';
import { ENVIRONMENT_EVENTS } from './environment.events.js';
import { ERROR_EVENTS } from './error.events.js';
import { EXECUTION_EVENTS } from './execution.events.js';
import { FILE_EVENTS } from './file.events.js';
import { GRAPH_EVENTS } from './graph.events.js';
import { JOB_EVENTS } from './job.events.js';
import { LLM_EVENTS } from './llm.events.js';
import { NODE_EVENTS } from './node.events.js';
import { REASONING_EVENTS } from './reasoning.events.js';
import { RETRIEVER_EVENTS } from './retriever.events.js';
import { SESSION_EVENTS } from './session.events.js';
import { SYSTEM_EVENTS } from './system.events.js';
import { TASK_EVENTS } from './task.events.js';
import { TOOL_EVENTS } from './tool.events.js';
import { WORK_ITEM_EVENTS } from './work-item.events.js';
import { WORKER_EVENTS } from './worker.events.js';
import { WORKSPACE_EVENTS } from './workspace.events.js';

export * from './action.events.js';
export * from './agent.events.js';
export * from './audit.events.js';
export * from './batch.events.js';
export * from './blocker.events.js';
export * from './bus.events.js';
export * from './checkpoint.events.js';
export * from './decision.events.js';
export * from './dependency.events.js';
export * from './environment-dependencies.events.js';
export * from './environment.events.js';
export * from './error.events.js';
export * from './execution.events.js';
export * from './file.events.js';
export * from './graph.events.js';
export * from './job.events.js';
export * from './llm.events.js';
export * from './node.events.js';
export * from './reasoning.events.js';
export * from './retriever.events.js';
export * from './session.events.js';
export * from './system.events.js';
export * from './task.events.js';
export * from './tool.events.js';
export * from './work-item.events.js';
export * from './worker.events.js';
export * from './workspace.events.js';
export type { ErrorRecord } from './fields.js';

/** Every event type that Waymark itself declares, family by family. */
export const WAYMARK_EVENTS = [
  // What the engine does
  ...EXECUTION_EVENTS,
  ...NODE_EVENTS,
  ...CHECKPOINT_EVENTS,
  // What its nodes call
  ...LLM_EVENTS,
  ...TOOL_EVENTS,
  ...RETRIEVER_EVENTS,
  ...GRAPH_EVENTS,
  // What work happens in
  ...ENVIRONMENT_EVENTS,
  ...WORKSPACE_EVENTS,
  ...FILE_EVENTS,
  // Work at scale
  ...BATCH_EVENTS,
  ...WORKER_EVENTS,
  ...JOB_EVENTS,
  // Agents and people
  ...AGENT_EVENTS,
  ...ACTION_EVENTS,
  ...SESSION_EVENTS,
  ...TASK_EVENTS,
  ...WORK_ITEM_EVENTS,
  ...DEPENDENCY_EVENTS,
  ...BLOCKER_EVENTS,
  // Why, and what went wrong
  ...DECISION_EVENTS,
  ...REASONING_EVENTS,
  ...ERROR_EVENTS,
  // Waymark itself
  ...SYSTEM_EVENTS,
  ...AUDIT_EVENTS,
  ...BUS_EVENTS,
] as const;

/** Any event that Waymark declares: narrows on `type`. */
export type WaymarkEvent = InstanceType<(typeof WAYMARK_EVENTS)[number]>;
