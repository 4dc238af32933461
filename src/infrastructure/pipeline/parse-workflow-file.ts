import { z } from 'zod';
import { sha256Hex } from '../../domain/shared/hash.js';
import type { JsonObject, JsonValue } from '../../domain/shared/json.js';
import { defineWorkflow, type InputSchema, type Workflow } from '../../domain/workflow/workflow-definition.js';
import { InvalidWorkflowError } from '../../domain/workflow/invalid-workflow.error.js';
import { fill } from '../steps/http-step.js';
import type { StepSurroundings } from '../steps/shell-step.js';
import { checkShape } from './check-shape.js';
import { Compilation, type Place, within } from './compilation.js';
import { compileEnvironment, compileWorkspace } from './compile-declarations.js';
import { compileSteps } from './compile-steps.js';
import { environmentOf } from './compile-commands.js';
import { durationMs } from './duration.js';
import { InvalidWorkflowFileError, type WorkflowFileProblem } from './problems.js';
import type { WorkflowDocument } from './workflow-document.js';
import { FILE_SHAPE } from './workflow-file-schema.js';

/** What a file is made a workflow with. */
export interface ParseOptions extends StepSurroundings {
  /** Where it can be loaded from again: a file URL. */
  readonly source?: string;
  /** The workflows of the files that it names, by their path as it is written. */
  readonly workflows?: ReadonlyMap<string, Workflow>;
  /** The text of the lock file that its environment names. */
  readonly lock?: string;
  /** What is known to be wrong with the file already. */
  readonly problems?: readonly WorkflowFileProblem[];
}

/**
 * Makes a workflow of a document.
 *
 * @throws InvalidWorkflowFileError `WAYMARK_INVALID_WORKFLOW_FILE` with everything that is wrong with it
 */
export function parseWorkflowFile(document: WorkflowDocument, options: ParseOptions): Workflow {
  const problems = [...(options.problems ?? [])];
  const { value } = document;
  const root: Place = { path: [], step: undefined };
  const hidden = [...namesOfSecrets(value)];
  const surroundings = { ...options, document, workflows: options.workflows ?? new Map<string, Workflow>(), hidden };
  const first = new Compilation({ ...surroundings, secrets: [], env: {} }, problems);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    first.problem(root, 'a workflow must be an object with id, version and steps');
    throw new InvalidWorkflowFileError(document.file, problems);
  }
  const file = checkShape(first, value as JsonObject, FILE_SHAPE, root);
  const secrets = file?.secrets ?? [];
  const env = environmentOf(first, file?.env ?? {}, within(root, 'env'), secrets);
  const compilation = new Compilation({ ...surroundings, secrets, env }, problems);
  const { steps } = value as JsonObject;
  const body = Array.isArray(steps) ? compileSteps(compilation, steps, within(root, 'steps')) : undefined;
  const input = file?.input === undefined ? undefined : inputSchema(compilation, file.input, within(root, 'input'));
  const output =
    file?.output === undefined ? undefined : compilation.templateValue(file.output, within(root, 'output'));
  const workspace =
    file?.workspace === undefined
      ? undefined
      : compileWorkspace(compilation, file.workspace, within(root, 'workspace'));
  const environment =
    file?.environment === undefined
      ? undefined
      : compileEnvironment(compilation, file.environment, options.lock, within(root, 'environment'));
  if (problems.length > 0 || file === undefined || body === undefined) {
    throw new InvalidWorkflowFileError(document.file, problems);
  }
  const { evaluator } = options;
  const rest = {
    ...(file.name === undefined ? {} : { name: file.name }),
    ...(input === undefined ? {} : { input }),
    ...(file.timeout === undefined ? {} : { timeoutMs: durationMs(file.timeout) }),
    ...(file['on-failure'] === undefined ? {} : { onFailure: file['on-failure'] }),
    ...(options.source === undefined ? {} : { source: options.source }),
    ...(workspace === undefined ? {} : { workspace }),
    ...(environment === undefined ? {} : { environment }),
    ...(output === undefined
      ? {}
      : { output: (state: JsonObject) => fill(output, { evaluator, scope: { state }, secrets: {} }) }),
  };
  try {
    return defineWorkflow({
      id: file.id,
      version: String(file.version),
      revision: revisionOf(value as JsonObject),
      ...rest,
      ...body,
    });
  } catch (error) {
    if (!(error instanceof InvalidWorkflowError)) throw error;
    for (const problem of error.problems) first.problem(within(root, 'steps'), problem);
    throw new InvalidWorkflowFileError(document.file, problems);
  }
}

/** What a file says of what is to be done, whatever the order of its keys. */
function revisionOf({ env = null, secrets = null, output = null, steps = null }: JsonObject): string {
  return sha256Hex(JSON.stringify([env, secrets, output, steps], sortKeys));
}

function sortKeys(_key: string, value: JsonValue): JsonValue {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** Every name that is declared as a secret, of the file or of any step. */
function namesOfSecrets(value: JsonValue): ReadonlySet<string> {
  const names = new Set<string>();
  const pending: JsonValue[] = [value];
  while (pending.length > 0) {
    const part = pending.pop();
    if (typeof part !== 'object' || part === null) continue;
    for (const [key, item] of Object.entries(part)) {
      if (key === 'secrets' && Array.isArray(item)) {
        for (const name of item as readonly JsonValue[]) if (typeof name === 'string') names.add(name);
      } else pending.push(item);
    }
  }
  return names;
}

function inputSchema(compilation: Compilation, schema: object, place: Place): InputSchema | undefined {
  const { type } = schema as { readonly type?: unknown };
  if (type !== 'object') {
    compilation.problem(place, 'the schema of the input must have type: object');
    return undefined;
  }
  try {
    return z.fromJSONSchema(schema as Parameters<typeof z.fromJSONSchema>[0]);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    compilation.problem(place, `the schema of the input can't be used: ${reason.replace(/\.$/, '')}`);
    return undefined;
  }
}
