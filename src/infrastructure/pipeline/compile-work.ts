import { z } from 'zod';
import type { JsonObject } from '../../domain/shared/json.js';
import type { Compensation } from '../../domain/workflow/nodes/node-context.js';
import type { NodeRetry } from '../../domain/workflow/nodes/node-options.js';
import { task, type TaskOptions } from '../../domain/workflow/nodes/task.js';
import type { WorkflowNode } from '../../domain/workflow/nodes/workflow-node.js';
import type { TemplatePart } from '../expression/template.js';
import { mayPass } from '../steps/http-errors.js';
import { fill, type HttpStep, runHttpStep, type TemplateValue } from '../steps/http-step.js';
import { runNodeStep } from '../steps/node-step.js';
import { runShellStep } from '../steps/shell-step.js';
import { scopeOf } from '../steps/step-text.js';
import { type Compilation, type Place, within } from './compilation.js';
import { nodeStep, shellStep } from './compile-commands.js';
import { durationMs } from './duration.js';
import type { StepOf } from './step-shapes.js';
import { HTTP_SHAPE, NODE_SHAPE, SHELL_SHAPE } from './command-shapes.js';

const MAX_BYTES = 1_048_576;
const RETRY_DELAY_MS = 1_000;
const RETRY_FACTOR = 2;

type WorkKeys = Pick<StepOf<'run'>, 'name' | 'retry' | 'timeout' | 'heartbeat' | 'on-failure'>;
type HttpKeys = z.output<z.ZodObject<typeof HTTP_SHAPE>>;

/** A command of the shell. */
export function compileShell(compilation: Compilation, step: StepOf<'run'>, place: Place): WorkflowNode {
  const shell = shellStep(compilation, step, place);
  return task({ ...workOptions(step), run: (context) => runShellStep(shell, compilation.options, context) });
}

/** A program for Node. */
export function compileNode(compilation: Compilation, step: StepOf<'node'>, place: Place): WorkflowNode {
  const node = nodeStep(compilation, step, place);
  return task({ ...workOptions(step), run: (context) => runNodeStep(node, compilation.options, context) });
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

/** A command, a program or a request that undoes a step. */
export function compileCompensation(compilation: Compilation, given: unknown, place: Place): Compensation {
  const { options } = compilation;
  const run = z.strictObject(SHELL_SHAPE).safeParse(given);
  if (run.success) {
    const step = shellStep(compilation, run.data, place);
    return async (context) => {
      await runShellStep(step, options, { ...context, progress: () => undefined });
    };
  }
  const node = z.strictObject(NODE_SHAPE).safeParse(given);
  if (node.success) {
    const step = nodeStep(compilation, node.data, place);
    return async (context) => {
      await runNodeStep(step, options, { ...context, progress: () => undefined });
    };
  }
  const step = httpStep(compilation, z.strictObject(HTTP_SHAPE).parse(given), place);
  return async (context) => {
    await runHttpStep(step, options, { ...context, progress: () => undefined });
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
