// @ts-check
// npm run bench [-- bus|log|event-loop|footprint …]: each file of bench/ answers one question and prints a table.
import { readdir } from 'node:fs/promises';
import { availableParallelism, cpus } from 'node:os';
import { createJiti } from 'jiti';

const folder = new URL('.', import.meta.url);
const files = (await readdir(folder)).filter((file) => file.endsWith('.bench.ts')).toSorted();
const names = files.map((file) => file.replace('.bench.ts', ''));
const wanted = process.argv.slice(2);
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
  const { default: bench } = /** @type {{ default: () => Promise<void> }} */ (
    await jiti.import(new URL(`${name}.bench.ts`, folder).href)
  );
  console.log('');
  await bench();
}
