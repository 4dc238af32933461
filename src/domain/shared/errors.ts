/** The stable, machine-readable codes of every error that Waymark throws. */
export type WaymarkErrorCode = `WAYMARK_${string}`;

/** What an error carries beside its message. */
export interface WaymarkErrorOptions {
  /** What the reader should do next, one sentence. */
  readonly hint?: string;
  /** The error that led to this one. */
  readonly cause?: unknown;
  /** Structured facts for programs: the id that was not found, the field that was wrong. */
  readonly details?: Readonly<Record<string, unknown>>;
}

const BRAND = Symbol.for('waymark.error');

/**
 * The base class of every error that Waymark throws.
 *
 * `code` is stable across versions and is what programs should branch on; `hint` says what to do next.
 * `WaymarkError.is` recognises an error even when two copies of the package are loaded.
 *
 * @example
 * try {
 *   await waymark.executions.get('no-such-id');
 * } catch (error) {
 *   if (WaymarkError.is(error, 'WAYMARK_EXECUTION_NOT_FOUND')) console.error(error.hint);
 * }
 */
export class WaymarkError extends Error {
  readonly code: WaymarkErrorCode;
  readonly hint: string | undefined;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: WaymarkErrorCode, message: string, options: WaymarkErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.code = code;
    this.hint = options.hint;
    this.details = Object.freeze({ ...options.details });
    Object.defineProperty(this, BRAND, { value: true });
  }

  /** Whether `value` is a Waymark error, of the given code when one is named. */
  static is(value: unknown, code?: WaymarkErrorCode): value is WaymarkError {
    if (typeof value !== 'object' || value === null || !(BRAND in value)) return false;
    return code === undefined || (value as { code?: unknown }).code === code;
  }
}

/** Something from outside (an identifier, an option, a document) has a form that Waymark does not take. */
export class InvalidArgumentError extends WaymarkError {
  constructor(message: string, options: WaymarkErrorOptions & { readonly code?: WaymarkErrorCode } = {}) {
    super(options.code ?? 'WAYMARK_INVALID_ARGUMENT', message, options);
  }
}
