// @ts-check
// npm run bench [-- bus|log|event-loop|footprint …]: each file of bench/ answers one question and prints a table. A number
// after a name is its size, where it has one: npm run bench -- log-scale 5000000. So is the word quick: fewer rounds, for a first look.
import { readdir } from 'node:fs/promises';
import { availableParallelism, cpus } from 'node:os';
import { createJiti } from 'jiti';

const folder = new URL('.', import.meta.url);
const files = (await readdir(folder)).filter((file) => file.endsWith('.bench.ts')).toSorted();
const names = files.map((file) => file.replace('.bench.ts', ''));
const given = process.argv.slice(2);
const isSize = (/** @type {string | undefined} */ text) => text !== undefined && /^[1-9]\d*$/.test(text);
const isQuick = given.includes('quick');
const wanted = given.filter((text) => !isSize(text) && text !== 'quick');
const unknown = wanted.filter((name) => !names.includes(name));
if (unknown.length > 0) {
  console.error(`There is no benchmark ${unknown.join(', ')}; there are ${names.join(', ')}.`);
  process.exit(2);
}

console.log(
  `Node ${process.version}, ${process.platform} ${process.arch}, ${availableParallelism()} × ${cpus()[0]?.model}`,
);
const jiti = createJiti(import.meta.url);
for (const name of wanted.length === 0 ? names : wanted) {
  const { default: bench } = /** @type {{ default: (size?: number, isQuick?: boolean) => Promise<void> }} */ (
    await jiti.import(new URL(`${name}.bench.ts`, folder).href)
  );
  console.log('');
  const size = given[given.indexOf(name) + 1];
  await bench(given.includes(name) && isSize(size) ? Number(size) : undefined, isQuick);
}
