import type { ErrorRecord } from '../../domain/events/families/fields.js';

/** How far a chain of causes is followed. */
const MAX_CAUSES = 5;
/**
 * How many characters are kept of a name or a code, and of a message or a stack: an error must not be too large to
 * record.
 */
const MAX_NAME = 256;
const MAX_TEXT = 8_000;

/**
 * A line of a stack that says that Node ran its queues, and of the program nothing. Whether it is there is a matter of
 * microseconds: the same run told again would not be the same to the letter.
 */
const TURN = /\n {4}at (?:process\.)?processTicksAndRejections \(node:internal\/[^\n]*\)/g;

/** Anything that was thrown, as data for an event. Never throws, whatever was done to the error. */
export function errorRecord(thrown: unknown, depth = 0): ErrorRecord {
  if (!isError(thrown)) return { name: 'NonError', message: clipped(describe(thrown), MAX_TEXT) };
  const [name, message, code, stack, cause] = ['name', 'message', 'code', 'stack', 'cause'].map((key) =>
    read(thrown, key),
  );
  return {
    name: typeof name === 'string' ? clipped(name, MAX_NAME) : 'Error',
    message: clipped(describe(message), MAX_TEXT),
    ...(typeof code === 'string' ? { code: clipped(code, MAX_NAME) } : {}),
    ...(typeof stack === 'string' ? { stack: clipped(stack.replaceAll(TURN, ''), MAX_TEXT) } : {}),
    ...(cause !== undefined && depth < MAX_CAUSES ? { cause: errorRecord(cause, depth + 1) } : {}),
  };
}

/** Errors of another realm (a worker, a vm context) are no instances of this one's class. */
function isError(thrown: unknown): thrown is Error {
  try {
    return thrown instanceof Error || Object.prototype.toString.call(thrown) === '[object Error]';
  } catch {
    // A proxy that was revoked, or whose traps throw.
    return false;
  }
}

/** Libraries put what they like on their errors: objects as messages, getters that throw. */
function read(error: Error, key: string): unknown {
  try {
    return (error as unknown as Record<string, unknown>)[key];
  } catch {
    // What can't be read counts as not there.
    return undefined;
  }
}

function describe(thrown: unknown): string {
  try {
    return typeof thrown === 'string' ? thrown : (JSON.stringify(thrown) ?? String(thrown));
  } catch {
    // A value that can't even be shown (a cycle, a throwing toJSON) is told by its type.
    return `a ${typeof thrown}`;
  }
}

function clipped(text: string, limit: number): string {
  return text.length <= limit ? text : `${text.slice(0, limit)}… (${text.length} characters)`;
}
