// @ts-check
/**
 * Writes the table of verbs in docs/executions.md from src/domain/execution/verbs.ts, as it is built in dist/:
 * `npm run docs`. With --check it writes nothing, and fails when the page is not what it would write.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';

const TARGET = fileURLToPath(new URL('../docs/executions.md', import.meta.url));
const BEGIN = '<!-- verbs -->';
const END = '<!-- end of verbs -->';

/** @type {typeof import('../src/domain/execution/verbs.js')} */
const { VERB_CONDITIONS, VERB_NAMES, VERBS } = await import(
  new URL('../dist/domain/execution/verbs.js', import.meta.url).href
);
/** @type {typeof import('../src/domain/execution/workspace-effects.js')} */
const { WORKSPACE_EFFECTS } = await import(
  new URL('../dist/domain/execution/workspace-effects.js', import.meta.url).href
);
/** @type {typeof import('../src/domain/execution/execution-status.js')} */
const { EXECUTION_STATUSES } = await import(
  new URL('../dist/domain/execution/execution-status.js', import.meta.url).href
);

const present = readFileSync(TARGET, 'utf8');
const [from, to] = [present.indexOf(BEGIN), present.indexOf(END)];
if (from < 0 || to < from) throw new Error(`docs/executions.md has no place for the table: ${BEGIN} … ${END}.`);
const written = await format(
  [present.slice(0, from + BEGIN.length), overview(), ...VERB_NAMES.map(section), present.slice(to)].join('\n\n'),
  { ...(await resolveConfig(TARGET)), parser: 'markdown' },
);

if (!process.argv.includes('--check')) {
  writeFileSync(TARGET, written);
  console.log(`docs/executions.md: ${VERB_NAMES.length} verbs.`);
} else if (present === written) {
  console.log('docs/executions.md is current.');
} else {
  console.error('docs/executions.md is not what src/domain/execution/verbs.ts says. Run `npm run docs` and commit it.');
  process.exitCode = 1;
}

/** Which verb is legal in which status. */
function overview() {
  const rows = VERB_NAMES.filter((verb) => verb !== 'start').map((verb) => {
    const cells = EXECUTION_STATUSES.map((status) => {
      const cases = VERBS[verb].cases.filter((one) => one.from.includes(status));
      if (cases.length === 0) return '';
      return cases.some(({ given }) => given === undefined) ? 'yes' : 'if';
    });
    return `| [\`${verb}\`](#${verb.toLowerCase()}) | ${cells.join(' | ')} |`;
  });
  return [
    `| verb | ${EXECUTION_STATUSES.join(' | ')} |`,
    `| --- | ${EXECUTION_STATUSES.map(() => '---').join(' | ')} |`,
    ...rows,
  ].join('\n');
}

/** @param {(typeof VERB_NAMES)[number]} verb */
function section(verb) {
  const { does, cases, execution, tree, again } = VERBS[verb];
  const rows = cases.map(({ from, given, to, events, workspace }) => {
    const condition = given === undefined ? '' : `, where ${VERB_CONDITIONS[given]}`;
    const statuses = from.length === 0 ? 'no execution yet' : from.join(', ');
    const told = events.length === 0 ? 'none' : events.map((type) => `\`${type}\``).join(', ');
    return `| ${statuses}${condition} | ${to} | ${told} | ${WORKSPACE_EFFECTS[workspace]} |`;
  });
  return [
    `### ${verb}`,
    does,
    ['| from | to | events, in order | workspace |', '| --- | --- | --- | --- |', ...rows].join('\n'),
    [`- **Execution**: ${execution}.`, `- **Tree**: ${tree}.`, `- **Asked again**: ${again}.`].join('\n'),
  ].join('\n\n');
}
