import * as crypto from 'node:crypto';

/** A seed that nobody can foresee: who tampers with a log must not know which entries are looked at. */
export function randomSeed(): number {
  return crypto.randomInt(2 ** 32);
}

/**
 * Positions of a log in order, each once, the first and the last among them.
 *
 * @param count how many; all of them where there are no more
 * @param seed a whole number: with the same one they are the same
 */
export function samplePositions(size: number, count: number, seed: number): readonly number[] {
  if (size <= count) return Array.from({ length: size }, (_, position) => position);
  const chosen = new Set<number>([0, size - 1]);
  const random = randomNumbers(seed);
  while (chosen.size < Math.max(2, count)) chosen.add(Math.floor(random() * size));
  return [...chosen].toSorted((one, other) => one - other);
}

/** Numbers from 0 to 1 that follow from a seed: splitmix32, twice for 53 bits. */
function randomNumbers(seed: number): () => number {
  let state = seed % 2 ** 32;
  const next = (): number => {
    state = (state + 0x9e3779b9) | 0;
    let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return (mixed ^ (mixed >>> 15)) >>> 0;
  };
  return () => (next() * 2 ** 21 + (next() >>> 11)) / 2 ** 53;
}
