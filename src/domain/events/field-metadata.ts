import { z } from 'zod';

/**
 * A field's metadata (its description, the marks of `secret` and `captured`), whether it was given before or after
 * `optional()` and the like.
 */
export function fieldMetadata(field: z.core.$ZodType): Readonly<Record<string, unknown>> {
  const outer = z.globalRegistry.get(field) ?? {};
  const { innerType } = field._zod.def as { readonly innerType?: z.core.$ZodType };
  return innerType === undefined ? outer : { ...fieldMetadata(innerType), ...outer };
}
