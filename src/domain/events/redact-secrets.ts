import type { z } from 'zod';
import { setOwn } from '../shared/json.js';
import { below, isSecret, unwrapped } from './concealed-issues.js';
import { REDACTED } from './secret.js';

/**
 * A payload without the values of its secrets, whether a constructor replaced them or not: one that was read back, that another program
 * made, or that a default put there.
 */
export function redactSecrets(schema: z.core.$ZodType, payload: unknown): unknown {
  return redact([schema], payload);
}

function redact(schemas: readonly z.core.$ZodType[], value: unknown): unknown {
  const reached = schemas.flatMap(unwrapped);
  if (reached.length === 0 || value === undefined) return value;
  if (reached.some(isSecret)) return REDACTED;
  if (typeof value !== 'object' || value === null) return value;
  const at = (key: string): readonly z.core.$ZodType[] => reached.flatMap((part) => below(part, key));
  if (Array.isArray(value)) return value.map((item, index) => redact(at(String(index)), item));
  const result: Record<string, unknown> = {};
  for (const [key, item] of Object.entries(value)) setOwn(result, key, redact(at(key), item));
  return result;
}
