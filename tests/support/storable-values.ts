import fc from 'fast-check';

const text = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary' }),
  // Halves of pairs, alone and in the wrong order.
  fc.array(fc.constantFrom('\ud800', '\udc00', 'a', '"', '\\', '{"$":')).map((parts) => parts.join('')),
  fc.constantFrom('', '__proto__', '$', '={}', '{"$":"u"}'),
  fc.tuple(fc.string({ minLength: 1 }), fc.integer({ min: 100, max: 900 })).map(([part, times]) => part.repeat(times)),
);

const key = fc.oneof(fc.constantFrom('$', '__proto__', 'constructor', 'v', 't', '0', '10', ''), fc.string());

const number = fc.oneof(
  fc.double(),
  fc.integer(),
  fc.constantFrom(-0, 0, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 5e-324, 2 ** 53),
);

const bytes = fc
  .uint8Array()
  .chain((data) =>
    fc.constantFrom<unknown>(
      data,
      Buffer.from(data),
      new Uint8Array(data).buffer,
      new DataView(new Uint8Array(data).buffer),
      new Int8Array(data),
      new Uint8ClampedArray(data),
      new Uint16Array(data),
      new Float32Array(data),
      new Float64Array(data),
      new BigInt64Array(Array.from(data, BigInt)),
    ),
  );

const leaf = fc.oneof(
  { weight: 6, arbitrary: text },
  { weight: 4, arbitrary: number },
  fc.boolean(),
  fc.constantFrom(null, undefined),
  fc.bigInt(),
  // Node takes no invalid date for equal to another.
  fc.date({ noInvalidDate: true }),
  bytes,
  fc.constantFrom<unknown>(/a\/b/giu, /^$/, new URL('https://example.org/a?b=c#d')),
);

/** Objects as a caller makes them: a key `__proto__` is one like any other. */
function objectOf(entries: readonly (readonly [string, unknown])[]): Record<string, unknown> {
  const object = {};
  for (const [name, value] of entries) {
    Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true });
  }
  return object;
}

/** Anything that can be stored, small or large, without classes of anybody's own. */
export const storable: fc.Arbitrary<unknown> = fc.letrec<{ value: unknown }>((tie) => {
  const value = tie('value');
  return {
    value: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      leaf,
      fc.array(value, { maxLength: 30 }),
      fc.array(fc.oneof(leaf, value), { minLength: 8, maxLength: 60 }),
      fc.array(fc.tuple(key, value), { maxLength: 12 }).map(objectOf),
      fc.array(fc.tuple(key, leaf), { minLength: 8, maxLength: 40 }).map(objectOf),
      fc.array(fc.tuple(value, value), { maxLength: 6 }).map((pairs) => new Map(pairs)),
      fc.array(value, { maxLength: 6 }).map((items) => new Set(items)),
      fc.tuple(text, fc.array(fc.tuple(key, value), { maxLength: 2 })).map(([message, own]) => {
        const error = new TypeError(message);
        for (const [name, data] of own) if (!['message', 'name', 'stack'].includes(name)) define(error, name, data);
        return error;
      }),
    ),
  };
}).value;

function define(target: object, name: string, value: unknown): void {
  Object.defineProperty(target, name, { value, enumerable: true, configurable: true, writable: true });
}
