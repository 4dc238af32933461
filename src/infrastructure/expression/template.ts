/** A part of a text with templates: what stands there, or an expression whose value takes its place. */
export type TemplatePart =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'expression'; readonly expression: string; readonly offset: number }
  | { readonly kind: 'secret'; readonly name: string; readonly offset: number };

/** A text taken apart, and what is wrong with it: `offset` counts from its first character. */
export interface Template {
  readonly parts: readonly TemplatePart[];
  readonly problems: readonly { readonly message: string; readonly offset: number }[];
}

const OPEN = '${{';
const ESCAPED = '$${{';
const SECRET = /^secrets\.([A-Za-z_][A-Za-z0-9_]*)$/;

/**
 * Takes a text with templates apart: `Hello, ${{ state.name }}`. `$${{` stands for a `${{` that is none.
 *
 * An expression ends at the `}}` that closes it: braces of its own and those within its strings are passed over.
 */
export function parseTemplate(text: string): Template {
  const parts: TemplatePart[] = [];
  const problems: { message: string; offset: number }[] = [];
  let literal = '';
  let at = 0;
  while (at < text.length) {
    if (text.startsWith(ESCAPED, at)) {
      literal += OPEN;
      at += ESCAPED.length;
    } else if (text.startsWith(OPEN, at)) {
      const end = endOfExpression(text, at + OPEN.length);
      if (end === undefined) {
        problems.push({ message: 'a ${{ is not closed with }}', offset: at });
        break;
      }
      if (literal !== '') parts.push({ kind: 'text', text: literal });
      literal = '';
      const expression = text.slice(at + OPEN.length, end).trim();
      const secret = SECRET.exec(expression)?.[1];
      if (expression === '') problems.push({ message: 'a ${{ }} is empty', offset: at });
      else if (secret !== undefined) parts.push({ kind: 'secret', name: secret, offset: at });
      else parts.push({ kind: 'expression', expression, offset: at });
      at = end + 2;
    } else {
      literal += text.charAt(at);
      at += 1;
    }
  }
  if (literal !== '') parts.push({ kind: 'text', text: literal });
  return { parts, problems };
}

/** Whether a text holds anything but itself. */
export function hasTemplate(text: string): boolean {
  return text.includes(OPEN);
}

/** Where the `}}` begins that closes an expression which begins at `from`. */
function endOfExpression(text: string, from: number): number | undefined {
  let depth = 0;
  let quote: string | undefined;
  for (let at = from; at < text.length; at += 1) {
    const character = text.charAt(at);
    if (quote !== undefined) {
      if (character === '\\') at += 1;
      else if (character === quote) quote = undefined;
    } else if (character === '"' || character === "'") {
      quote = character;
    } else if (character === '{') {
      depth += 1;
    } else if (character === '}') {
      if (depth > 0) depth -= 1;
      else if (text.charAt(at + 1) === '}') return at;
    }
  }
  return undefined;
}
