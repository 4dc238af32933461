import { z } from 'zod';
import { captured as markCaptured } from '../capture.js';
import { identifierSchema } from '../../shared/identifier-schema.js';
import type { JsonValue } from '../../shared/json.js';

// The notation of the event catalog, as functions from a description to a Zod field.

/** A non-empty string of at most 256 characters without control characters. */
export const id = (description: string) => identifierSchema.describe(description);
/** A duration in milliseconds. */
export const ms = (description: string) => z.number().min(0).describe(description);
/** A whole number from 0. */
export const count = (description: string) => z.int().min(0).describe(description);
/** A whole number from 1. */
export const ordinal = (description: string) => z.int().min(1).describe(description);
/** A size in bytes. */
export const bytes = (description: string) => z.int().min(0).describe(description);
/** A SHA-256 digest in hexadecimal. */
export const hash = (description: string) =>
  z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .describe(description);
/** A string of at most `limit` characters. */
export const text = (limit: number, description: string) => z.string().max(limit).describe(description);
/** A string of `least` to `limit` characters. */
export const passage = (least: number, limit: number, description: string) =>
  z.string().min(least).max(limit).describe(description);
/** Any string. */
export const words = (description: string) => z.string().describe(description);
/** Any JSON value. It must be there; that it is JSON is checked when the payload is copied. */
export const json = (description: string) =>
  z
    .unknown()
    .refine((value) => value !== undefined, 'is required')
    .describe(description) as unknown as z.ZodType<JsonValue, unknown>;

/** An input or output of a model or a tool: kept only where the capture policy says so. */
export const captured = (description: string) => markCaptured(json(description));
/** Lists of strings. */
export const list = (description: string) => z.array(z.string()).describe(description);
/** Lists of identifiers. */
export const ids = (description: string) => z.array(identifierSchema).describe(description);
/** Yes or no. */
export const flag = (description: string) => z.boolean().describe(description);
/** One of several words. */
export const oneOf = <const Values extends readonly [string, ...string[]]>(values: Values, description: string) =>
  z.enum(values).describe(description);
/** Any quantity from 0: a price, a rate. */
export const amount = (description: string) => z.number().min(0).describe(description);
/** A number that says how good something is. */
export const rating = (description: string) => z.number().describe(description);
/** What a program gave back when it ended. Below 0 on some systems. */
export const exitStatus = (description: string) => z.int().describe(description);
/** A share, 0 to 1. */
export const share = (description: string) => z.number().min(0).max(1).describe(description);

/** An error as data. */
export interface ErrorRecord {
  readonly name: string;
  readonly message: string;
  readonly code?: string | undefined;
  readonly stack?: string | undefined;
  readonly cause?: ErrorRecord | undefined;
}

const errorSchema: z.ZodType<ErrorRecord> = z.lazy(() =>
  z
    .strictObject({
      name: z.string().describe('The class of the error'),
      message: z.string().describe('What went wrong'),
      code: z.string().optional().describe('A stable code'),
      stack: z.string().optional().describe('Where it was thrown'),
      cause: errorSchema.optional().describe('The error behind it'),
    })
    // The name under which the descriptions for machines share it.
    .meta({ title: 'ErrorRecord', description: 'An error as data' }),
);
/** {name, message, code?, stack?, cause?}. */
export const error = (description: string) => errorSchema.describe(description);
