import type { JsonObject, JsonValue } from '../../shared/json.js';
import type { Condition, ConditionScope, Expression } from './expression.js';
import type { NodeContext } from './node-context.js';
import type { NodeOptions, WorkOptions } from './node-options.js';

/** The kinds of nodes that there are. */
export const NODE_KINDS = [
  'task',
  'decision',
  'group',
  'parallel',
  'loop',
  'map',
  'workflow',
  'approval',
  'timer',
  'signal',
] as const;

/** See {@link NODE_KINDS}. */
export type NodeKind = (typeof NODE_KINDS)[number];

/**
 * A node's work. What it returns becomes part of the state: each key replaces the one of that name. It must be JSON.
 */
export type TaskWork<State extends object = JsonObject> = (
  context: NodeContext<State>,
) => Promise<Partial<NoInfer<State>> | undefined | void> | Partial<NoInfer<State>> | undefined | void;

/** A node that does some work. */
export interface TaskNode<State extends object = JsonObject> extends WorkOptions<State> {
  readonly kind: 'task';
  readonly run: TaskWork<State>;
  /** How long the work may be silent before it counts as hung, in milliseconds. */
  readonly heartbeatMs?: number;
  /** What its final failure does: fail the execution, or pause it before the node. `fail` when left out. */
  readonly onFailure?: 'fail' | 'pause';
}

/** One way out of a decision. */
export interface DecisionCase<State extends object = JsonObject> {
  readonly when: Condition<State>;
  /** The local ids of the nodes that follow then. */
  readonly to: readonly string[];
}

/** Chooses which of the nodes that follow it are run. */
export type DecisionChoice<State extends object = JsonObject> = (
  context: NodeContext<State>,
) => string | readonly string[] | Promise<string | readonly string[]>;

/** A node that chooses which of its followers are run: by a function, or by the first case that holds. */
export interface DecisionNode<State extends object = JsonObject> extends WorkOptions<State> {
  readonly kind: 'decision';
  readonly choose?: DecisionChoice<State>;
  readonly cases?: readonly DecisionCase<State>[];
  /** What follows where no case holds. Without it, that is a failure. */
  readonly otherwise?: readonly string[];
}

/** A graph within a node. */
export interface GraphBody<State extends object = JsonObject> {
  readonly nodes: Readonly<Record<string, WorkflowNode<State>>>;
  /** What follows each node; `{}` for nothing. */
  readonly edges: Readonly<Partial<Record<string, string | readonly string[]>>>;
  readonly entry?: string | readonly string[];
}

/** What a node with a body runs: one node, whose local id is `body`, or a graph. */
export type NodeBody<State extends object = JsonObject> = WorkflowNode<State> | GraphBody<State>;

/** A graph as one node. */
export interface GroupNode<State extends object = JsonObject> extends NodeOptions<State> {
  readonly kind: 'group';
  readonly body: GraphBody<State>;
}

/** When a parallel node is done: when all its branches are, when one is, or when so many are. */
export type JoinPolicy = 'all' | 'any' | { readonly atLeast: number };

/** What a failure within does: end what runs beside it at once, or let that settle first. */
export type FailurePolicy = 'fail-fast' | 'collect';

/** Branches that run side by side. */
export interface ParallelNode<State extends object = JsonObject> extends NodeOptions<State> {
  readonly kind: 'parallel';
  readonly branches: Readonly<Record<string, WorkflowNode<State>>>;
  readonly join: JoinPolicy;
  readonly onFailure: FailurePolicy;
}

/** A body that is run again and again. */
export interface LoopNode<State extends object = JsonObject> extends NodeOptions<State> {
  readonly kind: 'loop';
  readonly body: NodeBody<State>;
  /** Looked at before each pass. */
  readonly while?: Condition<State>;
  /** Looked at after each pass. */
  readonly until?: Condition<State>;
  readonly maxIterations: number;
}

/** What a map goes over: the key of a list in the state, a function, or an expression. */
export type MapSource<State extends object = JsonObject> =
  string | ((scope: ConditionScope<State>) => readonly JsonValue[]) | Expression;

/** A body that is run for every item of a list. */
export interface MapNode<State extends object = JsonObject> extends NodeOptions<State> {
  readonly kind: 'map';
  readonly over: MapSource<State>;
  /** The key under which a body sees its item. */
  readonly as: string;
  readonly each: NodeBody;
  /** How many items are worked on at once at most. */
  readonly concurrency?: number;
  /** The key of the list that holds, for each item, what its nodes returned. */
  readonly into: string;
  readonly onFailure: FailurePolicy;
}

/** A workflow as a node refers to it. Made by `defineWorkflow`. */
export interface WorkflowReference {
  readonly id: string;
  readonly name: string;
  readonly version: string;
}

/** Another workflow, as an execution of its own. */
export interface SubworkflowNode<State extends object = JsonObject> extends NodeOptions<State> {
  readonly kind: 'workflow';
  readonly workflow: WorkflowReference;
  /** What it is started with; the state when left out. */
  readonly input?: (state: Readonly<State>) => JsonValue;
  /**
   * How long its execution may take in all, in milliseconds, what it waits for included; what the other workflow says of
   * itself when left out.
   */
  readonly timeoutMs?: number;
  /** The key for its output; without one the output's keys become part of the state. */
  readonly into?: string;
}

/** Waits until somebody approves or rejects. */
export interface ApprovalNode<State extends object = JsonObject> extends NodeOptions<State> {
  readonly kind: 'approval';
  /** What is to be approved. */
  readonly message?: string | ((state: Readonly<State>) => string);
  /** Who may. Anybody, when left out. */
  readonly approvers?: readonly string[];
  readonly expiresAfterMs?: number;
  /** What happens when nobody has decided by then; `reject` when left out. */
  readonly onExpiry?: 'reject' | 'approve' | 'escalate';
  /** Who may decide after an escalation. */
  readonly escalateTo?: readonly string[];
  /** What a rejection does: fail the node, or let the execution go on with the decision; `fail` when left out. */
  readonly onRejection?: 'fail' | 'continue';
  /** The key for the decision; the node's local id when left out. */
  readonly into?: string;
}

/** Waits for a while, or until a moment. */
export interface TimerNode<State extends object = JsonObject> extends NodeOptions<State> {
  readonly kind: 'timer';
  readonly afterMs?: number | ((state: Readonly<State>) => number);
  /** The moment, as ISO 8601. */
  readonly until?: (state: Readonly<State>) => string;
}

/** Waits for a signal from outside. */
export interface SignalNode<State extends object = JsonObject> extends NodeOptions<State> {
  readonly kind: 'signal';
  /** The name of the signal that is waited for. */
  readonly name: string;
  /** How long it is waited for, in milliseconds; a failure then. For ever, when left out. */
  readonly timeoutMs?: number;
  /** The key for what comes with the signal; without one the keys of what comes become part of the state. */
  readonly into?: string;
}

/** A node of a workflow. */
export type WorkflowNode<State extends object = JsonObject> =
  | TaskNode<State>
  | DecisionNode<State>
  | GroupNode<State>
  | ParallelNode<State>
  | LoopNode<State>
  | MapNode<State>
  | SubworkflowNode<State>
  | ApprovalNode<State>
  | TimerNode<State>
  | SignalNode<State>;
