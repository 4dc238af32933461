import { type JsonObject, type JsonValue, setOwn } from '../../domain/shared/json.js';
import type { TemplatePart } from '../expression/template.js';
import { unexpectedStatus } from './http-errors.js';
import { SecretMask } from './secret-mask.js';
import { type HttpAnswer, sendRequest } from './send-request.js';
import type { StepSurroundings } from './shell-step.js';
import { secretValues } from './step-environment.js';
import { jsonOutput, type OutputKinds } from './step-output.js';
import { type Filling, fillText, fillValue, scopeOf, type StepContext } from './step-text.js';

/** What can be kept of an answer. */
export const HTTP_OUTPUTS = ['json', 'text', 'status', 'headers', 'response'] as const;

/** The headers of an answer that are recorded; the others may hold what is nobody's business. */
const RECORDED_HEADERS = [
  'content-type',
  'content-length',
  'date',
  'etag',
  'last-modified',
  'link',
  'location',
  'retry-after',
  'x-request-id',
];

/** The methods that change nothing, and may be repeated as they are. */
const SAFE = new Set(['GET', 'HEAD', 'OPTIONS']);

/** A JSON value with templates in its strings. */
export type TemplateValue =
  | { readonly kind: 'text'; readonly parts: readonly TemplatePart[] }
  | { readonly kind: 'value'; readonly value: JsonValue }
  | { readonly kind: 'list'; readonly items: readonly TemplateValue[] }
  | { readonly kind: 'object'; readonly entries: readonly (readonly [key: string, value: TemplateValue])[] };

/** An HTTP step, taken apart. */
export interface HttpStep {
  readonly method: string;
  readonly url: readonly TemplatePart[];
  readonly headers: Readonly<Record<string, readonly TemplatePart[]>>;
  readonly body?:
    | { readonly kind: 'json'; readonly json: TemplateValue }
    | { readonly kind: 'text'; readonly text: readonly TemplatePart[] };
  /** The statuses that are no failure; those from 200 to 299 when left out. */
  readonly expect?: readonly number[];
  /** Whether anything but a GET carries the node's idempotency key, or the name of the header. */
  readonly idempotencyKey: boolean | string;
  readonly maxBytes: number;
  readonly secrets: readonly string[];
  readonly hidden: readonly string[];
  readonly output: OutputKinds<(typeof HTTP_OUTPUTS)[number]>;
}

/**
 * Sends the request of an HTTP step, as the work of a node.
 *
 * @throws WaymarkError `WAYMARK_HTTP_STATUS` for a status that is not expected, `WAYMARK_HTTP_FAILED`,
 *   `WAYMARK_INVALID_REQUEST`, `WAYMARK_SECRET_MISSING`, `WAYMARK_EXPRESSION_FAILED`, `WAYMARK_OUTPUT_NOT_JSON`,
 *   `WAYMARK_OUTPUT_TOO_LARGE`
 */
export async function runHttpStep(
  step: HttpStep,
  { evaluator, environment }: StepSurroundings,
  context: StepContext,
): Promise<JsonObject> {
  const secrets = secretValues(environment, step.secrets);
  const filling: Filling = { evaluator, scope: scopeOf(context), secrets };
  const mask = new SecretMask([...Object.values(secrets), ...step.hidden.map((name) => environment[name] ?? '')]);
  const url = urlOf(step, filling);
  const answer = await sendRequest({
    method: step.method,
    url,
    headers: headersOf(step, filling, context.idempotencyKey),
    ...bodyOf(step, filling),
    maxBytes: step.maxBytes,
    // With a secret a request goes nowhere but where the author has sent it.
    followsRedirects: step.secrets.length === 0,
    mask,
    signal: context.signal,
  });
  if (!isExpected(step, answer.status)) {
    throw unexpectedStatus(step.method, mask.hide(url), answer.status, mask.hide(answer.text));
  }
  return mask.hideIn(outputOf(step, answer, context.nodeId)) as JsonObject;
}

/** Values are escaped, so that none changes the path; but what the address begins with is a part of it. */
function urlOf(step: HttpStep, filling: Filling): string {
  return fillText(step.url, filling, (text, position) => (position === 0 ? text : encodeURIComponent(text)));
}

function headersOf(step: HttpStep, filling: Filling, key: string): Record<string, string> {
  const headers: Record<string, string> = {};
  if (step.body?.kind === 'json') headers['content-type'] = 'application/json';
  if (step.idempotencyKey !== false && !SAFE.has(step.method)) {
    const name = step.idempotencyKey === true ? 'idempotency-key' : step.idempotencyKey.toLowerCase();
    // A header takes no letters but those of ASCII.
    headers[name] = encodeURI(key);
  }
  for (const [name, parts] of Object.entries(step.headers)) headers[name.toLowerCase()] = fillText(parts, filling);
  return headers;
}

function bodyOf({ body }: HttpStep, filling: Filling): { readonly body?: string } {
  if (body === undefined) return {};
  return { body: body.kind === 'text' ? fillText(body.text, filling) : JSON.stringify(fill(body.json, filling)) };
}

/** A value with its templates filled in. */
export function fill(value: TemplateValue, filling: Filling): JsonValue {
  switch (value.kind) {
    case 'value':
      return value.value;
    case 'text':
      return fillValue(value.parts, filling);
    case 'list':
      return value.items.map((item) => fill(item, filling));
    case 'object': {
      const filled: Record<string, JsonValue> = {};
      for (const [key, item] of value.entries) setOwn(filled, key, fill(item, filling));
      return filled;
    }
  }
}

function isExpected({ expect }: HttpStep, status: number): boolean {
  return expect === undefined ? status >= 200 && status < 300 : expect.includes(status);
}

function outputOf(step: HttpStep, answer: HttpAnswer, nodeId: string): JsonObject {
  const output: Record<string, JsonValue> = {};
  for (const [key, kind] of Object.entries(step.output)) output[key] = partOf(answer, kind, nodeId);
  return output;
}

function partOf(answer: HttpAnswer, kind: (typeof HTTP_OUTPUTS)[number], nodeId: string): JsonValue {
  switch (kind) {
    case 'status':
      return answer.status;
    case 'headers':
      return recorded(answer.headers);
    case 'text':
      return answer.text;
    case 'json':
      return jsonOutput(answer.text, `The answer to ${nodeId}`);
    case 'response': {
      const isJson = /\bjson\b/i.test(answer.headers['content-type'] ?? '');
      const body = isJson ? jsonOutput(answer.text, `The answer to ${nodeId}`) : answer.text;
      return { status: answer.status, headers: recorded(answer.headers), body };
    }
  }
}

function recorded(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => RECORDED_HEADERS.includes(name)));
}
