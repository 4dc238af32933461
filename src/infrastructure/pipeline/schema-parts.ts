import { z } from 'zod';
import { DURATION } from './duration.js';
import { SIZE } from '../../domain/shared/size.js';

/** A name is a part of the address of a node. */
const NAME = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}$/;
const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/;

const MAX_MESSAGE = 'must be a text, and not an empty one';

/** A text that is not empty. */
export const text = z.string(MAX_MESSAGE).min(1, MAX_MESSAGE);
/** An expression. */
export const expression = text.describe('An expression in CEL over state, input, item, index and iteration.');
/** A text with templates. */
export const filled = z.string('must be a text').describe('A text. ${{ expression }} in it is replaced by the value.');
/** What a variable or an argument may be written as. */
export const scalar = z.union([z.string(), z.number(), z.boolean()], 'must be a text, a number or a boolean');
/** What a step, and a branch, may be called. */
export const name = z.string('must be a text').regex(NAME, 'must be letters, digits, _, . and -, at most 64');
/** The name of a variable. */
export const variable = z
  .string('must be a text')
  .regex(VARIABLE, 'must be the name of a variable: letters, digits and _');
/** A duration. */
export const duration = z
  .string('must be a duration such as 30s, 5m or 1h30m')
  .regex(DURATION, 'must be a duration such as 30s, 5m or 1h30m')
  .describe('A duration: 500ms, 30s, 5m, 1h30m, 2d.');
/** How many. */
export const count = z.int('must be a whole number').min(1, 'must be at least 1');
/** Yes or no. */
export const flag = z.boolean('must be true or false');
/** Any value, with templates in its texts. */
export const anything = z.unknown().describe('Any value. ${{ expression }} in its texts is replaced by the value.');
/** Variables, with templates in them. */
export const variables = z.record(variable, scalar).describe('Variables of the environment. Templates are filled in.');
/** The names of secrets. */
export const secrets = z
  .array(variable, 'must be a list of names')
  .describe('Variables of the environment that are hidden.');
/** A key of the state. */
export const stateKey = text.describe('A key of the state.');

/** A kind of output for each key of the state. */
export function outputs<const Kind extends string>(kinds: readonly [Kind, ...Kind[]]) {
  return z
    .record(text, z.enum(kinds, `must be ${kinds.join(', ')}`), 'must give a kind for each key of the state')
    .describe('What is kept: a kind for each key of the state.');
}

/** A size in bytes. */
export const size = z
  .string('must be a size such as 512MB or 1.5GiB')
  .regex(SIZE, 'must be a size such as 512MB or 1.5GiB')
  .describe('A size: 512MB, 1GB, 256MiB.');
