import type { JsonObject, JsonValue } from '../shared/json.js';
import type { KeysOf } from '../shared/options.js';
import { definitionProblems } from './definition-problems.js';
import { buildGraph, type WorkflowGraph } from './workflow-graph.js';
import { InvalidWorkflowError } from './invalid-workflow.error.js';

/** What a node's work is given. */
export interface NodeContext<State extends object = JsonObject> {
  /** The state as it was when the node started. Frozen. */
  readonly state: Readonly<State>;
  /** What the execution was started with. Frozen. */
  readonly input: JsonObject;
  readonly executionId: string;
  readonly nodeId: string;
  /** The n-th time this node is reached in this execution, from 1. */
  readonly occurrence: number;
  /** The n-th try of this occurrence, from 1. */
  readonly attempt: number;
  /**
   * `executionId/nodeId/occurrence`: the same when the work is repeated after a crash. Hand it to services that take
   * one, so that they do the work once.
   */
  readonly idempotencyKey: string;
  /** Aborts when the execution is cancelled. */
  readonly signal: AbortSignal;
  /** Tells how far the work is: a fraction from 0 to 1, and what is being done. Recorded as `node.progressed`. */
  readonly progress: (fraction?: number, message?: string) => void;
}

/**
 * A node's work. What it returns becomes part of the state: each key replaces the one of that name. It must be JSON.
 */
export type TaskWork<State extends object = JsonObject> = (
  context: NodeContext<State>,
) => Promise<Partial<NoInfer<State>> | undefined | void> | Partial<NoInfer<State>> | undefined | void;

/** A node that does some work. */
export interface TaskNode<State extends object = JsonObject> {
  readonly kind: 'task';
  /** For people; the node's id when left out. */
  readonly name?: string;
  readonly run: TaskWork<State>;
}

/** A node of a workflow. */
export type WorkflowNode<State extends object = JsonObject> = TaskNode<State>;

/** The part of a Zod schema that Waymark uses, so that a schema of any copy of Zod will do. */
export interface InputSchema {
  safeParse(value: unknown):
    | { readonly success: true; readonly data: unknown }
    | {
        readonly success: false;
        readonly error: {
          readonly issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[];
        };
      };
}

/** What {@link defineWorkflow} is told. */
export interface WorkflowOptions<State extends object, NodeId extends string> {
  /** The stable id of the definition. */
  readonly id: string;
  /** For people; the id when left out. */
  readonly name?: string;
  readonly version: string;
  /** Checks the input before anything is recorded, and may fill in defaults. Without one, any JSON object will do. */
  readonly input?: InputSchema;
  /** Where to begin; the nodes that no edge leads to when left out. */
  readonly entry?: NoInfer<NodeId> | readonly NoInfer<NodeId>[];
  readonly nodes: Readonly<Record<NodeId, WorkflowNode<State>>>;
  /**
   * What follows each node. Several followers run in parallel; a node that several lead to waits for all of them.
   */
  readonly edges: Readonly<Partial<Record<NoInfer<NodeId>, NoInfer<NodeId> | readonly NoInfer<NodeId>[]>>>;
  /** The result of a completed execution; what the last nodes returned when left out. */
  readonly output?: (state: Readonly<State>) => JsonValue;
  /** Where the definition can be loaded from again (`import.meta.url`), so that the command line can resume it. */
  readonly source?: string;
}

/** A checked workflow definition. Made by {@link defineWorkflow}. */
export interface Workflow {
  readonly id: string;
  readonly name: string;
  readonly version: string;
  readonly input: InputSchema | undefined;
  readonly graph: WorkflowGraph;
  readonly nodes: ReadonlyMap<string, WorkflowNode>;
  readonly output: ((state: JsonObject) => JsonValue) | undefined;
  readonly source: string | undefined;
}

const OPTION_KEYS: KeysOf<WorkflowOptions<object, string>> = {
  id: true,
  name: true,
  version: true,
  input: true,
  entry: true,
  nodes: true,
  edges: true,
  output: true,
  source: true,
};
const NODE_KEYS: KeysOf<TaskNode> = { kind: true, name: true, run: true };

const BRAND = Symbol.for('waymark.workflow');

/**
 * Declares a workflow: a graph of nodes. The state begins as the input, and each node adds what it returns.
 *
 * @throws InvalidWorkflowError `WAYMARK_INVALID_WORKFLOW` when a part is not of its form, there is an option that is
 *   not known, or the graph is impossible: no entry, an edge to an unknown node, a node that can't be reached, a cycle
 * @example
 * export default defineWorkflow<{ name: string; greeting?: string }>({
 *   id: 'hello',
 *   version: '1',
 *   nodes: { greet: task(({ state }) => ({ greeting: `Hello, ${state.name}` })) },
 *   edges: {},
 * });
 */
export function defineWorkflow<State extends object = JsonObject, NodeId extends string = string>(
  options: WorkflowOptions<State, NodeId>,
): Workflow {
  if (typeof options !== 'object' || options === null) {
    throw new InvalidWorkflowError('(unnamed)', ['it is not an object']);
  }
  const problems = definitionProblems(options, { definition: OPTION_KEYS, node: NODE_KEYS });
  if (problems.length > 0) throw new InvalidWorkflowError(nameOf(options.id), problems);
  const graph = buildGraph(options);
  const workflow: Workflow = {
    id: options.id,
    name: options.name ?? options.id,
    version: options.version,
    input: options.input,
    graph,
    nodes: new Map(Object.entries(options.nodes)) as unknown as ReadonlyMap<string, WorkflowNode>,
    output: options.output as Workflow['output'],
    source: options.source,
  };
  return branded(workflow);
}

/** The same definition, known to be loaded from `source`: a file URL. */
export function withSource(workflow: Workflow, source: string): Workflow {
  return branded({ ...workflow, source });
}

/**
 * Declares a node that does some work.
 *
 * @example
 * task<{ url: string; page?: string }>(async ({ state, signal }) => ({ page: await download(state.url, signal) }));
 * task({ name: 'Quality gate', run: ({ state }) => check(state) });
 */
export function task<State extends object = JsonObject>(
  work: TaskWork<State> | { readonly name?: string; readonly run: TaskWork<State> },
): TaskNode<State> {
  if (typeof work === 'function') return Object.freeze({ kind: 'task', run: work });
  return Object.freeze({ kind: 'task', ...work });
}

/** Whether `value` was made by {@link defineWorkflow}, of whichever copy of the package. */
export function isWorkflow(value: unknown): value is Workflow {
  return typeof value === 'object' && value !== null && BRAND in value;
}

function nameOf(id: unknown): string {
  return typeof id === 'string' && id !== '' ? id : '(unnamed)';
}

function branded(workflow: Workflow): Workflow {
  Object.defineProperty(workflow, BRAND, { value: true });
  return Object.freeze(workflow);
}
