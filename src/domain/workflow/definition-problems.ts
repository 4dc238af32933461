import { environmentProblems } from '../environment/environment-declaration.js';
import { identifierProblem, labelProblem } from '../shared/identifiers.js';
import { unknownKeys } from '../shared/options.js';
import { workspaceProblems } from '../workspace/workspace-declaration.js';
import { SINGLE_BODY } from './address.js';
import { isNodeLike, nodeIdProblem, nodeProblems } from './node-problems.js';

/** The longest place that a definition can be loaded from, in UTF-16 code units: what URLs are held to. */
const MAX_SOURCE_LENGTH = 2_048;

/** The options of a definition. */
export const WORKFLOW_OPTION_KEYS = {
  id: true,
  name: true,
  version: true,
  input: true,
  entry: true,
  nodes: true,
  edges: true,
  output: true,
  source: true,
  revision: true,
  timeoutMs: true,
  onFailure: true,
  workspace: true,
  environment: true,
} as const;

type WorkflowOptionKeys = typeof WORKFLOW_OPTION_KEYS;

/** A definition as JavaScript may pass it: nothing is known of its parts. */
export type GivenDefinition = Readonly<Partial<Record<keyof WorkflowOptionKeys, unknown>>>;

/**
 * What is wrong with the parts of a definition, each by itself. Whether its edges lead anywhere is looked at only when
 * nothing is.
 */
export function definitionProblems(given: GivenDefinition): readonly string[] {
  const problems = unknownKeys(given, WORKFLOW_OPTION_KEYS).map((key) => `there is no option ${quote(key)}`);
  const check = (what: string, problem: string | undefined): void => {
    if (problem !== undefined) problems.push(`${what} ${problem}`);
  };
  check('its id', identifierProblem(given.id));
  check('its version', labelProblem(given.version));
  if (given.name !== undefined) check('its name', labelProblem(given.name));
  if (given.source !== undefined) check('its source', labelProblem(given.source, MAX_SOURCE_LENGTH));
  if (given.revision !== undefined) check('its revision', labelProblem(given.revision));
  if (given.input !== undefined) check('its input', schemaProblem(given.input));
  if (given.output !== undefined && typeof given.output !== 'function') problems.push('its output is not a function');
  if (given.timeoutMs !== undefined && !(Number.isFinite(given.timeoutMs) && (given.timeoutMs as number) > 0)) {
    problems.push('its timeoutMs is not a number of milliseconds above 0');
  }
  if (given.onFailure !== undefined && given.onFailure !== 'stop' && given.onFailure !== 'compensate') {
    problems.push('its onFailure is neither stop nor compensate');
  }
  if (given.workspace !== undefined) problems.push(...workspaceProblems(given.workspace));
  if (given.environment !== undefined) problems.push(...environmentProblems(given.environment));
  // One by one: a call takes only so many arguments.
  for (const problem of bodyProblems(given, 'it', '')) problems.push(problem);
  return problems;
}

/**
 * What is wrong with the parts of a graph, at any depth.
 *
 * @param owner how a message calls what it is the graph of
 * @param path what comes before the local ids of its nodes
 */
function bodyProblems(
  given: Pick<GivenDefinition, 'entry' | 'nodes' | 'edges'>,
  owner: string,
  path: string,
): string[] {
  const its = owner === 'it' ? 'its' : `in ${owner}, the`;
  const problems: string[] = [];
  if (given.entry !== undefined && !isNodeList(given.entry)) {
    problems.push(`${its} entry is neither the id of a node nor a list of ids`);
  }
  const { nodes } = given;
  if (!isObject(nodes) || Object.keys(nodes).length === 0) problems.push(`${owner} has no nodes`);
  else {
    for (const [localId, node] of Object.entries(nodes)) {
      for (const problem of withinProblems(node, localId, path)) problems.push(problem);
    }
  }
  for (const problem of edgesProblems(given.edges, owner, its)) problems.push(problem);
  return problems;
}

function withinProblems(node: unknown, localId: string, path: string): readonly string[] {
  const id = `${path}${localId}`;
  const idProblem = nodeIdProblem(localId);
  const problems = idProblem === undefined ? [] : [`the node id ${quote(id)} ${idProblem}`];
  if (!isNodeLike(node)) return [...problems, `the node ${quote(id)} is not a node (make it with task, or its like)`];
  problems.push(...nodeProblems(node, id));
  switch (node.kind) {
    case 'group':
      problems.push(...nestedProblems(node['body'], id));
      break;
    case 'parallel':
      problems.push(...bodyProblems({ nodes: node['branches'], edges: {} }, `the node ${quote(id)}`, `${id}/`));
      break;
    case 'loop':
      problems.push(...nestedProblems(node['body'], id));
      break;
    case 'map':
      problems.push(...nestedProblems(node['each'], id));
      break;
    case 'task':
    case 'decision':
    case 'workflow':
    case 'approval':
    case 'timer':
    case 'signal':
      break;
  }
  return problems;
}

function nestedProblems(body: unknown, id: string): readonly string[] {
  if (isNodeLike(body)) return withinProblems(body, SINGLE_BODY, `${id}/`);
  if (!isObject(body) || 'kind' in body) return [`the body of the node ${quote(id)} is neither a node nor a graph`];
  const problems = unknownKeys(body, { nodes: true, edges: true, entry: true }).map(
    (key) => `the body of the node ${quote(id)} has an option ${quote(key)}, which there is not`,
  );
  return [...problems, ...bodyProblems(body, `the node ${quote(id)}`, `${id}/`)];
}

function edgesProblems(edges: unknown, owner: string, its: string): readonly string[] {
  if (!isObject(edges)) return [`${owner} has no edges (use {} for none)`];
  return Object.entries(edges)
    .filter(([, targets]) => targets !== undefined && !isNodeList(targets))
    .map(
      ([from]) =>
        `${its === 'its' ? 'the' : its} edges of ${quote(from)} are neither the id of a node nor a list of ids`,
    );
}

function schemaProblem(input: unknown): string | undefined {
  const canParse = typeof (input as { readonly safeParse?: unknown } | null)?.safeParse === 'function';
  return canParse ? undefined : 'is not a schema (one of Zod, or an object with safeParse)';
}

function isNodeList(value: unknown): boolean {
  return typeof value === 'string' || (Array.isArray(value) && value.every((item) => typeof item === 'string'));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function quote(value: string): string {
  return JSON.stringify(value);
}
