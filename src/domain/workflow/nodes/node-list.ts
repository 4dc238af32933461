/** What may be the id of a node or a list of ids, as a list. */
export function nodeList(value: string | readonly string[] | undefined): readonly string[] {
  if (value === undefined) return [];
  return typeof value === 'string' ? [value] : value;
}
