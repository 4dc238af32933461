import { WORDS } from './words.js';

/**
 * So many of something, in words: `two apples`.
 *
 * @param {number} count
 * @param {string} noun
 * @returns {string}
 */
export function plural(count, noun) {
  return `${WORDS[count] ?? count} ${count === 1 ? noun : `${noun}s`}`;
}
