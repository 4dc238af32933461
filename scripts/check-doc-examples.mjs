// @ts-check
/**
 * Type-checks every `@example` of src/ and the TypeScript of README.md and of guides: an example that is shown must compile.
 *
 * Each becomes a module of its own, which is given the names it uses: of the public surface, and of what examples take
 * for granted (tests/types/doc-examples.preamble.ts), and all are compiled at once. An error is told by the place of
 * its example.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));

const FOLDER = 'reports/doc-examples';
const PAGES = [
  'README.md',
  'docs/personal-data.md',
  'docs/files.md',
  'docs/workspaces.md',
  'docs/retention.md',
  'docs/export.md',
  'docs/comparing-checkpoints.md',
  'docs/recording.md',
  'docs/insight.md',
  'docs/pipelines.md',
  'docs/stepping.md',
  'docs/recovery.md',
  'docs/waiting.md',
  'docs/workflows.md',
];
const PUBLIC = [
  ...exportsOf(readFileSync('src/index.ts', 'utf8')),
  // Most examples mean an AbortSignal by `signal`, and not the node: those that mean the node import it.
  ...exportsOf(readFileSync('src/domain/workflow/nodes/index.ts', 'utf8')).filter((found) => found !== 'signal'),
  ...readdirSync('src/domain/events/families').flatMap((name) =>
    exportsOf(readFileSync(`src/domain/events/families/${name}`, 'utf8')).filter((found) => /^[A-Z][a-z]/.test(found)),
  ),
];

/** @typedef {{ readonly place: string, readonly code: string }} Example */

const examples = [...sourceExamples(), ...pageExamples()];
if (examples.length < 20) throw new Error('Hardly any examples were found: the search for them is broken.');
rmSync(FOLDER, { recursive: true, force: true });
mkdirSync(FOLDER, { recursive: true });
for (const [index, example] of examples.entries()) writeFileSync(`${FOLDER}/${index}.ts`, moduleOf(example));
writeFileSync(
  `${FOLDER}/tsconfig.json`,
  JSON.stringify({
    extends: '../../tsconfig.json',
    compilerOptions: {
      noUnusedLocals: false,
      noUnusedParameters: false,
      noImplicitReturns: false,
      verbatimModuleSyntax: false,
      isolatedModules: false,
      rootDir: '../..',
      paths: {
        waymark: ['../../src/index.ts'],
        'waymark/consumers': ['../../src/consumers.ts'],
        'waymark/langgraph': ['../../src/langgraph.ts'],
        'waymark/testing': ['../../src/testing.ts'],
      },
    },
    include: ['*.ts'],
  }),
);
const problems = compile();
for (const problem of problems) console.error(problem);
console.log(`${examples.length} examples, ${problems.length} problems`);
process.exitCode = problems.length > 0 ? 1 : 0;

/** @returns {Example[]} */
function sourceExamples() {
  const files = readdirSync('src', { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => `src/${name.replaceAll('\\', '/')}`);
  return files.flatMap((file) => {
    const text = readFileSync(file, 'utf8');
    return [...text.matchAll(/@example\n([\s\S]*?)(?=\n\s*\*\/|\n\s*\* @)/g)].map((match) => ({
      place: `${file}:${text.slice(0, match.index).split('\n').length}`,
      code: (match[1] ?? '').replaceAll(/^\s*\* ?/gm, ''),
    }));
  });
}

/** @returns {Example[]} */
function pageExamples() {
  return PAGES.flatMap((page) => {
    // Programs of examples/ are compiled where they are.
    const text = readFileSync(page, 'utf8').replaceAll(/<!-- example: [\s\S]*?<!-- end -->/g, (shown) =>
      shown.replaceAll(/[^\n]/g, ''),
    );
    return [...text.matchAll(/^```(?:ts|typescript)\n([\s\S]*?)^```/gm)].map((match) => ({
      place: `${page}:${text.slice(0, match.index).split('\n').length}`,
      code: match[1] ?? '',
    }));
  });
}

/**
 * An example in a function of its own: what it declares hides what it is given. It is given the names it uses: of the
 * file it is shown in, of the public surface, and of the preamble, the first that has one.
 *
 * @param {Example} example
 */
function moduleOf({ code, place }) {
  const own = code.match(/^import [\s\S]*?;$/gm) ?? [];
  const body = own
    .reduce((rest, statement) => rest.replace(statement, ''), code)
    .replaceAll(/^export default /gm, 'void ')
    .replaceAll(/^export /gm, '');
  const used = new Set(code.match(/\b[A-Za-z_]\w*\b/g));
  for (const name of own.join('\n').match(/\b[A-Za-z_]\w*\b/g) ?? []) used.delete(name);
  const given = [...own];
  const file = place.split(':')[0] ?? '';
  /** @type {readonly (readonly [from: string, names: readonly string[]])[]} */
  const sources = [
    [`../../${file.replace(/\.ts$/, '.js')}`, file === 'README.md' ? [] : exportsOf(readFileSync(file, 'utf8'))],
    ['waymark', PUBLIC],
    ['waymark/testing', exportsOf(readFileSync('src/testing.ts', 'utf8'))],
    [
      '../../tests/types/doc-examples.preamble.js',
      exportsOf(readFileSync('tests/types/doc-examples.preamble.ts', 'utf8')),
    ],
  ];
  for (const [from, names] of sources) {
    const wanted = names.filter((name) => used.delete(name));
    if (wanted.length > 0) given.push(`import { ${wanted.join(', ')} } from '${from}';`);
  }
  return `${given.join('\n')}\nexport async function example() {\n${body}\n}\n`;
}

/**
 * @param {string} text
 * @returns {readonly string[]} the names that a module exports, types included
 */
function exportsOf(text) {
  const declared = [
    ...text.matchAll(/^export (?:declare |abstract |async )*(?:const|function|class|interface|type) (\w+)/gm),
  ];
  const lists = [...text.matchAll(/^export (?:type )?\{([^}]*)\}/gm)].flatMap(([, list = '']) => [
    ...list.matchAll(/(\w+)\s*(?:,|$)/g),
  ]);
  return [...declared, ...lists].map(([, name = '']) => name);
}

/** @returns {string[]} */
function compile() {
  try {
    execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', FOLDER, '--noEmit', '--pretty', 'false'], {
      encoding: 'utf8',
    });
    return [];
  } catch (error) {
    const { stdout } = /** @type {{ stdout?: string }} */ (error);
    if (stdout === undefined || stdout === '') throw error;
    return stdout
      .trim()
      .split('\n')
      .map((line) => line.replace(/^.*?(\d+)\.ts\(\d+,\d+\)/, (_, index) => examples[Number(index)]?.place ?? ''));
  }
}
