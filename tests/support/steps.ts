import type { NodeContext } from '../../src/index.js';
import type { JsonObject } from '../../src/domain/shared/json.js';
import { CelExpressionEvaluator } from '../../src/infrastructure/expression/cel-expression-evaluator.js';
import { parseTemplate, type TemplatePart } from '../../src/infrastructure/expression/template.js';
import type { NodeSource, NodeStep } from '../../src/infrastructure/steps/node-step.js';
import type { ShellStep, StepSurroundings, TemplateStep } from '../../src/infrastructure/steps/shell-step.js';
import { shellScript } from '../../src/infrastructure/steps/shell-script.js';

/** What a node is given, with the lines that it tells of. */
export function stepContext(
  state: JsonObject = {},
  over: Partial<NodeContext> = {},
): { readonly context: NodeContext; readonly lines: string[]; readonly abort: AbortController } {
  const lines: string[] = [];
  const abort = new AbortController();
  const context: NodeContext = {
    state,
    input: {},
    executionId: 'e-1',
    nodeId: 'step',
    occurrence: 1,
    attempt: 1,
    idempotencyKey: 'e-1/step/1',
    fencingToken: 1,
    signal: abort.signal,
    progress: (_fraction, message) => void lines.push(message ?? ''),
    heartbeat: () => undefined,
    ...over,
  };
  return { context, lines, abort };
}

/** A text with templates, taken apart. */
export function template(text: string): readonly TemplatePart[] {
  return parseTemplate(text).parts;
}

/** What the format makes of a command of which nothing but what it runs is said. */
const COMMAND: TemplateStep = {
  cwd: template('.'),
  env: {},
  inheritEnv: false,
  secrets: [],
  hidden: [],
  maxOutput: 100_000,
  exitCodes: [0],
  graceMs: 5_000,
  output: { out: 'text' },
};

/** A shell step as the format makes it of nothing but a script. */
export function shellStep(script: string, over: Partial<ShellStep> = {}): ShellStep {
  return { ...COMMAND, script: shellScript(parseTemplate(script)), shell: 'sh', ...over };
}

/** A Node step as the format makes it of nothing but code, or a file with its arguments. */
export function nodeStep(source: string | NodeSource, over: Partial<NodeStep> = {}): NodeStep {
  return { ...COMMAND, source: typeof source === 'string' ? { kind: 'code', code: source } : source, ...over };
}

/** Where steps of tests are run. */
export function surroundings(folder: string, environment: Record<string, string> = {}): StepSurroundings {
  return {
    evaluator: new CelExpressionEvaluator(),
    folder,
    environment: { PATH: process.env['PATH'] ?? '', HOME: '/nonexistent', ...environment },
  };
}
