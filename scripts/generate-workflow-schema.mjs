// @ts-check
/**
 * Writes the JSON Schema of workflow files into docs/: `npm run docs`. With --check it writes nothing, and fails when the
 * file is not what it would write. Needs a fresh `npm run build`.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';

/** @type {typeof import('../src/index.js')} */
const { workflowFileJsonSchema } = await import(new URL('../dist/index.js', import.meta.url).href);

const FILE = fileURLToPath(new URL('../docs/workflow.schema.json', import.meta.url));

const text = JSON.stringify(workflowFileJsonSchema());
const written = await format(text, { ...(await resolveConfig(FILE)), parser: 'json' });
if (!process.argv.includes('--check')) {
  writeFileSync(FILE, written);
  console.log('docs/workflow.schema.json is written.');
} else if (present() !== written) {
  console.error('docs/workflow.schema.json is not what the sources say. Run `npm run docs` and commit what it writes.');
  process.exitCode = 1;
} else {
  console.log('docs/workflow.schema.json is what the sources say.');
}

function present() {
  try {
    return readFileSync(FILE, 'utf8');
  } catch {
    return '';
  }
}
