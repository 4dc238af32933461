// @ts-check
/** Removes folders of this repository: `node scripts/clean.mjs dist`. */
import { rmSync } from 'node:fs';
import { isAbsolute, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const names = process.argv.slice(2);

if (names.length === 0) {
  console.error('Usage: node scripts/clean.mjs <folder in the repository> …');
  process.exit(2);
}

const folders = names.map((name) => resolve(ROOT, name));
for (const folder of folders) {
  const inside = relative(ROOT, folder);
  if (inside === '' || inside.startsWith('..') || isAbsolute(inside)) {
    console.error(`Refusing to remove ${folder}: it is not inside the repository.`);
    process.exit(2);
  }
}
for (const folder of folders) rmSync(folder, { recursive: true, force: true });
