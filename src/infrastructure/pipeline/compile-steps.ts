import type { z } from 'zod';
import { identifierProblem } from '../../domain/shared/identifiers.js';
import { decision } from '../../domain/workflow/nodes/decision.js';
import { group } from '../../domain/workflow/nodes/group.js';
import { task } from '../../domain/workflow/nodes/task.js';
import type { GraphBody, WorkflowNode } from '../../domain/workflow/nodes/workflow-node.js';
import { checkShape } from './check-shape.js';
import { type BodyCompiler, type Compilation, meantBy, ofStep, type Place, within } from './compilation.js';
import { compileDecision, compileForEach, compileLoop, compileParallel, compileSwitch } from './compile-flow.js';
import { compileApproval, compileSignal, compileSubworkflow, compileWait } from './compile-waits.js';
import { compileCompensation, compileHttp, compileNode, compileSet, compileShell } from './compile-work.js';
import { keysOfOthers, kindOf, type StepOf } from './step-shapes.js';
import { LIST_SHAPE, STEP_SHAPES, type StepKind } from './workflow-file-schema.js';

/** What stands in the place of a step that is wrong, until that is told. */
const NOTHING = task(() => undefined);

/** A list of steps as a graph: each comes after the one before it, or after those it needs. */
export function compileSteps(compilation: Compilation, list: unknown, place: Place): GraphBody {
  if (!Array.isArray(list) || list.length === 0) {
    compilation.problem(place, Array.isArray(list) ? 'has no steps' : 'must be a list of steps');
    return { nodes: { nothing: NOTHING }, edges: {} };
  }
  const nodes: Record<string, WorkflowNode> = {};
  const needs = new Map<string, { readonly ids: readonly string[]; readonly place: Place }>();
  let before: string | undefined;
  for (const [index, step] of list.entries()) {
    const at = within(place, index);
    const listed = isObject(step) ? idOf(compilation, step, at, nodes) : notAStep(compilation, at);
    if (listed === undefined) continue;
    const { id, rest, needed } = listed;
    const own = ofStep(at, id);
    nodes[id] = compileStep(compilation, rest, own);
    const ids = needed ?? (before === undefined ? [] : [before]);
    needs.set(id, { ids, place: needed === undefined ? own : within(own, 'needs') });
    before = id;
  }
  return { nodes, edges: edgesOf(compilation, needs) };
}

function notAStep(compilation: Compilation, place: Place): undefined {
  compilation.problem(place, 'a step must be an object with an id and what it does');
  return undefined;
}

/** Takes what a list asks of its steps away from a step. */
function idOf(
  compilation: Compilation,
  step: Readonly<Record<string, unknown>>,
  place: Place,
  taken: Readonly<Record<string, unknown>>,
):
  | { readonly id: string; readonly rest: Readonly<Record<string, unknown>>; readonly needed?: readonly string[] }
  | undefined {
  const { id: given, needs: wanted, ...rest } = step;
  const named = typeof given === 'string' ? ofStep(place, given) : place;
  const shape = { id: LIST_SHAPE.id, needs: LIST_SHAPE.needs };
  const head = checkShape(compilation, { id: given, ...(wanted === undefined ? {} : { needs: wanted }) }, shape, named);
  if (head === undefined) {
    // What else is wrong with it is told at once.
    compileStep(compilation, rest, named);
    return undefined;
  }
  const { id, needs } = head;
  const problem = identifierProblem(id);
  if (problem !== undefined) compilation.problem(within(named, 'id'), `the id ${problem}`);
  else if (Object.hasOwn(taken, id)) compilation.problem(within(named, 'id'), `there is another step ${id} beside it`);
  else return { id, rest, ...(needs === undefined ? {} : { needed: typeof needs === 'string' ? [needs] : needs }) };
  compileStep(compilation, rest, named);
  return undefined;
}

function edgesOf(
  compilation: Compilation,
  needs: ReadonlyMap<string, { readonly ids: readonly string[]; readonly place: Place }>,
): Record<string, string[]> {
  const edges: Record<string, string[]> = {};
  for (const [id, { ids, place }] of needs) {
    for (const [index, from] of ids.entries()) {
      if (from === id) compilation.problem(place, 'needs itself');
      else if (!needs.has(from)) {
        compilation.problem(place, `needs ${from}, which is no step beside it${meantBy(from, needs.keys())}`);
      } else if (ids.indexOf(from) !== index) compilation.problem(place, `needs ${from} twice`);
      else (edges[from] ??= []).push(id);
    }
  }
  const circle = findCircle(needs);
  if (circle !== undefined) {
    const [first = ''] = circle;
    const place = needs.get(first)?.place;
    if (place !== undefined) compilation.problem(place, `steps need each other in a circle: ${circle.join(' → ')}`);
  }
  return edges;
}

