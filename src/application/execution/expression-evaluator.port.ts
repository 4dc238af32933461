import type { JsonValue } from '../../domain/shared/json.js';

/** What an expression sees, by name. A name that is not there is unknown to it. */
export interface ExpressionScope {
  readonly state?: JsonValue | undefined;
  readonly input?: JsonValue | undefined;
  readonly iteration?: number | undefined;
  readonly item?: JsonValue | undefined;
  readonly index?: number | undefined;
  /** The n-th time that a node is reached, for the condition of a breakpoint. */
  readonly occurrence?: number | undefined;
}

/**
 * Evaluates the declarative expressions of definitions. What it evaluates is data: it reads nothing but its scope,
 * changes nothing, and ends within bounds whatever it is given.
 */
export interface ExpressionEvaluator {
  /** What is wrong with an expression, without evaluating it; `undefined` where nothing is. */
  check(text: string): string | undefined;
  /**
   * @throws WaymarkError `WAYMARK_INVALID_EXPRESSION` for what `check` refuses, `WAYMARK_EXPRESSION_FAILED` when it can't
   *   be evaluated with this scope, takes too much, or its value is not JSON
   */
  evaluate(text: string, scope: ExpressionScope): JsonValue;
}
