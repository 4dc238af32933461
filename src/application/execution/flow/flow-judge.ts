import { type JsonObject, type JsonValue, toJson } from '../../../domain/shared/json.js';
import type { Condition, ConditionScope } from '../../../domain/workflow/nodes/expression.js';
import type { DecisionNode, LoopNode, MapNode } from '../../../domain/workflow/nodes/workflow-node.js';
import type { Judge } from '../../../domain/workflow/planner/fact.js';
import type { CompiledNode, WorkflowTree } from '../../../domain/workflow/workflow-tree.js';
import type { ExpressionEvaluator } from '../expression-evaluator.port.js';
import type { ExecutionStep } from '../execution-step.js';
import { conditionFailed, listChanged } from './flow-errors.js';
import { framesOf, itemOf, iterationOf, type ItemsOf, type MapFrame, viewOf, withResult } from './state-scope.js';

/** The part of a step that is asked, and that lists of results are added to. */
export type JudgedStep = Pick<ExecutionStep, 'state' | 'execution' | 'memory'>;

/** Answers what only the state of a step can tell: conditions, choices by cases, the lists of maps. */
export class FlowJudge implements Judge {
  readonly #expressions: ExpressionEvaluator;
  readonly #tree: WorkflowTree;
  readonly #step: JudgedStep;
  readonly #made: string[] = [];

  constructor(expressions: ExpressionEvaluator, tree: WorkflowTree, step: JudgedStep) {
    this.#expressions = expressions;
    this.#tree = tree;
    this.#step = step;
  }

  /** The addresses of the maps whose lists of results it has made. */
  get made(): readonly string[] {
    return this.#made;
  }

  /** What a node at an address sees as its state. */
  view(at: string): JsonObject {
    return viewOf(this.#step.state, framesOf(this.#tree, at), this.#itemsOf);
  }

  /** What a condition at an address sees. */
  scope(at: string, iteration = iterationOf(this.#tree, at)): ConditionScope {
    const frames = framesOf(this.#tree, at);
    return {
      state: viewOf(this.#step.state, frames, this.#itemsOf),
      input: this.#step.execution.snapshot.input,
      ...(iteration === undefined ? {} : { iteration }),
      ...itemOf(this.#step.state, frames, this.#itemsOf),
    };
  }

  holds(loop: CompiledNode, at: string, which: 'while' | 'until', iteration: number): boolean {
    const condition = (loop.definition as LoopNode)[which];
    return condition === undefined ? which === 'while' : this.#holds(condition, at, which, this.scope(at, iteration));
  }

  choose(decision: CompiledNode, at: string): readonly string[] {
    const { cases = [], otherwise } = decision.definition as DecisionNode;
    const scope = this.scope(at);
    const found = cases.find(({ when }, index) => this.#holds(when, at, `case ${index + 1}`, scope));
    const chosen = found?.to ?? otherwise;
    if (chosen === undefined) throw conditionFailed(at, 'choice', 'is open: no case holds, and there is no otherwise.');
    return chosen;
  }

  items(map: CompiledNode, at: string): number {
    const frames = framesOf(this.#tree, at);
    const definition = map.definition as MapNode;
    const items = this.#list(definition, at, viewOf(this.#step.state, frames, this.#itemsOf), frames);
    this.#step.memory.items.set(at, items);
    this.#step.state = withResult(this.#step.state, frames, {
      [definition.into]: Object.freeze(items.map(() => EMPTY)),
    });
    this.#made.push(at);
    return items.length;
  }

  /** Whoever took the execution over makes the list anew, from the state that is there. */
  readonly #itemsOf: ItemsOf = ({ at, map }, outer, around) => {
    const known = this.#step.memory.items.get(at);
    if (known !== undefined) return known;
    const items = this.#list(map, at, outer, around);
    const total = this.#step.execution.snapshot.progress?.open.find((open) => open.at === at)?.total;
    if (total !== undefined && total !== items.length) throw listChanged(at, total, items.length);
    this.#step.memory.items.set(at, items);
    return items;
  };

  #list({ over }: MapNode, at: string, state: JsonObject, frames: readonly MapFrame[]): readonly JsonValue[] {
    const value = typeof over === 'string' ? state[over] : this.#evaluated(over, at, state, frames);
    if (Array.isArray(value)) return value as readonly JsonValue[];
    const what = typeof over === 'string' ? `is the key ${over} of the state, which is` : 'gave';
    throw conditionFailed(at, 'list', `${what} ${value === undefined ? 'nothing' : 'no list'}.`);
  }

  #evaluated(
    over: Exclude<MapNode['over'], string>,
    at: string,
    state: JsonObject,
    frames: readonly MapFrame[],
  ): JsonValue {
    const iteration = iterationOf(this.#tree, at);
    const scope = {
      state,
      input: this.#step.execution.snapshot.input,
      ...(iteration === undefined ? {} : { iteration }),
      ...itemOf(this.#step.state, frames, this.#itemsOf),
    };
    try {
      if (typeof over === 'function') return toJson(over(scope), 'list');
      return this.#expressions.evaluate(over.text, scope);
    } catch (error) {
      throw failedWith(at, 'list', error);
    }
  }

  #holds(condition: Condition, at: string, what: string, scope: ConditionScope): boolean {
    let value: unknown;
    try {
      value = typeof condition === 'function' ? condition(scope) : this.#expressions.evaluate(condition.text, scope);
    } catch (error) {
      throw failedWith(at, what, error);
    }
    if (typeof value === 'boolean') return value;
    const given = value instanceof Promise ? 'a promise' : JSON.stringify(value);
    throw conditionFailed(at, what, `is neither true nor false: it gave ${given}.`);
  }
}

const EMPTY: JsonObject = Object.freeze({});

function failedWith(at: string, what: string, error: unknown): Error {
  return conditionFailed(at, what, `failed: ${error instanceof Error ? error.message : String(error)}`, error);
}
