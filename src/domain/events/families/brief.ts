const LIMIT = 120;
const BEGINNING = /^.{0,119}/u;

/** A text from outside as part of a message: on one line, and no longer than people read. */
export function brief(text: string): string {
  const line = text.trim().replaceAll(/\s+/g, ' ');
  return line.length <= LIMIT ? line : `${BEGINNING.exec(line)?.[0] ?? ''}…`;
}
