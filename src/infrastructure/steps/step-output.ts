import { WaymarkError } from '../../domain/shared/errors.js';
import type { JsonValue } from '../../domain/shared/json.js';

/** What is kept of what a step gave, by the key of the state that it goes to. */
export type OutputKinds<Kind extends string> = Readonly<Record<string, Kind>>;

/**
 * A text as JSON.
 *
 * @throws WaymarkError `WAYMARK_OUTPUT_NOT_JSON`
 */
export function jsonOutput(text: string, what: string): JsonValue {
  try {
    return JSON.parse(text) as JsonValue;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new WaymarkError('WAYMARK_OUTPUT_NOT_JSON', `${what} is not JSON: ${reason}.`, {
      cause: error,
      hint: 'Write nothing but JSON to stdout (and messages to stderr), or take the output as text.',
    });
  }
}

/** `WAYMARK_OUTPUT_TOO_LARGE` */
export function outputTooLarge(what: string, limit: number): WaymarkError {
  return new WaymarkError('WAYMARK_OUTPUT_TOO_LARGE', `${what} is larger than ${limit} characters.`, {
    hint: 'Write what is large to a file and its name to the output, or raise max-output.',
    details: { limit },
  });
}
