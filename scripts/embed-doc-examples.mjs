// @ts-check
/**
 * Puts the programs of examples/, and what they print, into the pages of docs/: `npm run docs`. With --check it writes
 * nothing, and fails when a page is not what it would write.
 *
 * A page says what it wants in a comment, and what is between that and `<!-- end -->` is written anew:
 *
 * - `<!-- example: bus/order.ts -->`: the program, and what its `main` prints
 * - `<!-- example: bus/deals.ts (code) -->`: the program alone
 * - `<!-- example: bus/bridges.ts#emitter (code) -->`: what lies between `// #region emitter` and `// #endregion` in it; several
 *   regions of one name are put together
 * - `<!-- example: bus/order.ts (debug bus:deal.*) -->`: what it writes to stderr with that in WAYMARK_DEBUG
 */
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createJiti } from 'jiti';
import { format, resolveConfig } from 'prettier';

/** @typedef {{ readonly file: string, readonly region: string | undefined, readonly wanted: string | undefined }} Marker */

const MARKER = /<!-- example: ([\w./-]+\.ts)(?:#([\w-]+))?(?: \(([^)]+)\))? -->/;
const PART = new RegExp(`(${MARKER.source})([\\s\\S]*?)<!-- end -->`, 'g');

process.chdir(fileURLToPath(new URL('..', import.meta.url)));
const jiti = createJiti(import.meta.url, { interopDefault: false });
const run = promisify(execFile);
const isCheck = process.argv.includes('--check');
/** What programs print, by file: each is run once. @type {Map<string, Promise<string>>} */
const printed = new Map();

for (const name of readdirSync('docs').filter((name) => name.endsWith('.md'))) await embed(`docs/${name}`);

/** @param {string} page */
async function embed(page) {
  const present = readFileSync(page, 'utf8');
  const parts = [...present.matchAll(PART)];
  // One that is not closed, or misspelt, would be left as it is for ever.
  const begun = present.match(/<!-- example:/g)?.length ?? 0;
  if (begun !== parts.length) throw new Error(`${page} has ${begun} examples, and ${parts.length} can be understood.`);
  if (parts.length === 0) return;
  let written = '';
  let from = 0;
  for (const part of parts) {
    const [whole, marker, file = '', region, wanted] = part;
    written += present.slice(from, part.index);
    written += [marker, ...(await blocks({ file, region, wanted })), '<!-- end -->'].join('\n\n');
    from = part.index + whole.length;
  }
  written = await format(written + present.slice(from), { ...(await resolveConfig(page)), parser: 'markdown' });
  if (!isCheck) writeFileSync(page, written);
  if (!isCheck || written === present) {
    console.log(`${page}: ${parts.length} examples.`);
    return;
  }
  console.error(`${page} is not what its examples are and print. Run \`npm run docs\` and commit what it writes.`);
  process.exitCode = 1;
}

/** @param {Marker} marker @returns {Promise<readonly string[]>} what a page shows for it */
async function blocks({ file, region, wanted }) {
  if (wanted?.startsWith('debug ')) {
    const topics = wanted.slice('debug '.length);
    const command = `WAYMARK_DEBUG='${topics}' node examples/run.mjs ${file}`;
    return [fenced('sh', command), fenced('text', await debugOutput(file, topics))];
  }
  const code = fenced('ts', codeOf(file, region));
  if (wanted === 'code') return [code];
  if (wanted !== undefined) throw new Error(`An example is asked for as "${wanted}"; there are code and debug.`);
  return [code, 'It prints:', fenced('text', await outputOf(file))];
}

/** @param {string} file @param {string | undefined} region @returns {string} a program, or a part of it */
function codeOf(file, region) {
  const text = readFileSync(`examples/${file}`, 'utf8');
  if (region === undefined) return text.replaceAll(/^ *\/\/ #(?:end)?region.*\n/gm, '');
  const found = [...text.matchAll(new RegExp(`^ *// #region ${region}\\n([\\s\\S]*?)^ *// #endregion`, 'gm'))];
  if (found.length === 0) throw new Error(`examples/${file} has no region ${region}.`);
  return found.map(([, part = '']) => dedented(part)).join('\n');
}

/** @param {string} code */
function dedented(code) {
  const depth = Math.min(...[...code.matchAll(/^ *(?=\S)/gm)].map(([spaces]) => spaces.length));
  return code.replaceAll(new RegExp(`^ {${depth}}`, 'gm'), '');
}

/** @param {string} file @returns {Promise<string>} */
function outputOf(file) {
  const known = printed.get(file);
  if (known !== undefined) return known;
  const output = runMain(file);
  printed.set(file, output);
  return output;
}

/** @param {string} file */
async function runMain(file) {
  /** @type {{ readonly main?: (print: (line: string) => void) => Promise<void> }} */
  const { main } = await jiti.import(`../examples/${file}`);
  if (main === undefined) throw new Error(`examples/${file} exports no main.`);
  /** @type {string[]} */
  const lines = [];
  await main((line) => void lines.push(line));
  return lines.join('\n');
}

/** @param {string} file @param {string} topics @returns {Promise<string>} what differs each time is left out */
async function debugOutput(file, topics) {
  const env = { ...process.env, WAYMARK_DEBUG: topics };
  const { stderr } = await run(process.execPath, ['examples/run.mjs', file], { env });
  return stderr.replaceAll(/[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}/g, '<id>').replaceAll(/[\d.]+ ms/g, '<n> ms');
}

/** @param {string} language @param {string} text */
function fenced(language, text) {
  return `\`\`\`${language}\n${text.trimEnd()}\n\`\`\``;
}
