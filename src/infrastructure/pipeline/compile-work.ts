import { z } from 'zod';
import type { JsonObject } from '../../domain/shared/json.js';
import type { Compensation } from '../../domain/workflow/nodes/node-context.js';
import type { NodeRetry } from '../../domain/workflow/nodes/node-options.js';
import { task, type TaskOptions } from '../../domain/workflow/nodes/task.js';
import type { WorkflowNode } from '../../domain/workflow/nodes/workflow-node.js';
import type { TemplatePart } from '../expression/template.js';
import { mayPass } from '../steps/http-errors.js';
import { fill, type HttpStep, runHttpStep, type TemplateValue } from '../steps/http-step.js';
import { runShellStep, type ShellStep } from '../steps/shell-step.js';
import { shellScript } from '../steps/shell-script.js';
import { scopeOf } from '../steps/step-text.js';
import { type Compilation, type Place, within } from './compilation.js';
import { durationMs } from './duration.js';
import type { StepOf } from './step-shapes.js';
import { HTTP_SHAPE, SHELL_SHAPE } from './workflow-file-schema.js';

const MAX_OUTPUT = 1_000_000;
const MAX_BYTES = 1_048_576;
const GRACE_MS = 5_000;
const RETRY_DELAY_MS = 1_000;
const RETRY_FACTOR = 2;

type WorkKeys = Pick<StepOf<'run'>, 'name' | 'retry' | 'timeout' | 'heartbeat' | 'on-failure'>;
type ShellKeys = z.output<z.ZodObject<typeof SHELL_SHAPE>>;
type HttpKeys = z.output<z.ZodObject<typeof HTTP_SHAPE>>;

/** A command of the shell. */
export function compileShell(compilation: Compilation, step: StepOf<'run'>, place: Place): WorkflowNode {
  const shell = shellStep(compilation, step, place);
  return task({ ...workOptions(step), run: (context) => runShellStep(shell, compilation.options, context) });
}

/** A request. */
export function compileHttp(compilation: Compilation, step: StepOf<'http'>, place: Place): WorkflowNode {
  const http = httpStep(compilation, step, place);
  return task({ ...workOptions(step, mayPass), run: (context) => runHttpStep(http, compilation.options, context) });
}

/** Values for keys of the state. */
export function compileSet(compilation: Compilation, step: StepOf<'set'>, place: Place): WorkflowNode {
  const value = compilation.templateValue(step.set, within(place, 'set'));
  const { evaluator } = compilation;
  return task({
    ...workOptions(step),
    run: (context) => fill(value, { evaluator, scope: scopeOf(context), secrets: {} }) as JsonObject,
  });
}

/** A command or a request that undoes a step. */
export function compileCompensation(compilation: Compilation, given: unknown, place: Place): Compensation {
  const { options } = compilation;
  const run = z.strictObject(SHELL_SHAPE).safeParse(given);
  if (run.success) {
    const step = shellStep(compilation, run.data, place);
    return async (context) => {
      await runShellStep(step, options, { ...context, attempt: 1, progress: () => undefined });
    };
  }
  const step = httpStep(compilation, z.strictObject(HTTP_SHAPE).parse(given), place);
  return async (context) => {
    await runHttpStep(step, options, { ...context, attempt: 1, progress: () => undefined });
  };
}

function shellStep(compilation: Compilation, step: ShellKeys, place: Place): ShellStep {
  const { options } = compilation;
  const secrets = [...new Set([...options.secrets, ...(step.secrets ?? [])])];
  const at = within(place, 'run');
  const template = compilation.template(step.run, at, true);
  const script = shellScript({ ...template, problems: [] });
  for (const { message, offset } of script.problems) compilation.problem(at, message, 'value', offset);
  compilation.checkSecrets(template.parts, secrets, at);
  const env = environmentOf(compilation, step.env ?? {}, within(place, 'env'), secrets);
  return {
    script,
    shell: step.shell ?? 'sh',
    cwd: compilation.template(step.cwd ?? '.', within(place, 'cwd')).parts,
    env: { ...options.env, ...env },
    inheritEnv: step['inherit-env'] ?? false,
    secrets,
    hidden: options.hidden,
    maxOutput: step['max-output'] ?? MAX_OUTPUT,
    exitCodes: step['exit-codes'] ?? [0],
    graceMs: step.grace === undefined ? GRACE_MS : durationMs(step.grace),
    output: step.output ?? {},
  };
}

