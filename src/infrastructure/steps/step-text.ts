import type { ExpressionEvaluator, ExpressionScope } from '../../application/execution/expression-evaluator.port.js';
import type { JsonValue } from '../../domain/shared/json.js';
import type { NodeContext } from '../../domain/workflow/nodes/node-context.js';
import type { TemplatePart } from '../expression/template.js';
import type { WantedFolder } from './step-folder.js';

/** What the templates of a step are filled with. */
export interface Filling {
  readonly evaluator: ExpressionEvaluator;
  readonly scope: ExpressionScope;
  /** By name; a step that may not use any has none. */
  readonly secrets: Readonly<Record<string, string>>;
}

/** What a step needs of what a node is given. A compensation has it too, its item and its pass included. */
export type StepContext = Pick<
  NodeContext,
  | 'state'
  | 'input'
  | 'iteration'
  | 'item'
  | 'index'
  | 'executionId'
  | 'nodeId'
  | 'attempt'
  | 'idempotencyKey'
  | 'workspace'
  | 'environment'
  | 'signal'
  | 'progress'
> & { readonly heartbeat?: () => void };

/** What a command needs of what a node is given: all but what expressions see. */
export type CommandContext = Omit<StepContext, 'state' | 'input' | 'iteration' | 'item' | 'index'>;

/** What the expressions of a node see. */
export function scopeOf(
  context: Pick<NodeContext, 'state' | 'input' | 'iteration' | 'item' | 'index'>,
): ExpressionScope {
  const { state, input, iteration, item, index } = context;
  return { state, input, iteration, item, index };
}

/** The folder and the variables of a step with their templates filled in, and what others of its texts are filled with. */
export function filledWith(
  step: {
    readonly cwd: readonly TemplatePart[];
    readonly env: Readonly<Record<string, readonly TemplatePart[]>>;
  },
  evaluator: ExpressionEvaluator,
  context: StepContext,
  secrets: Readonly<Record<string, string>>,
): { readonly filling: Filling; readonly cwd: WantedFolder; readonly env: Readonly<Record<string, string>> } {
  const filling: Filling = { evaluator, scope: scopeOf(context), secrets };
  const env = Object.entries(step.env).map(([name, parts]) => [name, fillText(parts, filling)] as const);
  return {
    filling,
    cwd: { path: fillText(step.cwd, filling), isFixed: step.cwd.every((part) => part.kind === 'text') },
    env: Object.fromEntries(env),
  };
}

/**
 * A text with its templates filled in, as text.
 *
 * @param escape what is done with the text of each value
 */
export function fillText(
  parts: readonly TemplatePart[],
  filling: Filling,
  escape: (text: string, position: number) => string = (text) => text,
): string {
  return parts
    .map((part, position) => (part.kind === 'text' ? part.text : escape(textOf(valueOf(part, filling)), position)))
    .join('');
}

/** A text that is one template is the value of that, of whatever type; any other is a text. */
export function fillValue(parts: readonly TemplatePart[], filling: Filling): JsonValue {
  const [only] = parts;
  if (parts.length === 1 && only !== undefined && only.kind !== 'text') return valueOf(only, filling);
  return fillText(parts, filling);
}

/** A value as it stands in a text: strings as they are, nothing for `null`, JSON for everything else. */
export function textOf(value: JsonValue): string {
  if (typeof value === 'string') return value;
  return value === null ? '' : JSON.stringify(value);
}

function valueOf(part: Exclude<TemplatePart, { kind: 'text' }>, { evaluator, scope, secrets }: Filling): JsonValue {
  return part.kind === 'secret' ? (secrets[part.name] ?? '') : evaluator.evaluate(part.expression, scope);
}
