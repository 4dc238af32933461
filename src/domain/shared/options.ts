import { InvalidArgumentError, type WaymarkErrorCode } from './errors.js';

/** The keys of a type of options, as a record: the compiler keeps it complete. */
export type KeysOf<Options> = Readonly<Record<keyof Required<Options>, true>>;

/** The keys of `given` that are not allowed. */
export function unknownKeys(given: object, allowed: Readonly<Record<string, true>>): readonly string[] {
  return Object.keys(given).filter((key) => !Object.hasOwn(allowed, key));
}

/**
 * Options have a closed list of keys: a misspelt one is an error, and never the opposite of what was asked for.
 *
 * @param what how a person calls one of them: `start option`
 * @throws InvalidArgumentError with the keys that there are
 * @example
 * assertKeys({ after: 5 }, { after: true, limit: true }, 'page option');
 */
export function assertKeys(
  given: unknown,
  allowed: Readonly<Record<string, true>>,
  what: string,
  code?: WaymarkErrorCode,
): void {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw invalid(`A ${what} is a key of an object, and this is ${given === null ? 'null' : typeof given}.`, code);
  }
  const [unknown] = unknownKeys(given, allowed);
  if (unknown === undefined) return;
  throw invalid(`There is no ${what} ${JSON.stringify(unknown)}; there are ${Object.keys(allowed).join(', ')}.`, code);
}

/** @throws InvalidArgumentError with the values that there are */
export function oneOf<const Value extends string>(
  value: unknown,
  allowed: readonly Value[],
  what: string,
  code?: WaymarkErrorCode,
): Value {
  const found = allowed.find((candidate) => candidate === value);
  if (found !== undefined) return found;
  throw invalid(`The ${what} is ${shown(value)}; it can be ${allowed.join(', ')}.`, code);
}

/** @throws InvalidArgumentError */
export function wholeNumber(
  value: unknown,
  what: string,
  from: number,
  to: number = Number.MAX_SAFE_INTEGER,
  code?: WaymarkErrorCode,
): number {
  if (Number.isSafeInteger(value) && (value as number) >= from && (value as number) <= to) return value as number;
  const range = to === Number.MAX_SAFE_INTEGER ? `from ${from}` : `from ${from} to ${to}`;
  throw invalid(`The ${what} is ${shown(value)}; it must be a whole number ${range}.`, code);
}

/** An option that is left out, or of a type. @throws InvalidArgumentError */
export function assertOptional(value: unknown, type: 'string' | 'boolean' | 'function', what: string): void {
  if (value === undefined || typeof value === type) return;
  throw invalid(`The ${what} is ${shown(value)}; it must be a ${type}.`);
}

/** @throws InvalidArgumentError */
export function assertOptionalSignal(value: unknown): void {
  const signal = value as Partial<AbortSignal> | null | undefined;
  if (signal === undefined) return;
  // Not by class: a signal may come from another realm.
  if (typeof signal?.aborted === 'boolean' && typeof signal.addEventListener === 'function') return;
  throw invalid(`The signal is ${shown(value)}; it must be an AbortSignal.`);
}

/** A value in a message. */
function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  return typeof value === 'object' && value !== null
    ? `an ${Array.isArray(value) ? 'array' : 'object'}`
    : String(value);
}

function invalid(message: string, code?: WaymarkErrorCode): InvalidArgumentError {
  return new InvalidArgumentError(message, code === undefined ? {} : { code });
}
