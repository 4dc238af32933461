import type { Environment, ParseResult } from '@marcbachmann/cel-js';
import type { ExpressionEvaluator, ExpressionScope } from '../../application/execution/expression-evaluator.port.js';
import { WaymarkError } from '../../domain/shared/errors.js';
import type { JsonValue } from '../../domain/shared/json.js';
import { makeEnvironment, SCOPE_NAMES } from './cel-environment.js';
import { celToJson, withoutConstructors } from './cel-result.js';
import { EvaluationBudget } from './evaluation-budget.js';
import { expressionFailed, invalidExpression } from './expression-errors.js';

/** The longest expression that is taken, in UTF-16 code units. */
const MAX_LENGTH = 4_096;

/** How many parsed expressions are kept. */
const MAX_KEPT = 1_000;

interface Parsed {
  readonly evaluate: ParseResult;
  readonly budget: EvaluationBudget;
}

/** Expressions in CEL, the Common Expression Language. */
export class CelExpressionEvaluator implements ExpressionEvaluator {
  #environment: Environment | undefined;
  readonly #parsed = new Map<string, Parsed | WaymarkError>();

  check(text: string): string | undefined {
    const parsed = this.#parse(text);
    return parsed instanceof WaymarkError ? String(parsed.details['problem']) : undefined;
  }

  evaluate(text: string, scope: ExpressionScope): JsonValue {
    const parsed = this.#parse(text);
    if (parsed instanceof WaymarkError) throw parsed;
    try {
      return celToJson(run(parsed, scope));
    } catch (error) {
      throw expressionFailed(text, problemOf(error), error);
    }
  }

  #parse(text: string): Parsed | WaymarkError {
    if (typeof text !== 'string') return invalidExpression(String(text), 'it is not a text');
    if (text.length > MAX_LENGTH) return invalidExpression(text, `it is longer than ${MAX_LENGTH} characters`);
    const known = this.#parsed.get(text);
    if (known !== undefined) return known;
    const parsed = this.#parseAnew(text);
    const [oldest] = this.#parsed.keys();
    if (this.#parsed.size >= MAX_KEPT && oldest !== undefined) this.#parsed.delete(oldest);
    this.#parsed.set(text, parsed);
    return parsed;
  }

  #parseAnew(text: string): Parsed | WaymarkError {
    this.#environment ??= makeEnvironment();
    try {
      const evaluate = this.#environment.parse(text);
      const checked = evaluate.check();
      if (!checked.valid) return invalidExpression(text, problemOf(checked.error));
      return { evaluate, budget: new EvaluationBudget(evaluate.ast) };
    } catch (error) {
      return invalidExpression(text, problemOf(error));
    }
  }
}

function run({ evaluate, budget }: Parsed, scope: ExpressionScope): unknown {
  const variables = new Map<string, unknown>();
  for (const name of SCOPE_NAMES) if (scope[name] !== undefined) variables.set(name, scope[name]);
  try {
    return budget.run(() => evaluate(variables));
  } catch (error) {
    if ((error as { readonly code?: unknown } | null)?.code !== 'unsupported_type') throw error;
    for (const [name, value] of variables) variables.set(name, withoutConstructors(value as JsonValue));
    return budget.run(() => evaluate(variables));
  }
}

/** What an error says, in one line without the picture of the place that follows. */
function problemOf(error: unknown): string {
  const { summary, message, range } = (error ?? {}) as {
    readonly summary?: unknown;
    readonly message?: unknown;
    readonly range?: { readonly start?: unknown } | undefined;
  };
  const [line = ''] = String(summary ?? message ?? error).split('\n');
  const at = typeof range?.start === 'number' ? ` (at character ${range.start + 1})` : '';
  return `${line.replace(/\.$/, '')}${at}`;
}
