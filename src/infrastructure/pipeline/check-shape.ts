import { z } from 'zod';
import { type Compilation, meantBy, type Place, within } from './compilation.js';

type Issue = z.core.$ZodIssue;

/** The keys of the objects within steps, of which a misspelt one may be meant. */
const INNER_KEYS = [
  'attempts',
  'delay',
  'factor',
  'max-delay',
  'method',
  'url',
  'headers',
  'json',
  'text',
  'expect',
  'idempotency-key',
  'max-bytes',
  'while',
  'until',
  'max',
  'message',
  'approvers',
  'expires',
  'on-expiry',
  'escalate-to',
  'on-rejection',
  'for',
  'name',
  'timeout',
  'when',
  'steps',
  'otherwise',
  'run',
  'http',
  'output',
  'env',
  'shell',
  'cwd',
  'secrets',
  'node',
  'file',
  'args',
  'memory',
  'from',
  'strategy',
  'ignore',
  'keep',
  'read-only',
  'runtime',
  'version',
  'packages',
  'lock',
  'variables',
  'mode',
];

/**
 * Holds an object to a shape, and tells of everything that is wrong with it. What is left without that is returned, where
 * it is enough to go on with.
 *
 * @param others keys that mean something elsewhere, and not here
 */
export function checkShape<Shape extends z.ZodRawShape>(
  compilation: Compilation,
  value: Readonly<Record<string, unknown>>,
  shape: Shape,
  place: Place,
  others: ReadonlyMap<string, string> = new Map(),
): z.output<z.ZodObject<Shape>> | undefined {
  const known = Object.keys(shape);
  for (const key of Object.keys(value)) {
    if (known.includes(key)) continue;
    const where = others.get(key);
    const message = where ?? `there is no key ${key}${meantBy(key, known)}`;
    compilation.problem(within(place, key), message, 'key');
  }
  const schema = z.object(shape);
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  for (const issue of parsed.error.issues) tell(compilation, issue, value, place);
  // Without what is wrong the rest may be whole, and be looked at.
  const wrong = new Set(parsed.error.issues.map(({ path: [key] }) => key));
  const rest = Object.fromEntries(Object.entries(value).filter(([key]) => !wrong.has(key)));
  return schema.safeParse(rest).data;
}

function tell(compilation: Compilation, issue: Issue, value: unknown, place: Place): void {
  const path = issue.path.filter((key) => typeof key !== 'symbol');
  const at = within(place, ...path);
  if (issue.code === 'unrecognized_keys') {
    for (const key of issue.keys) {
      compilation.problem(within(at, key), `there is no key ${key} here${meantBy(key, INNER_KEYS)}`, 'key');
    }
    return;
  }
  if (issue.code === 'invalid_union') {
    // Of the forms that a value may have, the one that it comes nearest to says best what is wrong.
    const inner = issue.errors.find(
      (issues) => issues.every(({ path: [first] }) => first !== undefined) || hasKeys(issues),
    );
    if (inner !== undefined) {
      for (const each of inner) {
        tell(compilation, { ...each, path: [...issue.path, ...each.path] }, value, place);
      }
      return;
    }
  }
  if (issue.code === 'invalid_key') {
    compilation.problem(at, `the key ${String(path.at(-1))} ${issue.issues[0]?.message ?? 'is not valid'}`, 'key');
    return;
  }
  const key = path.at(-1);
  const isMissing = typeof key === 'string' && partOf(value, path) === undefined;
  if (isMissing) compilation.problem(within(place, ...path.slice(0, -1)), `needs the key ${key}`);
  else compilation.problem(at, path.length === 0 ? issue.message : `${path.join('.')} ${plain(issue.message)}`);
}

function hasKeys(issues: readonly Issue[]): boolean {
  return issues.every(({ code }) => code === 'unrecognized_keys');
}

function partOf(value: unknown, path: readonly (string | number)[]): unknown {
  let part = value;
  for (const key of path) part = (part as Readonly<Record<string | number, unknown>> | null | undefined)?.[key];
  return part;
}

/** A message of Zod's own, in the form of ours. */
function plain(message: string): string {
  const expected = /^Invalid input: expected (\w+)/.exec(message)?.[1];
  if (expected !== undefined) return `must be of the type ${expected}`;
  return message.startsWith('must ') ? message : `is not valid: ${message.charAt(0).toLowerCase()}${message.slice(1)}`;
}
