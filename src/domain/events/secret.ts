import { z } from 'zod';

/** What stands in the place of a secret. */
export const REDACTED = '[redacted]';

/** The key of a field's metadata that says its value is never kept. */
export const SECRET = 'x-waymark-secret';

/** What is left of a secret: that there was one, or nothing where there may be none. */
type Redacted<Schema extends z.ZodType> =
  undefined extends z.input<Schema> ? z.ZodOptional<z.ZodLiteral<typeof REDACTED>> : z.ZodLiteral<typeof REDACTED>;

/** What {@link secret} makes of a schema. */
export type Secret<Schema extends z.ZodType> = z.ZodPipe<
  z.ZodPipe<
    z.ZodUnion<readonly [z.ZodLiteral<typeof REDACTED>, Schema]>,
    z.ZodTransform<z.output<Redacted<Schema>>, typeof REDACTED | z.output<Schema>>
  >,
  Redacted<Schema>
>;

/**
 * A field whose value is checked and then replaced by `[redacted]`, when the event is made: no handler, history, log,
 * file or wire ever has it. What is kept is that there was one. An error about it does not say what is wrong with it.
 *
 * @example
 * payload: z.object({ url: z.string(), apiKey: secret(z.string().min(8)).describe('The key it was called with') })
 */
export function secret<Schema extends z.ZodType>(schema: Schema): Secret<Schema> {
  const redacted = z.literal(REDACTED);
  const isOptional = schema.safeParse(undefined).success;
  // What was redacted before is taken too: an event made anew from a record is as valid as the first.
  const field = z
    .union([redacted, schema])
    .transform((value) => (value === undefined ? undefined : REDACTED))
    .pipe((isOptional ? redacted.optional() : redacted) as z.ZodOptional<typeof redacted>)
    .meta({ [SECRET]: true });
  return field as unknown as Secret<Schema>;
}