function findCircle(needs: ReadonlyMap<string, { readonly ids: readonly string[] }>): readonly string[] | undefined {
  const done = new Set<string>();
  for (const start of needs.keys()) {
    // Depth first, with the way there and what is left to look at on it.
    const way: { readonly id: string; readonly left: string[] }[] = [];
    const enter = (id: string): void => void way.push({ id, left: [...(needs.get(id)?.ids ?? [])] });
    if (!done.has(start)) enter(start);
    while (way.length > 0) {
      const top = way.at(-1);
      const next = top?.left.pop();
      if (top === undefined || next === undefined) {
        if (top !== undefined) done.add(top.id);
        way.pop();
        continue;
      }
      const from = way.findIndex(({ id }) => id === next);
      if (from !== -1 && next !== top.id) return [...way.slice(from).map(({ id }) => id), next];
      if (from === -1 && !done.has(next) && needs.has(next)) enter(next);
    }
  }
  return undefined;
}

/** A step, without what its list asks of it, as a node. */
function compileStep(compilation: Compilation, step: Readonly<Record<string, unknown>>, place: Place): WorkflowNode {
  const kind = kindOf(step);
  if (typeof kind !== 'string') {
    compilation.problem(place, kind.problem);
    return NOTHING;
  }
  const shape: z.ZodRawShape = STEP_SHAPES[kind];
  const others = keysOfOthers(kind, Object.keys(shape));
  const checked = checkShape(compilation, step, shape, place, others);
  const bodies: BodyCompiler = {
    compilation,
    steps: (list, at) => compileSteps(compilation, list, at),
    body: (value, at) => compileBody(compilation, value, at),
  };
  if (checked === undefined) {
    lookWithin(bodies, step, place);
    return NOTHING;
  }
  const node = withCompensation(compilation, nodeOf(kind, checked, bodies, place), checked, place);
  const { if: condition } = checked as { readonly if?: string };
  return condition === undefined ? node : onlyIf(node, compilation.expression(condition, within(place, 'if')));
}

function nodeOf(kind: StepKind, step: unknown, bodies: BodyCompiler, place: Place): WorkflowNode {
  const { compilation } = bodies;
  switch (kind) {
    case 'run':
      return compileShell(compilation, step as StepOf<'run'>, place);
    case 'node':
      return compileNode(compilation, step as StepOf<'node'>, place);
    case 'http':
      return compileHttp(compilation, step as StepOf<'http'>, place);
    case 'set':
      return compileSet(compilation, step as StepOf<'set'>, place);
    case 'decision':
      return compileDecision(bodies, step as StepOf<'decision'>, place);
    case 'switch':
      return compileSwitch(bodies, step as StepOf<'switch'>, place);
    case 'parallel':
      return compileParallel(bodies, step as StepOf<'parallel'>, place);
    case 'loop':
      return compileLoop(bodies, step as StepOf<'loop'>, place);
    case 'for-each':
      return compileForEach(bodies, step as StepOf<'for-each'>, place);
    case 'approval':
      return compileApproval(compilation, step as StepOf<'approval'>, place);
    case 'wait':
      return compileWait(compilation, step as StepOf<'wait'>, place);
    case 'signal':
      return compileSignal(compilation, step as StepOf<'signal'>, place);
    case 'workflow':
      return compileSubworkflow(compilation, step as StepOf<'workflow'>, place);
    case 'steps': {
      const { name, steps } = step as StepOf<'steps'>;
      return group({ ...(name === undefined ? {} : { name }), ...bodies.steps(steps, within(place, 'steps')) });
    }
  }
}

function withCompensation(
  compilation: Compilation,
  node: WorkflowNode,
  { compensate }: { readonly compensate?: unknown },
  place: Place,
): WorkflowNode {
  if (compensate === undefined) return node;
  return Object.freeze({
    ...node,
    compensate: compileCompensation(compilation, compensate, within(place, 'compensate')),
  });
}

/** A node that is skipped where a condition does not hold; what follows it goes on. */
function onlyIf(node: WorkflowNode, condition: string): WorkflowNode {
  return group({
    ...(node.kind === 'signal' || node.name === undefined ? {} : { name: node.name }),
    nodes: { if: decision({ cases: [{ when: condition, to: 'do' }], otherwise: 'else' }), do: node, else: NOTHING },
    edges: { if: ['do', 'else'] },
  });
}

function compileBody(compilation: Compilation, value: unknown, place: Place): WorkflowNode {
  if (Array.isArray(value)) return group(compileSteps(compilation, value, place));
  if (!isObject(value)) {
    compilation.problem(place, 'must be a list of steps, or one step without an id');
    return NOTHING;
  }
  for (const key of ['id', 'needs']) {
    if (value[key] !== undefined) compilation.problem(within(place, key), `a step outside a list has no ${key}`, 'key');
  }
  const { id: _id, needs: _needs, ...step } = value;
  return compileStep(compilation, step, place);
}

/** What is wrong within a step that is wrong itself is told at once. */
function lookWithin(bodies: BodyCompiler, step: Readonly<Record<string, unknown>>, place: Place): void {
  if (Array.isArray(step['steps'])) bodies.steps(step['steps'], within(place, 'steps'));
  for (const key of ['parallel', 'cases']) {
    if (!isObject(step[key])) continue;
    for (const [name, body] of Object.entries(step[key])) bodies.body(body, ofStep(within(place, key, name), name));
  }
  if (!Array.isArray(step['decision'])) return;
  for (const [index, way] of step['decision'].entries()) {
    if (!isObject(way) || way['steps'] === undefined) continue;
    bodies.body(way['steps'], within(place, 'decision', index, 'steps'));
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
