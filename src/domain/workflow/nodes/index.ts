export { approval, type ApprovalOptions } from './approval.js';
export { decision, type DecisionOptions } from './decision.js';
export { type Condition, type ConditionLike, type ConditionScope, expr, type Expression } from './expression.js';
export { group, type GroupOptions } from './group.js';
export { loop, type LoopOptions } from './loop.js';
export { map, type MapOptions } from './map.js';
export type { Compensation, CompensationContext, NodeContext } from './node-context.js';
export type { CompensationWork, NodeOptions, NodeRetry, TryOptions, WorkOptions } from './node-options.js';
export { parallel, type ParallelOptions } from './parallel.js';
export { signal, type SignalOptions } from './signal.js';
export { subworkflow, type SubworkflowOptions } from './subworkflow.js';
export { task, type TaskOptions } from './task.js';
export { timer, type TimerOptions } from './timer.js';
export type {
  ApprovalNode,
  DecisionCase,
  DecisionChoice,
  DecisionNode,
  FailurePolicy,
  GraphBody,
  GroupNode,
  JoinPolicy,
  LoopNode,
  MapNode,
  MapSource,
  NodeBody,
  NodeKind,
  ParallelNode,
  SignalNode,
  SubworkflowNode,
  TaskNode,
  TaskWork,
  TimerNode,
  WorkflowNode,
  WorkflowReference,
} from './workflow-node.js';
