import type { JsonObject, JsonValue } from '../../shared/json.js';

/** A declarative expression, in CEL: data like any other, which is evaluated within bounds and never as code. */
export interface Expression {
  readonly kind: 'expression';
  readonly text: string;
}

/** What conditions and expressions see. */
export interface ConditionScope<State extends object = JsonObject> {
  readonly state: Readonly<State>;
  /** What the execution was started with. */
  readonly input: JsonObject;
  /** The number of the pass, from 1, within a loop. */
  readonly iteration?: number;
  /** The item, and its index from 0, within a map. */
  readonly item?: JsonValue;
  readonly index?: number;
}

/** A function of the state, at once and without side effects, or an expression. */
export type Condition<State extends object = JsonObject> = ((scope: ConditionScope<State>) => boolean) | Expression;

/** A condition as it may be written: a string is an expression. */
export type ConditionLike<State extends object = JsonObject> = Condition<State> | string;

/**
 * Declares an expression in CEL over `state`, `input` and, where there are such, `iteration`, `item` and `index`.
 *
 * @example
 * const good = expr('state.score >= 0.9');
 * loop({ body: task(() => ({ score: Math.random() })), until: good, maxIterations: 5 });
 */
export function expr(text: string): Expression {
  return Object.freeze({ kind: 'expression', text });
}

/** The text of an expression; a function has none. */
export function conditionText(condition: unknown): string | undefined {
  return isExpression(condition) ? condition.text : undefined;
}

/** Whether `value` was made by {@link expr}. */
export function isExpression(value: unknown): value is Expression {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'expression';
}

/** A condition as the definition keeps it. */
export function toCondition<Given>(given: Given): Exclude<Given, string> | Expression {
  return typeof given === 'string' ? expr(given) : (given as Exclude<Given, string>);
}
