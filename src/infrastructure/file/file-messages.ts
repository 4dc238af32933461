import type { FileProgress } from '../../application/file/file-storage.port.js';
import { WaymarkError, type WaymarkErrorCode } from '../../domain/shared/errors.js';
import type { FileTask } from './file-work.js';

/** What it is told: to do something, or to let it be. */
export type FileRequest =
  | { readonly id: number; readonly task: FileTask; readonly input: readonly unknown[] }
  | { readonly id: number; readonly abort: true };

/** What it says: how far it is, what came of it, or why nothing did. */
export type FileAnswer =
  | { readonly id: number; readonly progress: FileProgress }
  | { readonly id: number; readonly output: unknown }
  | { readonly id: number; readonly error: SentError };

/** An error as it goes from one thread to another, where its class and its code would be lost. */
export interface SentError {
  readonly name: string;
  readonly message: string;
  readonly stack?: string;
  readonly code?: string;
  readonly hint?: string;
  readonly details?: Readonly<Record<string, unknown>>;
  readonly cause?: SentError;
  readonly isOurs: boolean;
}

export function sendable(error: unknown): SentError {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error), isOurs: false };
  const { name, message, stack, cause } = error;
  const { code } = error as NodeJS.ErrnoException;
  const ours = WaymarkError.is(error) ? error : undefined;
  return {
    name,
    message,
    isOurs: ours !== undefined,
    ...(stack === undefined ? {} : { stack }),
    ...(typeof code === 'string' ? { code } : {}),
    ...(ours === undefined ? {} : { details: ours.details }),
    ...(ours?.hint === undefined ? {} : { hint: ours.hint }),
    ...(cause === undefined ? {} : { cause: sendable(cause) }),
  };
}

export function received({ name, message, stack, code, hint, details, cause, isOurs }: SentError): Error {
  const reason = cause === undefined ? undefined : received(cause);
  const error = isOurs
    ? new WaymarkError(code as WaymarkErrorCode, message, {
        ...(hint === undefined ? {} : { hint }),
        ...(details === undefined ? {} : { details }),
        ...(reason === undefined ? {} : { cause: reason }),
      })
    : Object.assign(new Error(message, reason === undefined ? {} : { cause: reason }), {
        name,
        ...(code === undefined ? {} : { code }),
      });
  if (stack !== undefined) error.stack = stack;
  return error;
}
