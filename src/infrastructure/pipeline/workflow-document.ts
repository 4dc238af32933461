import { isAlias, isMap, isPair, isScalar, isSeq, LineCounter, type Node, parseDocument, visit } from 'yaml';
import type { JsonValue } from '../../domain/shared/json.js';
import { InvalidWorkflowFileError, type WorkflowFileProblem } from './problems.js';

/** The largest file that is read, in UTF-16 code units. */
const MAX_LENGTH = 1_048_576;

/** How often aliases may be followed in all: one that refers to others many times over stands for very much. */
const MAX_ALIASES = 100;

/** Leads to a part of a document. */
export type DocumentPath = readonly (string | number)[];

/** A file as data, which knows where each part of it stands. */
export interface WorkflowDocument {
  readonly file: string;
  readonly value: JsonValue;
  /** Where a part stands: the value, or its key. What there is not is where that stands which should have it. */
  placeOf(
    path: DocumentPath,
    part?: 'key' | 'value',
    offset?: number,
  ): { readonly line: number; readonly column: number };
}

/**
 * Reads YAML 1.2 or JSON, which is a part of it. There are no tags but the core ones, no key twice, and only so many
 * aliases.
 *
 * @param file how problems call it
 * @throws InvalidWorkflowFileError `WAYMARK_INVALID_WORKFLOW_FILE`
 */
export function readWorkflowDocument(source: string, file: string): WorkflowDocument {
  const lines = new LineCounter();
  const at = (offset: number): { line: number; column: number } => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  if (source.length > MAX_LENGTH) throw tooMuch(file, `it is longer than ${MAX_LENGTH} characters`);
  const document = read(source, file, lines);
  const problems: WorkflowFileProblem[] = [...document.errors, ...document.warnings].map(({ message, pos }) => ({
    ...at(pos[0]),
    message: sentence(message),
  }));
  visit(document, {
    Alias(_key, alias) {
      if (alias.resolve(document) !== undefined) return;
      problems.push({ ...at(alias.range?.[0] ?? 0), message: `there is no anchor &${alias.source} before this alias` });
    },
  });
  if (problems.length > 0) throw new InvalidWorkflowFileError(file, problems);
  const value = toValue(document, file);
  return {
    file,
    value,
    placeOf: (path, part = 'value', offset = 0) => {
      const start = offsetOf(document.contents, path, part, offset, source);
      return at(start);
    },
  };
}

function read(source: string, file: string, lineCounter: LineCounter) {
  try {
    return parseDocument(source, {
      lineCounter,
      version: '1.2',
      schema: 'core',
      strict: true,
      uniqueKeys: true,
      merge: false,
      prettyErrors: false,
    });
  } catch (error) {
    if (error instanceof RangeError) throw tooMuch(file, 'it nests too deep');
    throw error;
  }
}

function toValue(document: ReturnType<typeof read>, file: string): JsonValue {
  try {
    // Through JSON, which a clone is not: what is no JSON (an infinite number) becomes null, and is told by whoever expects something there.
    // oxlint-disable-next-line unicorn/prefer-structured-clone -- see above
    return JSON.parse(JSON.stringify(document.toJS({ maxAliasCount: MAX_ALIASES }) ?? null)) as JsonValue;
  } catch (error) {
    if (error instanceof RangeError) throw tooMuch(file, 'it nests too deep');
    if (error instanceof ReferenceError) throw tooMuch(file, `its aliases stand for too much (at most ${MAX_ALIASES})`);
    if (error instanceof TypeError) throw tooMuch(file, 'an alias leads to itself');
    throw error;
  }
}

/** Where a part begins. The way ends at the last part that is there. */
function offsetOf(
  contents: unknown,
  path: DocumentPath,
  part: 'key' | 'value',
  offset: number,
  source: string,
): number {
  let node = contents;
  let start = startOf(node) ?? 0;
  for (const [index, step] of path.entries()) {
    // What an alias stands for is elsewhere: the alias is what the reader looks at.
    if (isAlias(node)) return start;
    const pair = isMap(node)
      ? node.items.find((item) => isScalar(item.key) && String(item.key.value) === String(step))
      : undefined;
    const next: unknown = isSeq(node) ? node.items[Number(step)] : pair?.value;
    const isLast = index === path.length - 1;
    if (pair !== undefined && isLast && part === 'key') return startOf(pair.key) ?? start;
    if (pair === undefined && next === undefined) return start;
    start = startOf(next) ?? startOf(pair?.key) ?? start;
    node = next;
  }
  return start + (isScalar(node) ? shiftOf(node, offset, source) : 0);
}

/** How far a character of a scalar is from where it begins, where that can be told: in one line, as it is written. */
function shiftOf(node: { readonly type?: unknown; readonly range?: unknown }, offset: number, source: string): number {
  const [from, to] = (node.range ?? [0, 0]) as readonly [number, number];
  const written = source.slice(from, to);
  if (offset === 0 || written.includes('\n')) return 0;
  if (node.type === 'PLAIN') return offset;
  return (node.type === 'QUOTE_DOUBLE' && !written.includes('\\')) ||
    (node.type === 'QUOTE_SINGLE' && !written.slice(1, -1).includes("''"))
    ? offset + 1
    : 0;
}

function startOf(node: unknown): number | undefined {
  if (isPair(node)) return startOf(node.key);
  return (node as Node | null | undefined)?.range?.[0];
}

function tooMuch(file: string, message: string): InvalidWorkflowFileError {
  return new InvalidWorkflowFileError(file, [{ line: 1, column: 1, message }]);
}

function sentence(message: string): string {
  if (/call stack/.test(message)) return 'it nests too deep';
  const line = (message.split('\n')[0] ?? message).replace(/[.:]$/, '');
  return line.charAt(0).toLowerCase() + line.slice(1);
}
