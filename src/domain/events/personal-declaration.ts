import { z } from 'zod';
import { WaymarkError } from '../shared/errors.js';
import { holds, within } from './concealed-issues.js';
import { isPersonal, PERSONAL, subjectRuleOf } from './personal.js';
import { SECRET } from './secret.js';

/**
 * Whether anything secret or personal lies within a schema. Most types have neither, and looking once costs half of what
 * looking for each does: it is done for every type there is, at start-up.
 */
export function holdsConfidential(schema: z.core.$ZodType): boolean {
  return holds(schema, (part) => {
    const metadata = z.globalRegistry.get(part);
    return metadata !== undefined && (metadata[SECRET] === true || metadata[PERSONAL] === true);
  });
}

/** Whether a personal field lies anywhere within a schema. */
export function holdsPersonal(schema: z.core.$ZodType): boolean {
  return holds(schema, isPersonal);
}

/**
 * Checks where a type has its personal fields: none may be stored beside the payload in plain text, or name a subject
 * that there is not.
 *
 * @throws WaymarkError `WAYMARK_INVALID_EVENT_TYPE`
 */
export function assertPersonalFields(type: string, payload: z.ZodObject): void {
  const executionId = (payload.shape as z.core.$ZodShape)['executionId'];
  if (executionId !== undefined && holdsPersonal(executionId)) {
    throw refused(
      type,
      'its executionId is personal, and is stored beside the payload',
      'Give the execution another id.',
    );
  }
  const schemas = within(payload);
  const fields = new Set(schemas.flatMap((schema) => Object.keys(shapeOf(schema))));
  for (const schema of schemas) {
    const { keyType } = schema._zod.def as { readonly keyType?: z.core.$ZodType };
    if (keyType !== undefined && holdsPersonal(keyType)) {
      throw refused(type, 'the keys of a record are personal, and only values can be', 'Make it a list of objects.');
    }
    const rule = isPersonal(schema) ? subjectRuleOf(schema) : undefined;
    if (typeof rule === 'string' && !fields.has(rule)) {
      throw refused(type, `a personal field is about ${JSON.stringify(rule)}, and there is no such field`, 'Name one.');
    }
  }
}

function shapeOf(schema: z.core.$ZodType): z.core.$ZodShape {
  return (schema._zod.def as { readonly shape?: z.core.$ZodShape }).shape ?? {};
}

function refused(type: string, why: string, hint: string): WaymarkError {
  return new WaymarkError('WAYMARK_INVALID_EVENT_TYPE', `${type} can't be declared: ${why}.`, { hint });
}
