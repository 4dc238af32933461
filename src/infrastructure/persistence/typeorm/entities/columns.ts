import type { EntitySchemaColumnOptions } from 'typeorm';

/**
 * A JSON value in a text column. TypeORM's own `simple-json` stores a string without quotes, and so can't read it back.
 */
export function jsonText(name: string): EntitySchemaColumnOptions {
  return {
    name,
    type: 'text',
    transformer: {
      to: (value: unknown) => JSON.stringify(value),
      from: (text: string): unknown => JSON.parse(text) as unknown,
    },
  };
}

/** A text column. */
export function text(name: string, options: { readonly primary?: true } = {}): EntitySchemaColumnOptions {
  return { name, type: 'text', ...options };
}

/** A text column that may be empty. */
export function optionalText(name: string): EntitySchemaColumnOptions {
  return { name, type: 'text', nullable: true };
}

/** A column of whole numbers. */
export function integer(name: string): EntitySchemaColumnOptions {
  return { name, type: 'integer' };
}
