/** The words for small numbers. */
export const WORDS = ['no', 'one', 'two', 'three'];
