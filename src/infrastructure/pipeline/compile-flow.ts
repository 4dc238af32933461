import { decision } from '../../domain/workflow/nodes/decision.js';
import { expr } from '../../domain/workflow/nodes/expression.js';
import { group } from '../../domain/workflow/nodes/group.js';
import { loop } from '../../domain/workflow/nodes/loop.js';
import { map } from '../../domain/workflow/nodes/map.js';
import { parallel } from '../../domain/workflow/nodes/parallel.js';
import { task } from '../../domain/workflow/nodes/task.js';
import type { FailurePolicy, JoinPolicy, WorkflowNode } from '../../domain/workflow/nodes/workflow-node.js';
import { type BodyCompiler, ofStep, type Place, within } from './compilation.js';
import type { StepOf } from './step-shapes.js';

/** What is done where no case holds and nothing is said for that. */
const nothing = task(() => undefined);

/** The first case that holds is run; otherwise what is said for that, or nothing. */
export function compileDecision(bodies: BodyCompiler, step: StepOf<'decision'>, place: Place): WorkflowNode {
  const cases: { when: string; to: string }[] = [];
  const nodes: Record<string, WorkflowNode> = {};
  let otherwise: WorkflowNode | undefined;
  for (const [index, way] of step.decision.entries()) {
    const at = within(place, 'decision', index);
    if ('when' in way) {
      const id = `case-${index + 1}`;
      cases.push({ when: bodies.compilation.expression(way.when, within(at, 'when')), to: id });
      nodes[id] = bodies.body(way.steps, ofStep(within(at, 'steps'), id));
      continue;
    }
    if (index < step.decision.length - 1) bodies.compilation.problem(at, 'otherwise must be the last of the cases');
    otherwise = bodies.body(way.otherwise, ofStep(within(at, 'otherwise'), 'otherwise'));
  }
  if (cases.length === 0) bodies.compilation.problem(within(place, 'decision'), 'must have a case with when');
  return chosen(step.name, cases, nodes, otherwise);
}

/** The case of a value is run; otherwise the default, or nothing. */
export function compileSwitch(bodies: BodyCompiler, step: StepOf<'switch'>, place: Place): WorkflowNode {
  const expression = bodies.compilation.expression(step.switch, within(place, 'switch'));
  const cases: { when: string; to: string }[] = [];
  const nodes: Record<string, WorkflowNode> = {};
  for (const [index, [value, body]] of Object.entries(step.cases).entries()) {
    const id = `case-${index + 1}`;
    cases.push({ when: `string(${expression}) == ${JSON.stringify(value)}`, to: id });
    nodes[id] = bodies.body(body, ofStep(within(place, 'cases', value), id));
  }
  if (cases.length === 0) bodies.compilation.problem(within(place, 'cases'), 'has no cases');
  const otherwise =
    step.default === undefined ? undefined : bodies.body(step.default, ofStep(within(place, 'default'), 'otherwise'));
  return chosen(step.name, cases, nodes, otherwise);
}

function chosen(
  name: string | undefined,
  cases: readonly { readonly when: string; readonly to: string }[],
  nodes: Readonly<Record<string, WorkflowNode>>,
  otherwise: WorkflowNode | undefined,
): WorkflowNode {
  return group({
    ...named(name),
    nodes: { choose: decision({ cases, otherwise: 'otherwise' }), ...nodes, otherwise: otherwise ?? nothing },
    edges: { choose: [...Object.keys(nodes), 'otherwise'] },
  });
}

/** Branches side by side. */
export function compileParallel(bodies: BodyCompiler, step: StepOf<'parallel'>, place: Place): WorkflowNode {
  const entries = Object.entries(step.parallel);
  if (entries.length === 0) bodies.compilation.problem(within(place, 'parallel'), 'has no branches');
  const { join } = step;
  if (typeof join === 'number' && join > entries.length) {
    bodies.compilation.problem(within(place, 'join'), `join is ${join}, and there are ${entries.length} branches`);
  }
  const branches = entries.map(
    ([name, body]) => [name, bodies.body(body, ofStep(within(place, 'parallel', name), name))] as const,
  );
  return parallel({
    ...named(step.name),
    branches: Object.fromEntries(branches),
    ...(join === undefined ? {} : { join: (typeof join === 'number' ? { atLeast: join } : join) satisfies JoinPolicy }),
    onFailure: policyOf(step['fail-fast']),
  });
}

/** Steps again and again. */
export function compileLoop(bodies: BodyCompiler, step: StepOf<'loop'>, place: Place): WorkflowNode {
  const { compilation } = bodies;
  const { while: goesOn, until, max } = step.loop;
  const at = within(place, 'loop');
  if (goesOn === undefined && until === undefined) compilation.problem(at, 'needs while or until');
  return loop({
    ...named(step.name),
    body: bodies.steps(step.steps, within(place, 'steps')),
    ...(goesOn === undefined ? {} : { while: compilation.expression(goesOn, within(at, 'while')) }),
    ...(until === undefined ? {} : { until: compilation.expression(until, within(at, 'until')) }),
    maxIterations: max,
  });
}

/** Steps for every item of a list. */
export function compileForEach(bodies: BodyCompiler, step: StepOf<'for-each'>, place: Place): WorkflowNode {
  return map({
    ...named(step.name),
    over: expr(bodies.compilation.expression(step['for-each'], within(place, 'for-each'))),
    ...(step.as === undefined ? {} : { as: step.as }),
    each: bodies.steps(step.steps, within(place, 'steps')),
    ...(step.concurrency === undefined ? {} : { concurrency: step.concurrency }),
    into: step.into,
    onFailure: policyOf(step['fail-fast']),
  });
}

function policyOf(failFast: boolean | undefined): FailurePolicy {
  return failFast === false ? 'collect' : 'fail-fast';
}

function named(name: string | undefined): { readonly name?: string } {
  return name === undefined ? {} : { name };
}
