import { z } from 'zod';
import { type JsonObject, type JsonValue, setOwn } from '../shared/json.js';
import type { EventDefinition } from './define-event.js';

/**
 * A valid payload of a type, made from its schema: every field, required or not, the same on every call. For
 * documentation and for tests.
 *
 * @throws RangeError when the schema asks for something that no example can be made for
 * @example
 * new NodeCompleted(examplePayload(NodeCompleted.definition));
 */
export function examplePayload<Schema extends z.ZodObject>(
  definition: Pick<EventDefinition<string, Schema>, 'type' | 'schema'>,
): z.input<Schema> & JsonObject {
  const payload = example(definition.schema, '', 0);
  const parsed = z.safeParse(definition.schema, payload);
  if (parsed.success) return payload as z.input<Schema> & JsonObject;
  const issues = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ');
  throw new RangeError(`No example could be made for ${definition.type}: ${issues}.`);
}

/** How many objects deep what is optional is still filled in: it ends a schema that contains itself. */
const MAX_DEPTH = 2;

/** When whatever an example tells of happened. */
export const EXAMPLE_INSTANT = '2026-01-01T12:00:00.000Z';
/** An id, as Waymark makes them. */
export const EXAMPLE_UUID = '0197f3a0-0000-7000-8000-000000000001';
const DIGEST = 'c0ffee'.repeat(11).slice(0, 64);

/** What a field of this name holds, where its schema allows it. */
const FAMILIAR: Readonly<Record<string, JsonValue>> = {
  input: { file: 'strikes.csv' },
  output: { strikes: 9876 },
  statePatch: { limit: 150 },
  patch: { limit: 150 },
  breakpoints: ['report'],
  choices: { model: 'small' },
  metrics: { accuracy: 0.93 },
  config: { models: ['small', 'large'] },
  checks: { store: 'ok' },
  policy: { keepLast: 10 },
  workflowName: 'Strike report',
  workflowVersion: '1.2.0',
  nodeName: 'Load the strikes',
  nodeKind: 'task',
  nodeStatus: 'completed',
  occurrence: 1,
  attempt: 1,
  branchId: 'main',
  parentBranchId: 'main',
  previousOwner: 'process-1',
  name: 'strike report',
  label: 'before the report',
  reason: 'the figures were wrong',
  message: 'the figures do not add up',
  detail: 'Entry 3 is not what was written.',
  resolution: 'the figures were corrected',
  decision: 'Count strikes by airport, not by airline',
  rationale: 'Airports report every strike, airlines do not',
  summary: 'The totals of two tables differ by three strikes',
  hypothesis: 'three strikes are counted twice',
  error: {
    name: 'TypeError',
    message: 'the figures do not add up',
    code: 'E_FIGURES',
    stack: 'TypeError: the figures do not add up\n    at report (src/report.ts:12:7)',
    cause: { name: 'RangeError', message: 'row 3 is missing' },
  },
  durationMs: 1250,
  exitCode: 0,
  runtimeVersion: '3.12.4',
  version: '1.0.0',
  package: 'zod@4.6.7',
  missing: ['zod@4.6.7'],
  model: 'model-1',
  provider: 'provider-1',
  finishReason: 'stop',
  toolName: 'editor',
  filePath: 'src/report.ts',
  path: '/var/lib/waymark/w-1',
  previousPath: '/var/lib/waymark/w-0',
  paths: ['report/strikes.csv'],
  command: 'npm test',
  pattern: '**/*.ts',
  query: 'strikes by airport',
  operation: 'create',
  variant: 'small-model',
  bestVariant: 'small-model',
  queue: 'reports',
  backend: 'threads',
  resource: 'database connection',
  by: 'user:ada',
  principal: 'user:ada',
  developer: 'ada',
  requestedBy: 'agent:planner',
  action: 'log.export',
  format: 'jsonl',
  dueAt: EXAMPLE_INSTANT,
  expiresAt: EXAMPLE_INSTANT,
  since: EXAMPLE_INSTANT,
  until: EXAMPLE_INSTANT,
  handler: 'send-mail',
  topic: 'node.*',
  eventType: 'node.completed',
  host: 'build-7',
  ownerHost: 'build-7',
  storage: 'sqlite',
};

