import { z } from 'zod';
import { InvalidArgumentError } from '../shared/errors.js';
import type { JsonObject } from '../shared/json.js';
import { assertKeys, type KeysOf } from '../shared/options.js';

/** The key of a field's metadata that says its value is about a person. */
export const PERSONAL = 'x-personal';

/** What stands for a personal value in the message of an entry, which is stored in plain text. */
export const PERSONAL_PLACEHOLDER = '[personal]';

/** What a text reads as after the erasure of whom it was about. Any other value reads as `null`. */
export const ERASED = '[erased]';

/** How to tell whom a field is about. */
export interface PersonalOptions {
  /**
   * The name of the field that holds the person's id: of the object that the personal field is in, else of those around
   * it, up to the payload. Or a function of the payload that gives the id.
   */
  readonly subject: string | ((payload: JsonObject) => string | undefined);
}

/** Where a schema keeps whom it is about. A symbol, so that no description for machines holds it. */
const SUBJECT = Symbol.for('waymark.personal-subject');
const KEYS: KeysOf<PersonalOptions> = { subject: true };

/**
 * A field whose value is about a person. Handlers get it as it is; what is stored is encrypted with a key of that person
 * alone, so that `waymark.log.erase` can make it unreadable for good, and every proof stays valid.
 *
 * What names the person stays readable, unless it is personal itself.
 *
 * @throws InvalidArgumentError `WAYMARK_INVALID_ARGUMENT` when it is not said whom it is about
 * @example
 * payload: z.object({
 *   customerId: z.string().describe('The customer'),
 *   email: personal(z.string(), { subject: 'customerId' }).describe('Where the offer was sent'),
 * })
 */
export function personal<Schema extends z.ZodType>(schema: Schema, options: PersonalOptions): Schema {
  assertKeys(options, KEYS, 'personal option');
  const { subject } = options;
  if (typeof subject !== 'function' && (typeof subject !== 'string' || subject === '')) {
    throw new InvalidArgumentError('A personal field has to say whom it is about.', {
      hint: "Name the field that holds the person's id: personal(z.string(), { subject: 'customerId' }).",
    });
  }
  return schema.meta({ [PERSONAL]: true, [SUBJECT]: subject } as z.GlobalMeta);
}

/** Whether a schema was made with `personal()`. */
export function isPersonal(schema: z.core.$ZodType): boolean {
  return z.globalRegistry.get(schema)?.[PERSONAL] === true;
}

/** Whom a schema that was made with `personal()` is about. */
export function subjectRuleOf(schema: z.core.$ZodType): PersonalOptions['subject'] | undefined {
  const metadata: Readonly<Record<symbol, unknown>> | undefined = z.globalRegistry.get(schema);
  return metadata?.[SUBJECT] as PersonalOptions['subject'] | undefined;
}
