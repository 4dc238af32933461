// @ts-check
/**
 * What a payload's shape is, for telling whether it changed: the fields, and a digest of its JSON Schema without the
 * prose.
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';

/**
 * @typedef {object} PayloadShape
 * @property {string} fields the names, those that may be left out with a question mark
 * @property {string} hash SHA-256 of the JSON Schema, in hexadecimal
 */

/**
 * @param {import('zod').ZodObject} schema
 * @returns {PayloadShape}
 */
export function payloadShape(schema) {
  const jsonSchema = z.toJSONSchema(schema, {
    io: 'input',
    unrepresentable: 'any',
    // Better words are no other shape. A field may be named `description` too: this is about keywords only.
    override: ({ jsonSchema: part }) => {
      delete part.description;
      delete part.title;
      delete part.examples;
    },
  });
  return {
    fields: Object.entries(schema.shape)
      .map(([name, field]) => (field.safeParse(undefined).success ? `${name}?` : name))
      .join(', '),
    hash: createHash('sha256')
      .update(JSON.stringify(sorted(jsonSchema)))
      .digest('hex'),
  };
}

/** @param {{ readonly type: string, readonly version: number }} definition */
export function shapeKey({ type, version }) {
  return `${type}@${version}`;
}

/**
 * The same value with the keys of its objects in order: the order of fields is no part of a shape.
 *
 * @param {unknown} value
 * @returns {unknown}
 */
function sorted(value) {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, part]) => [key, sorted(part)]),
  );
}
