const BRAND = Symbol.for('waymark.workflow');

/** Marks a definition as checked, for every copy of the package. */
export function branded<Definition extends object>(definition: Definition): Definition {
  Object.defineProperty(definition, BRAND, { value: true });
  return Object.freeze(definition);
}

/** Whether `value` was made by `defineWorkflow`, of whichever copy of the package. */
export function isBranded(value: unknown): boolean {
  return typeof value === 'object' && value !== null && BRAND in value;
}