/** `undefined` where something optional is left out. */
function example(schema: z.core.$ZodType, name: string, depth: number): JsonValue | undefined {
  const familiar = Object.hasOwn(FAMILIAR, name) ? FAMILIAR[name] : undefined;
  if (familiar !== undefined && accepts(schema, familiar)) return familiar;
  const { def } = (schema as z.core.$ZodTypes)._zod;
  switch (def.type) {
    case 'string':
      return firstAccepted(schema, strings(def, name), name);
    case 'number':
      return firstAccepted(schema, numbers(def), name);
    case 'boolean':
      return true;
    case 'null':
      return null;
    case 'enum':
      return Object.values(def.entries)[0];
    case 'literal':
      return def.values[0] as JsonValue;
    case 'unknown':
    case 'any':
      return { [name === '' ? 'value' : name]: 'an example' };
    case 'array':
      return exampleArray(def, name, depth);
    case 'object':
      return exampleObject(def.shape, depth);
    case 'record':
      return { example: present(example(def.valueType, name, depth + 1), name) };
    case 'union':
      return firstAccepted(schema, examples(def.options, name, depth), name);
    case 'optional':
      return depth > MAX_DEPTH ? undefined : example(def.innerType, name, depth);
    case 'nullable':
      return depth > MAX_DEPTH ? null : example(def.innerType, name, depth);
    case 'default':
    case 'readonly':
      return example(def.innerType, name, depth);
    case 'lazy':
      return example(def.getter(), name, depth);
    case 'pipe':
      // What goes in, unless it can be anything: `preprocess` begins with a function.
      return example(isTransform(def.in) ? def.out : def.in, name, depth);
    default:
      throw new RangeError(`No example can be made for the Zod type ${def.type} of ${name}.`);
  }
}

function isTransform(schema: z.core.$ZodType): boolean {
  return schema._zod.def.type === 'transform';
}

function exampleObject(shape: z.core.$ZodShape, depth: number): JsonObject {
  const value = {};
  for (const [key, field] of Object.entries(shape)) {
    const part = example(field, key, depth + 1);
    if (part !== undefined) setOwn(value, key, part);
  }
  return value;
}

function exampleArray(def: z.core.$ZodArrayDef, name: string, depth: number): JsonValue {
  const length = Math.max(1, limits(def).least);
  return Array.from({ length }, () => present(example(def.element, singular(name), depth), name));
}

function examples(options: readonly z.core.$ZodType[], name: string, depth: number): readonly JsonValue[] {
  return options.map((option) => example(option, name, depth)).filter((value) => value !== undefined);
}

/** What a string of this name may look like, the likeliest first, and each as long as it must be. */
function strings(def: z.core.$ZodTypeDef, name: string): readonly string[] {
  const { least, most } = limits(def);
  const filler = ` (an example of ${wordsFor(name)})`;
  return [wordsFor(name), DIGEST, EXAMPLE_INSTANT, EXAMPLE_UUID].map((text) =>
    text.padEnd(least, filler).slice(0, most),
  );
}

function numbers(def: z.core.$ZodTypeDef): readonly number[] {
  const { least, most } = limits(def);
  return [3, 1, 0.5, 0, least, most, least + 1, most - 1, (least + most) / 2].filter(Number.isFinite);
}

function limits(def: z.core.$ZodTypeDef): { readonly least: number; readonly most: number } {
  let least = 0;
  let most = Number.POSITIVE_INFINITY;
  for (const check of def.checks ?? []) {
    const rule = (check as z.core.$ZodChecks)._zod.def;
    if (rule.check === 'min_length') least = rule.minimum;
    else if (rule.check === 'max_length') most = rule.maximum;
    else if (rule.check === 'greater_than') least = Number(rule.value);
    else if (rule.check === 'less_than') most = Number(rule.value);
  }
  return { least, most };
}

function firstAccepted<Value extends JsonValue>(
  schema: z.core.$ZodType,
  candidates: readonly Value[],
  name: string,
): Value {
  const accepted = candidates.find((candidate) => accepts(schema, candidate));
  return present(accepted, name);
}

function accepts(schema: z.core.$ZodType, value: JsonValue): boolean {
  return z.safeParse(schema, value).success;
}

function present<Value>(value: Value | undefined, name: string): Value {
  if (value === undefined) throw new RangeError(`No example of ${name} is known that its schema takes.`);
  return value;
}

/** `parentCallId` is `parent-call-1`, and `previousStatus` is `previous status`. */
function wordsFor(name: string): string {
  const words = name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  return words.endsWith(' id') ? `${words.slice(0, -3).replaceAll(' ', '-')}-1` : words;
}

function singular(name: string): string {
  return name.endsWith('s') ? name.slice(0, -1) : name;
}
