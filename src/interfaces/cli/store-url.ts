/** Whether a store is named by a URL of PostgreSQL. */
export function isPostgresUrl(store: string): boolean {
  return /^postgres(ql)?:/i.test(store);
}

/**
 * A store as it may be shown: a password in its URL is left out. Everything up to the last at sign may belong to one
 * that was not escaped.
 */
export function withoutPassword(store: string): string {
  if (!isPostgresUrl(store)) return store;
  return store.replace(/^([a-z]+:\/\/[^:@/?#]*).*@/is, '$1@').replaceAll(/([?&])password=[^&]*&?/gi, '$1');
}
