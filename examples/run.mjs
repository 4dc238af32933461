// @ts-check
/**
 * Runs a TypeScript example: `node examples/run.mjs wildlife-strikes/main.ts [arguments]`.
 * Node 20 reads no TypeScript, so jiti translates the example; `waymark` is the package's own build in dist/.
 */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createJiti } from 'jiti';

const [name, ...rest] = process.argv.slice(2);
const file = fileURLToPath(new URL(name ?? '', import.meta.url));

if (name === undefined || !existsSync(file)) {
  console.error(`Usage: node examples/run.mjs <file in examples/> [arguments]${name ? `\nThere is no ${file}.` : ''}`);
  process.exit(2);
}
if (!existsSync(new URL('../dist/index.js', import.meta.url))) {
  console.error('dist/ is missing. Run `npm run build` first.');
  process.exit(2);
}

// The example sees its own path and arguments, as if Node had run it.
process.argv.splice(1, process.argv.length, file, ...rest);
/** @type {{ readonly main?: (print: (line: string) => void) => Promise<void> }} */
const program = await createJiti(import.meta.url, { interopDefault: false }).import(file);
// One that tests run as well says what it prints to whoever runs it. A logger's lines bring their own end.
await program.main?.((line) => console.log(line.trimEnd()));
