/** Something that was parsed. */
// oxlint-disable-next-line typescript/no-explicit-any -- what a test looks at in it is its own assertion
export type Json = any;

/** JSON that a command printed. */
export function json(text: string): Json {
  return JSON.parse(text);
}

/** JSON lines that a command printed. */
export function jsonLines(text: string): Json[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}