function httpStep(compilation: Compilation, step: HttpKeys, place: Place): HttpStep {
  const { options } = compilation;
  const { http } = step;
  const declared = [...new Set([...options.secrets, ...(step.secrets ?? [])])];
  const at = within(place, 'http');
  const used = new Set<string>();
  const filled = (text: string, key: Place): readonly TemplatePart[] => {
    const { parts } = compilation.template(text, key, true);
    compilation.checkSecrets(parts, declared, key);
    for (const part of parts) if (part.kind === 'secret') used.add(part.name);
    return parts;
  };
  if (http.json !== undefined && http.text !== undefined) compilation.problem(at, 'has both json and text as its body');
  const method = http.method ?? (http.json === undefined && http.text === undefined ? 'GET' : 'POST');
  if ((method === 'GET' || method === 'HEAD') && (http.json !== undefined || http.text !== undefined)) {
    compilation.problem(within(at, 'method'), `${method} has no body`);
  }
  const json = http.json === undefined ? undefined : compilation.templateValue(http.json, within(at, 'json'), true);
  if (json !== undefined) {
    for (const part of partsOf(json)) if (part.kind === 'secret') used.add(part.name);
    compilation.checkSecrets(partsOf(json), declared, within(at, 'json'));
  }
  const headers = Object.entries(http.headers ?? {}).map(
    ([name, value]) => [name, filled(String(value), within(at, 'headers', name))] as const,
  );
  const { expect } = http;
  return {
    method,
    url: filled(http.url, within(at, 'url')),
    headers: Object.fromEntries(headers),
    ...bodyOf(json, http.text === undefined ? undefined : filled(http.text, within(at, 'text'))),
    ...(expect === undefined ? {} : { expect: typeof expect === 'number' ? [expect] : expect }),
    idempotencyKey: http['idempotency-key'] ?? true,
    maxBytes: http['max-bytes'] ?? MAX_BYTES,
    secrets: [...used],
    hidden: options.hidden,
    output: step.output ?? {},
  };
}

function bodyOf(json: TemplateValue | undefined, text: readonly TemplatePart[] | undefined): Pick<HttpStep, 'body'> {
  if (json !== undefined) return { body: { kind: 'json', json } };
  return text === undefined ? {} : { body: { kind: 'text', text } };
}

/** Variables of the environment, with their templates. */
export function environmentOf(
  compilation: Compilation,
  variables: Readonly<Record<string, string | number | boolean>>,
  place: Place,
  secrets: readonly string[],
): Record<string, readonly TemplatePart[]> {
  const entries = Object.entries(variables).map(([name, value]) => {
    const at = within(place, name);
    const { parts } = compilation.template(String(value), at, true);
    compilation.checkSecrets(parts, secrets, at);
    return [name, parts] as const;
  });
  return Object.fromEntries(entries);
}

function partsOf(value: TemplateValue): readonly TemplatePart[] {
  switch (value.kind) {
    case 'value':
      return [];
    case 'text':
      return value.parts;
    case 'list':
      return value.items.flatMap(partsOf);
    case 'object':
      return value.entries.flatMap(([, item]) => partsOf(item));
  }
}

function workOptions(step: WorkKeys, when?: NodeRetry['when']): Omit<TaskOptions, 'run'> {
  const { name, retry, timeout, heartbeat } = step;
  return {
    ...(name === undefined ? {} : { name }),
    ...(retry === undefined ? {} : { retry: retryOf(retry, when) }),
    ...(timeout === undefined ? {} : { timeoutMs: durationMs(timeout) }),
    ...(heartbeat === undefined ? {} : { heartbeatMs: durationMs(heartbeat) }),
    ...(step['on-failure'] === undefined ? {} : { onFailure: step['on-failure'] }),
  };
}

function retryOf(retry: NonNullable<WorkKeys['retry']>, when: NodeRetry['when']): NodeRetry {
  const given = typeof retry === 'number' ? { attempts: retry } : retry;
  const longest = 'max-delay' in given ? given['max-delay'] : undefined;
  return {
    attempts: given.attempts,
    delayMs: 'delay' in given && given.delay !== undefined ? durationMs(given.delay) : RETRY_DELAY_MS,
    factor: 'factor' in given && given.factor !== undefined ? given.factor : RETRY_FACTOR,
    ...(longest === undefined ? {} : { maxDelayMs: durationMs(longest) }),
    ...(when === undefined ? {} : { when }),
  };
}
