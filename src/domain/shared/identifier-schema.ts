import { z } from 'zod';
import { identifierProblem, MAX_IDENTIFIER_LENGTH } from './identifiers.js';

/**
 * The Zod form of the rule for identifiers, for event payloads: one check, because each costs every event. It has a file
 * of its own, so that a thread that checks entries is ready without having loaded Zod.
 */
export const identifierSchema = z
  .string()
  .meta({ minLength: 1, maxLength: MAX_IDENTIFIER_LENGTH })
  .refine((value) => identifierProblem(value) === undefined, {
    error: (issue) => `an identifier ${identifierProblem(issue.input) ?? 'is not valid'}`,
  });
