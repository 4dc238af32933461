import type { z } from 'zod';
import { fieldMetadata } from './field-metadata.js';

/** The key of a field's metadata that says it is subject to the capture policy. */
export const CAPTURED = 'x-waymark-captured';

/**
 * Which inputs and outputs of models and tools are kept: none (`false`, the default), all (`true`), or those for which
 * a function says so.
 *
 * @example
 * const capture: CapturePolicy = (type, field) => type.startsWith('tool.') && field === 'input';
 */
export type CapturePolicy = boolean | ((type: string, field: string) => boolean);

/**
 * Marks a field as an input or output that is kept only where the capture policy says so. Make it optional: it is left
 * out otherwise.
 *
 * @example
 * payload: z.object({ prompt: captured(z.string()).optional().describe('What was asked') })
 */
export function captured<Schema extends z.ZodType>(schema: Schema): Schema {
  return schema.meta({ [CAPTURED]: true });
}

/** The fields of a payload that were declared with `captured()`. */
export function capturedFields(payload: z.ZodObject): readonly string[] {
  return Object.entries(payload.shape)
    .filter(([, field]) => fieldMetadata(field as z.core.$ZodType)[CAPTURED] === true)
    .map(([name]) => name);
}
