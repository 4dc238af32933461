import { type EnvironmentDeclaration, frozenEnvironment } from '../environment/environment-declaration.js';
import type { JsonObject, JsonValue } from '../shared/json.js';
import type { KeysOf } from '../shared/options.js';
import { frozenWorkspace, type WorkspaceDeclaration } from '../workspace/workspace-declaration.js';
import { definitionProblems, WORKFLOW_OPTION_KEYS } from './definition-problems.js';
import { InvalidWorkflowError } from './invalid-workflow.error.js';
import type { WorkflowNode } from './nodes/workflow-node.js';
import { branded, isBranded } from './workflow-brand.js';
import type { WorkflowGraph } from './workflow-graph.js';
import { compileTree, type WorkflowTree } from './workflow-tree.js';

export type { NodeContext } from './nodes/node-context.js';
export type { WorkflowNode } from './nodes/workflow-node.js';

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
  /**
   * Changes when the work of the nodes does. Code can't be compared, and changes no hash; where the work is data, as in a
   * file of YAML, its hash belongs here: an execution goes on only on the revision it began on.
   */
  readonly revision?: string;
  /** How long an execution may take in all, in milliseconds, pauses included. */
  readonly timeoutMs?: number;
  /** What a failure does: stop (when left out), or undo what is done by the compensations of its nodes first. */
  readonly onFailure?: 'stop' | 'compensate';
  /** The folder of its own that each execution gets; none when left out. Changes no hash: an execution keeps its own. */
  readonly workspace?: WorkspaceDeclaration;
  /** What each execution runs in. Changes no hash: what a checkpoint was made in is recorded with it, and compared. */
  readonly environment?: EnvironmentDeclaration;
}

/** A checked workflow definition. Made by {@link defineWorkflow}. */
export interface Workflow {
  readonly id: string;
  readonly name: string;
  readonly version: string;
  readonly input: InputSchema | undefined;
  readonly graph: WorkflowGraph;
  /** What each node was declared as, by its id: those within others too, as `refine/draft`. */
  readonly nodes: ReadonlyMap<string, WorkflowNode>;
  /** The nodes with their place in the definition. */
  readonly tree: WorkflowTree;
  readonly output: ((state: JsonObject) => JsonValue) | undefined;
  readonly source: string | undefined;
  readonly timeoutMs: number | undefined;
  readonly onFailure: 'stop' | 'compensate';
  readonly workspace: WorkspaceDeclaration | undefined;
  readonly environment: EnvironmentDeclaration | undefined;
}

/** The compiler keeps the list of options complete. */
WORKFLOW_OPTION_KEYS satisfies KeysOf<WorkflowOptions<object, string>>;

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
  const problems = [...definitionProblems(options)];
  if (problems.length > 0) throw new InvalidWorkflowError(nameOf(options.id), problems);
  const tree = compileTree(options, problems);
  if (problems.length > 0) throw new InvalidWorkflowError(options.id, problems);
  const workflow: Workflow = {
    id: options.id,
    name: options.name ?? options.id,
    version: options.version,
    input: options.input,
    graph: Object.freeze({ ...tree.root.graph, hash: tree.hash }),
    nodes: new Map(Array.from(tree.nodes, ([id, { definition }]) => [id, definition])),
    tree,
    output: options.output as Workflow['output'],
    source: options.source,
    timeoutMs: options.timeoutMs,
    onFailure: options.onFailure ?? 'stop',
    workspace: options.workspace === undefined ? undefined : frozenWorkspace(options.workspace),
    environment: options.environment === undefined ? undefined : frozenEnvironment(options.environment),
  };
  return branded(workflow);
}

/** The same definition, known to be loaded from `source`: a file URL. */
export function withSource(workflow: Workflow, source: string): Workflow {
  return branded({ ...workflow, source });
}

/** Whether `value` was made by {@link defineWorkflow}, of whichever copy of the package. */
export function isWorkflow(value: unknown): value is Workflow {
  return isBranded(value);
}

function nameOf(id: unknown): string {
  return typeof id === 'string' && id !== '' ? id : '(unnamed)';
}
