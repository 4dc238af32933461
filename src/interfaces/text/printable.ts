// C0 and C1 controls and DEL move a terminal's cursor, change its colours or its title; the separators break lines; the
// directional marks let text show up in another order than it is stored in (CVE-2021-42574).
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g; // oxlint-disable-line no-control-regex -- matching control characters is what this is for

/**
 * Recorded text as it may be written to a terminal or a line of a file: control characters are shown, not obeyed.
 *
 * @example
 * printable('two\nlines \u001b[31m'); // 'two\\nlines \\u001b[31m'
 */
export function printable(text: string): string {
  return text.replace(UNSAFE, escaped);
}

/** A value as JSON that is safe to print, and still means the same. */
export function printableJson(value: unknown, indent?: number): string {
  return printableText(JSON.stringify(value, undefined, indent) ?? 'null');
}

/** Text of JSON, made safe to print without a change to what it means. */
export function printableText(json: string): string {
  // The C0 controls within strings are escaped in any JSON; the line feeds that are left lay it out.
  return json.replace(UNSAFE, (found) => (found === '\n' ? found : unicodeEscape(found)));
}

function escaped(found: string): string {
  if (found === '\n') return String.raw`\n`;
  if (found === '\r') return String.raw`\r`;
  if (found === '\t') return String.raw`\t`;
  return unicodeEscape(found);
}

function unicodeEscape(character: string): string {
  return String.raw`\u` + character.charCodeAt(0).toString(16).padStart(4, '0');
}
