import { identifierProblem, labelProblem } from '../shared/identifiers.js';
import { unknownKeys } from '../shared/options.js';

/** The longest place that a definition can be loaded from, in UTF-16 code units: what URLs are held to. */
const MAX_SOURCE_LENGTH = 2_048;

/** A definition as JavaScript may pass it: nothing is known of its parts. */
export type GivenDefinition = Readonly<
  Partial<Record<'id' | 'name' | 'version' | 'input' | 'entry' | 'nodes' | 'edges' | 'output' | 'source', unknown>>
>;

/** The options that a definition and its nodes have. */
export interface DefinitionKeys {
  readonly definition: Readonly<Record<string, true>>;
  readonly node: Readonly<Record<string, true>>;
}

/**
 * What is wrong with the parts of a definition, each by itself. Whether its edges lead anywhere is looked at only when
 * nothing is.
 */
export function definitionProblems(given: GivenDefinition, keys: DefinitionKeys): readonly string[] {
  const problems = unknownKeys(given, keys.definition).map((key) => `there is no option ${quote(key)}`);
  const check = (what: string, problem: string | undefined): void => {
    if (problem !== undefined) problems.push(`${what} ${problem}`);
  };
  check('its id', identifierProblem(given.id));
  check('its version', labelProblem(given.version));
  if (given.name !== undefined) check('its name', labelProblem(given.name));
  if (given.source !== undefined) check('its source', labelProblem(given.source, MAX_SOURCE_LENGTH));
  if (given.input !== undefined) check('its input', schemaProblem(given.input));
  if (given.output !== undefined && typeof given.output !== 'function') problems.push('its output is not a function');
  if (given.entry !== undefined && !isNodeList(given.entry)) {
    problems.push('its entry is neither the id of a node nor a list of ids');
  }
  return [...problems, ...nodesProblems(given.nodes, keys.node), ...edgesProblems(given.edges)];
}

function nodesProblems(nodes: unknown, keys: DefinitionKeys['node']): string[] {
  if (!isObject(nodes) || Object.keys(nodes).length === 0) return ['it has no nodes'];
  const problems: string[] = [];
  for (const [nodeId, node] of Object.entries(nodes)) {
    const idProblem = identifierProblem(nodeId);
    if (idProblem !== undefined) problems.push(`the node id ${quote(nodeId)} ${idProblem}`);
    if (!isObject(node) || node['kind'] !== 'task' || typeof node['run'] !== 'function') {
      problems.push(`the node ${quote(nodeId)} is not a node (make it with task)`);
      continue;
    }
    for (const key of unknownKeys(node, keys)) {
      problems.push(`the node ${quote(nodeId)} has an option ${quote(key)}, which there is not`);
    }
    const nameProblem = node['name'] === undefined ? undefined : labelProblem(node['name']);
    if (nameProblem !== undefined) problems.push(`the name of the node ${quote(nodeId)} ${nameProblem}`);
  }
  return problems;
}

function edgesProblems(edges: unknown): string[] {
  if (!isObject(edges)) return ['it has no edges (use {} for none)'];
  return Object.entries(edges)
    .filter(([, targets]) => targets !== undefined && !isNodeList(targets))
    .map(([from]) => `the edges of ${quote(from)} are neither the id of a node nor a list of ids`);
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
