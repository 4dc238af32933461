import type { ExpressionEvaluator } from '../../application/execution/expression-evaluator.port.js';
import type { JsonValue } from '../../domain/shared/json.js';
import { nearest } from '../../domain/shared/nearest.js';
import type { GraphBody, WorkflowNode } from '../../domain/workflow/nodes/workflow-node.js';
import type { Workflow } from '../../domain/workflow/workflow-definition.js';
import { parseTemplate, type Template, type TemplatePart } from '../expression/template.js';
import type { TemplateValue } from '../steps/http-step.js';
import type { StepSurroundings } from '../steps/shell-step.js';
import type { WorkflowFileProblem } from './problems.js';
import type { DocumentPath, WorkflowDocument } from './workflow-document.js';

/** A part of a file: how to find it, and which step it is in. */
export interface Place {
  readonly path: DocumentPath;
  /** The ids of the steps that lead to it. */
  readonly step: string | undefined;
}

/** A part of a part. */
export function within({ path, step }: Place, ...keys: DocumentPath): Place {
  return { path: [...path, ...keys], step };
}

/** A step within another one, or in none. */
export function ofStep({ path, step }: Place, id: string): Place {
  return { path, step: step === undefined ? id : `${step}/${id}` };
}

/** What a file is compiled with. */
export interface CompilationOptions extends StepSurroundings {
  readonly document: WorkflowDocument;
  /** Secrets and variables that every shell step has. */
  readonly secrets: readonly string[];
  readonly env: Readonly<Record<string, readonly TemplatePart[]>>;
  /** The names of all secrets of the file. */
  readonly hidden: readonly string[];
  /** The workflows of other files, by their path as it is written. */
  readonly workflows: ReadonlyMap<string, Workflow>;
}

/** One file being compiled: gathers everything that is wrong with it. */
export class Compilation {
  readonly options: CompilationOptions;
  readonly #problems: WorkflowFileProblem[];

  constructor(options: CompilationOptions, problems: WorkflowFileProblem[]) {
    this.options = options;
    this.#problems = problems;
  }

  get evaluator(): ExpressionEvaluator {
    return this.options.evaluator;
  }

  problem(place: Place, message: string, part: 'key' | 'value' = 'value', offset = 0): void {
    const { line, column } = this.options.document.placeOf(place.path, part, offset);
    this.#problems.push({ line, column, message, ...(place.step === undefined ? {} : { step: place.step }) });
  }

  /** An expression, which may stand in `${{ }}` as in other places. */
  expression(text: string, place: Place): string {
    const { parts } = parseTemplate(text);
    const [only] = parts;
    const isWrapped = parts.length === 1 && only?.kind === 'expression';
    const expression = isWrapped ? only.expression : text;
    this.#checkExpression(expression, place, 0);
    return expression;
  }

  /** A text with templates. */
  template(text: string, place: Place, mayHaveSecrets = false): Template {
    const template = parseTemplate(text);
    for (const { message, offset } of template.problems) this.problem(place, message, 'value', offset);
    for (const part of template.parts) {
      if (part.kind === 'expression') this.#checkExpression(part.expression, place, part.offset);
      else if (part.kind === 'secret' && !mayHaveSecrets) {
        const message = `the secret ${part.name} would be recorded here; secrets are for run, env and http`;
        this.problem(place, message, 'value', part.offset);
      }
    }
    return template;
  }

  /** A value with templates in its strings. */
  templateValue(value: unknown, place: Place, mayHaveSecrets = false): TemplateValue {
    if (typeof value === 'string') {
      const { parts } = this.template(value, place, mayHaveSecrets);
      return parts.length === 0 ? { kind: 'value', value } : { kind: 'text', parts };
    }
    if (Array.isArray(value)) {
      const items = value.map((item, index) => this.templateValue(item, within(place, index), mayHaveSecrets));
      return { kind: 'list', items };
    }
    if (typeof value === 'object' && value !== null) {
      const entries = Object.entries(value).map(
        ([key, item]) => [key, this.templateValue(item, within(place, key), mayHaveSecrets)] as const,
      );
      return { kind: 'object', entries };
    }
    return { kind: 'value', value: value as JsonValue };
  }

  /** Secrets that templates name have to be declared: what is not is not hidden either. */
  checkSecrets(parts: readonly TemplatePart[], declared: readonly string[], place: Place): void {
    for (const part of parts) {
      if (part.kind !== 'secret' || declared.includes(part.name)) continue;
      const meant = meantBy(part.name, declared);
      this.problem(place, `the secret ${part.name} is not declared under secrets${meant}`, 'value', part.offset);
    }
  }

  #checkExpression(expression: string, place: Place, offset: number): void {
    const problem = this.evaluator.check(expression);
    if (problem === undefined) return;
    const hint = /^\s*secrets\./.test(expression) ? '; a secret stands alone: ${{ secrets.NAME }}' : '';
    this.problem(
      place,
      `the expression ${JSON.stringify(expression)} is not valid: ${problem}${hint}`,
      'value',
      offset,
    );
  }
}

/** Compiles what steps have within them. Given to those that do, which this module needs. */ /** Compiles what steps have within them. Given to what compiles the kinds of steps that do. */
export interface BodyCompiler {
  readonly compilation: Compilation;
  /** A list of steps, as a graph. */
  steps(list: unknown, place: Place): GraphBody;
  /** A list of steps, or one step without an id, as a node. */
  body(value: unknown, place: Place): WorkflowNode;
}

/** What a name that there is not was probably meant to be, for the end of a message. */
export function meantBy(name: string, names: Iterable<string>): string {
  const [first] = nearest(name, names);
  return first === undefined ? '' : `; did you mean ${first}?`;
}
