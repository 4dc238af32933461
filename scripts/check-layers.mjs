// @ts-check
/**
 * Checks the arrows between the layers (the rules are in .dependency-cruiser.cjs) and proves that none was missed.
 * A cruise that silently reads nothing passes every rule, so each file of src/ and each relative import written
 * in it must be in the result. The imports are found a second time here, by text, to be independent of the parser.
 */
import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { cruise, format } from 'dependency-cruiser';
import extractConfig from 'dependency-cruiser/config-utl/extract-depcruise-config';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));

const ruleSet = await extractConfig('./.dependency-cruiser.cjs');
const { output: result } = await cruise(['src'], { ...ruleSet.options, ruleSet, validate: true });
if (typeof result === 'string') throw new TypeError('dependency-cruiser answered with text, not with a result');

const report = await format(result, { outputType: 'err-long' });
const missed = missedArrows(result.modules);

console.log(report.output);
for (const arrow of missed) console.error(`  error not-cruised: ${arrow}`);
process.exitCode = report.exitCode > 0 || missed.length > 0 ? 1 : 0;

/**
 * @param {import('dependency-cruiser').IModule[]} modules
 * @returns {string[]} what is written in src/ and absent from the cruise
 */
function missedArrows(modules) {
  const cruised = new Map(modules.map(({ source, dependencies }) => [source, dependencies]));
  const files = readdirSync('src', { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => `src/${name.replaceAll('\\', '/')}`);
  if (files.length === 0) return ['src/ has no TypeScript file'];

  return files.flatMap((file) => {
    const dependencies = cruised.get(file);
    if (dependencies === undefined) return [file];
    const seen = new Set(dependencies.map((dependency) => dependency.module));
    return relativeImports(readFileSync(file, 'utf8'))
      .filter((specifier) => !seen.has(specifier))
      .map((specifier) => `${file} → ${specifier} (write it as an import statement)`);
  });
}

/**
 * @param {string} source
 * @returns {string[]} the specifiers of static, dynamic and type imports; those in comments are left out
 */
function relativeImports(source) {
  const code = source.replace(/^\s*(?:\/\/|\/?\*).*$/gm, '');
  return [...code.matchAll(/\b(?:from|import)\s*\(?\s*['"](\.{1,2}\/[^'"]+)['"]/g)].map(
    ([, specifier = '']) => specifier,
  );
}
