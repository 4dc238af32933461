import type { EntitySchemaColumnOptions } from 'typeorm';

/**
 * A JSON value in a text column. TypeORM's own `simple-json` stores a string without quotes, and so can't read it back.
 * Text that is not JSON is read as `undefined`, which no value is: who maps the row knows its id, and tells of it.
 */
export function jsonText(name: string): EntitySchemaColumnOptions {
  return {
    name,
    type: 'text',
    transformer: {
      to: (value: unknown) => JSON.stringify(value),
      from: parsed,
    },
  };
}

/** The same, with nothing in the column for `null`: an index can leave those rows out. */
export function optionalJsonText(name: string): EntitySchemaColumnOptions {
  return {
    name,
    type: 'text',
    nullable: true,
    transformer: {
      to: (value: unknown) => (value === null ? null : JSON.stringify(value)),
      from: parsed,
    },
  };
}

function parsed(stored: unknown): unknown {
  try {
    return JSON.parse(String(stored)) as unknown;
  } catch {
    return undefined;
  }
}

/** A text column. */
export function text(name: string, options: { readonly primary?: true } = {}): EntitySchemaColumnOptions {
  return { name, type: 'text', ...options };
}

/** A text column that may be empty. */
export function optionalText(name: string): EntitySchemaColumnOptions {
  return { name, type: 'text', nullable: true };
}

/** A column of whole numbers that may be empty. */
export function optionalInteger(name: string): EntitySchemaColumnOptions {
  return { name, type: 'integer', nullable: true };
}

/** A column of whole numbers. */
export function integer(name: string): EntitySchemaColumnOptions {
  return { name, type: 'integer' };
}
