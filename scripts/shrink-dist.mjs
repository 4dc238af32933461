// @ts-check
/**
 * Makes the build as small as it can be without becoming unreadable: white space and the names of variables within
 * functions go; the names of functions and classes, and short lines stay, so that a stack trace says what was called, and
 * Node shows a line of code and not a whole file above it. Declarations that no
 * entry leads to are of no use to anybody, and go as well.
 */
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { minify_sync as minify } from 'terser';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const DIST = join(ROOT, 'dist');
const { exports: entries } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));

const files = readdirSync(DIST, { recursive: true }).map((file) => join(DIST, String(file)));

for (const file of files.filter((name) => name.endsWith('.js'))) {
  const source = readFileSync(file, 'utf8');
  const { code = '' } = minify(source, {
    module: true,
    compress: false,
    mangle: { toplevel: false, keep_classnames: true, keep_fnames: true },
    format: { max_line_len: 100 },
  });
  // What begins with `#!` is run by its name.
  const shebang = /^#!.*\n/.exec(source)?.[0] ?? '';
  writeFileSync(file, code.startsWith('#!') ? code : shebang + code);
}

/** @type {Set<string>} */
const reached = new Set();
const waiting = Object.values(entries).flatMap((entry) => (entry.types === undefined ? [] : [join(ROOT, entry.types)]));
for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
  if (reached.has(file) || !existsSync(file)) continue;
  reached.add(file);
  for (const [, path] of readFileSync(file, 'utf8').matchAll(/(?:from|import\(|import)\s*['"](\.[^'"]+)['"]/g)) {
    waiting.push(join(dirname(file), String(path).replace(/\.js$/, '.d.ts')));
  }
}
for (const file of files) if (file.endsWith('.d.ts') && !reached.has(file)) rmSync(file);
