import fc from 'fast-check';
import { z } from 'zod';
import { identifierProblem } from '../../src/domain/shared/identifiers.js';
import { MAX_JSON_DEPTH } from '../../src/domain/shared/json.js';

/**
 * Values that a Zod schema takes, the nasty ones among them: half surrogates and NUL, the longest and the shortest,
 * numbers at the ends of what there is, keys that mean something to JavaScript, nesting as deep as it may be.
 *
 * @throws RangeError for a Zod type that it does not know
 */
export function arbitraryOf(schema: z.core.$ZodType): fc.Arbitrary<unknown> {
  return build(schema, 0);
}

/** A value that {@link arbitraryOf} leaves out of its object. */
const ABSENT = Symbol('absent');

/** How many objects deep what is optional may be present. */
const DEEPEST = 4;

/** Any UTF-16 code unit: NUL, controls and halves of surrogate pairs too. */
const codeUnit = fc.oneof(
  fc.integer({ min: 0, max: 0xffff }),
  fc.constantFrom(0, 0x1f, 0x22, 0x5c, 0x7f, 0x2028, 0x2029, 0xd800, 0xdfff, 0xfeff, 0xffff),
);
const nastyText = (minLength: number, maxLength: number): fc.Arbitrary<string> =>
  fc.array(codeUnit, { minLength, maxLength }).map((units) => String.fromCharCode(...units));

/** Words that mean something to JavaScript, or to those who read numbers out of text. */
const WORDS = ['__proto__', 'constructor', 'null', '-0'];

const anyText = (minLength: number, maxLength: number): fc.Arbitrary<string> =>
  fc.oneof(
    { weight: 4, arbitrary: nastyText(minLength, Math.min(maxLength, minLength + 40)) },
    {
      weight: 2,
      arbitrary: fc.string({ unit: 'grapheme', minLength, maxLength: Math.min(maxLength, minLength + 20) }),
    },
    {
      weight: 1,
      arbitrary: fc
        .constantFrom('a', '\u0000', '"', '\ud83d\ude00', '\udfff')
        .map((unit) => unit.repeat(Math.min(maxLength, 3_000)).slice(0, maxLength)),
    },
    ...WORDS.filter(({ length }) => length >= minLength && length <= maxLength).map((word) => fc.constant(word)),
  );

/** What passes for an identifier, up to the longest. */
export const identifiers: fc.Arbitrary<string> = fc
  .oneof(
    fc.uuid(),
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 30 }),
    fc.string({ unit: 'binary', minLength: 1, maxLength: 30 }),
    fc.constantFrom(
      'x'.repeat(256),
      '\ud83d\ude00'.repeat(128),
      ' ',
      '..',
      "'; DROP TABLE audit_entries; --",
      '%_\\',
      '-1',
    ),
  )
  .filter((value) => identifierProblem(value) === undefined);

/** Any JSON value, its objects with keys that hit prototypes in careless code. */
export const anyJson: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 8, arbitrary: fc.letrec<{ value: unknown }>((tie) => ({ value: jsonNode(tie('value')) })).value },
  // As deep as it may be: the payload itself is the first level.
  {
    weight: 1,
    arbitrary: fc
      .constantFrom(1, MAX_JSON_DEPTH - 1)
      .chain((depth) => fc.boolean().map((asArray) => nested(depth, asArray))),
  },
);

function jsonNode(deeper: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  const key = fc.oneof(
    nastyText(0, 6),
    fc.constantFrom('__proto__', 'constructor', 'prototype', 'toString', 'toJSON', 'length', '', '0'),
  );
  return fc.oneof(
    { maxDepth: 4, depthIdentifier: 'json' },
    fc.constantFrom(null, true, false),
    anyNumber(Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY),
    anyText(0, Number.POSITIVE_INFINITY),
    fc.array(deeper, { maxLength: 4, depthIdentifier: 'json' }),
    fc
      .array(fc.tuple(key, deeper), { maxLength: 4, depthIdentifier: 'json' })
      .map((entries) => Object.fromEntries(entries)),
  );
}

function nested(depth: number, asArray: boolean): unknown {
  let value: unknown = asArray ? [] : {};
  for (let level = 1; level < depth; level += 1) value = asArray ? [value] : { constructor: value };
  return value;
}

