import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const FILES_PER_FOLDER = 50;
const WORDS =
  'const return function import export await async class readonly string number for of if else throw new this'.split(
    ' ',
  );

/**
 * Makes a folder of files, as a project has them: three of four are text that can be compressed, and one is not. No two
 * are the same.
 */
export function makeFiles(folder: string, count: number, averageSize: number): void {
  for (let index = 0; index < count; index += 1) {
    if (index % FILES_PER_FOLDER === 0) mkdirSync(folderOf(folder, index), { recursive: true });
    writeFileSync(pathOf(folder, index), contentOf(index, averageSize));
  }
}

/** Changes some of them, here and there. */
export function changeSome(folder: string, count: number, round: number): void {
  for (let index = 0; index < count; index += 1) {
    const file = index * 97 + 13;
    writeFileSync(pathOf(folder, file), contentOf(file + 1_000_000 * (round + 1), 20_000));
  }
}

function folderOf(folder: string, index: number): string {
  const number = Math.floor(index / FILES_PER_FOLDER);
  return join(folder, `area-${Math.floor(number / 20)}`, `part-${number % 20}`);
}

function pathOf(folder: string, index: number): string {
  return join(folderOf(folder, index), `file-${index % FILES_PER_FOLDER}.ts`);
}

/** From half to one and a half of the average. */
function contentOf(seed: number, averageSize: number): Buffer {
  let state = (seed * 2_654_435_761 + 1) >>> 0;
  const next = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state;
  };
  const size = Math.floor(averageSize / 2 + (next() / 2 ** 32) * averageSize);
  const bytes = Buffer.alloc(size);
  if (seed % 4 === 0) {
    for (let at = 0; at + 4 <= size; at += 4) bytes.writeUInt32LE(next(), at);
    return bytes;
  }
  for (let at = 0; at < size;) {
    const word = next() % 5 === 0 ? next().toString(36) : WORDS[(next() >>> 16) % WORDS.length];
    at += bytes.write(`${word ?? ''}${next() % 8 === 0 ? '\n' : ' '}`, at);
    if (at > size - 16) break;
  }
  return bytes;
}
