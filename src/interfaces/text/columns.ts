import stringWidth from 'string-width';

const graphemes = new Intl.Segmenter();

/** How many columns a terminal gives to a text. Colours take none, wide characters two. */
export function widthOf(text: string): number {
  return stringWidth(text);
}

/** A text filled up with spaces to a width. */
export function pad(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - widthOf(text)));
}

/**
 * A text cut to a width, with `…` where something was cut. It must have no colours. Without a width nothing is cut.
 *
 * @example
 * fit('a long message', 6); // 'a lon…'
 */
export function fit(text: string, width: number | undefined): string {
  if (width === undefined || widthOf(text) <= width) return text;
  if (width < 1) return '';
  let cut = '';
  let used = 0;
  for (const { segment } of graphemes.segment(text)) {
    used += widthOf(segment);
    if (used > width - 1) break;
    cut += segment;
  }
  return `${cut}…`;
}

/**
 * A text over as many lines as it takes to keep within a width. It breaks at spaces; a longer word keeps its length.
 *
 * @example
 * wrap('a long message', 6); // ['a long', 'message']
 */
export function wrap(text: string, width: number | undefined): readonly string[] {
  if (width === undefined || widthOf(text) <= width) return [text];
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && widthOf(last) + 1 + widthOf(word) <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