function anyNumber(min: number, max: number): fc.Arbitrary<number> {
  const ends = [min, max, 0, -0, 5e-324, Number.MAX_VALUE, -Number.MAX_VALUE, 2 ** 53 + 2, 1e21, 1e-7, 0.1 + 0.2];
  return fc.oneof(
    fc.double({ min: Math.max(min, -Number.MAX_VALUE), max: Math.min(max, Number.MAX_VALUE), noNaN: true }),
    fc.constantFrom(...ends.filter((end) => Number.isFinite(end) && end >= min && end <= max)),
  );
}

function build(schema: z.core.$ZodType, depth: number): fc.Arbitrary<unknown> {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  switch (def.type) {
    case 'string':
      return ofString(schema, def);
    case 'number':
      return ofNumber(schema, def);
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    case 'enum':
      return fc.constantFrom(...Object.values(def.entries));
    case 'literal':
      return fc.constantFrom(...def.values);
    case 'unknown':
    case 'any':
      return anyJson;
    case 'array': {
      const { least, most } = limits(def);
      return fc.array(build(def.element, depth + 1), { minLength: least, maxLength: Math.min(most, least + 4) });
    }
    case 'object':
      return ofObject(def.shape, depth);
    case 'record':
      return fc
        .array(fc.tuple(build(def.keyType, depth + 1), build(def.valueType, depth + 1)), { maxLength: 4 })
        .map((entries) => Object.fromEntries(entries as [PropertyKey, unknown][]));
    case 'union':
      return fc.oneof(...def.options.map((option) => build(option, depth)));
    case 'optional':
      if (depth > DEEPEST) return fc.constant(ABSENT);
      return fc.oneof(fc.constant(ABSENT), build(def.innerType, depth));
    case 'nullable':
      return depth > DEEPEST ? fc.constant(null) : fc.oneof(fc.constant(null), build(def.innerType, depth));
    case 'default':
    case 'readonly':
      return build(def.innerType, depth);
    case 'lazy':
      return build(def.getter(), depth);
    case 'pipe':
      return build(def.in, depth);
    default:
      throw new RangeError(`No arbitrary is known for the Zod type ${def.type}.`);
  }
}

function ofObject(shape: z.core.$ZodShape, depth: number): fc.Arbitrary<unknown> {
  const fields = Object.entries(shape);
  return fc
    .tuple(...fields.map(([, field]) => build(field, depth + 1)))
    .map((values) =>
      Object.fromEntries(
        fields.map(([name], index) => [name, values[index]] as const).filter(([, value]) => value !== ABSENT),
      ),
    );
}

function ofString(schema: z.core.$ZodType, def: z.core.$ZodTypeDef): fc.Arbitrary<string> {
  const accepted = (value: string): boolean => z.safeParse(schema, value).success;
  const { least, most, pattern } = limits(def);
  if (pattern !== undefined) return fc.stringMatching(pattern).filter(accepted);
  // The one string that is held to more than its length.
  if (!accepted('__proto__') && accepted('x')) return identifiers.filter(accepted);
  return anyText(least, most).filter(accepted);
}

function ofNumber(schema: z.core.$ZodType, def: z.core.$ZodTypeDef): fc.Arbitrary<number> {
  const accepted = (value: number): boolean => z.safeParse(schema, value).success;
  const { lowest, highest } = limits(def);
  if (accepted(Math.max(lowest, 0) + 0.5) || highest <= 1) return anyNumber(lowest, highest).filter(accepted);
  const min = Math.max(lowest, Number.MIN_SAFE_INTEGER);
  const max = Math.min(highest, Number.MAX_SAFE_INTEGER);
  return fc.oneof(fc.integer({ min, max: Math.min(max, 1_000) }), fc.constantFrom(min, max)).filter(accepted);
}

/** What the checks of a schema allow. */
function limits(def: z.core.$ZodTypeDef): {
  readonly least: number;
  readonly most: number;
  readonly lowest: number;
  readonly highest: number;
  readonly pattern: RegExp | undefined;
} {
  let [least, most] = [0, Number.POSITIVE_INFINITY];
  let [lowest, highest] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  let pattern: RegExp | undefined;
  for (const check of def.checks ?? []) {
    const rule = (check as z.core.$ZodChecks)._zod.def;
    if (rule.check === 'min_length') least = rule.minimum;
    else if (rule.check === 'max_length') most = rule.maximum;
    else if (rule.check === 'greater_than') lowest = Number(rule.value);
    else if (rule.check === 'less_than') highest = Number(rule.value);
    else if (rule.check === 'string_format' && 'pattern' in rule) pattern = rule.pattern;
  }
  return { least, most, lowest, highest, pattern };
}
