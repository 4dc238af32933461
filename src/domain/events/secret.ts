import { z } from 'zod';

/** What stands in the place of a secret. */
export const REDACTED = '[redacted]';

/** The key of a field's metadata that says its value is never kept. */
export const SECRET = 'x-waymark-secret';

/**
 * A field whose value is checked and then replaced by `[redacted]`, when the event is made: no handler, history, log, file or wire ever
 * has it. What is kept is that there was one.
 *
 * @example
 * payload: z.object({ url: z.string(), apiKey: secret(z.string().min(8)).describe('The key it was called with') })
 */
export function secret<Schema extends z.ZodType>(
  schema: Schema,
): z.ZodPipe<
  z.ZodPipe<
    z.ZodUnion<readonly [z.ZodLiteral<typeof REDACTED>, Schema]>,
    z.ZodTransform<typeof REDACTED, typeof REDACTED | z.output<Schema>>
  >,
  z.ZodLiteral<typeof REDACTED>
> {
  // What was redacted before is taken too: an event made anew from a record is as valid as the first.
  return z
    .union([z.literal(REDACTED), schema])
    .transform((): typeof REDACTED => REDACTED)
    .pipe(z.literal(REDACTED))
    .meta({ [SECRET]: true });
}
