// @ts-check
/**
 * Installs the packed tarball into empty folders, as a user would, and uses it there. Needs a fresh `npm run build`.
 * What it guards: the tarball's content, the command line, the missing-driver error, and the published types.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const MAX_UNPACKED_BYTES = 3_000_000;
const TSC = join(ROOT, 'node_modules/typescript/bin/tsc');

const HELLO = `import { defineWorkflow, task } from 'waymark';

export default defineWorkflow({
  id: 'hello',
  version: '1',
  nodes: { greet: task(async ({ state }) => ({ greeting: \`hello \${state.name}\` })) },
  edges: {},
});
`;

const CONSUMER = `import { createWaymark, defineWorkflow, task } from 'waymark';
import * as consumers from 'waymark/consumers';
import * as testing from 'waymark/testing';

export const options: Parameters<typeof createWaymark>[0] = { storage: 'memory:' };
export const kit: object = { consumers, createWaymark, defineWorkflow, task, testing };
`;

/** Attaches every ready consumer, and prints the code of the error where one can't be. */
const CONSUMERS = `import { createWaymark, NodeCompleted } from 'waymark';
import { collectMetrics, logEvents, writeJsonLines } from 'waymark/consumers';

const waymark = await createWaymark({ storage: 'memory:' });
try {
  const logger = process.argv[2] === 'pino' ? (await import('pino')).pino() : { ...console, fatal: console.error };
  logEvents(waymark.bus, logger);
  const file = await writeJsonLines(waymark.bus, { path: 'events.jsonl' });
  const { registry } = await collectMetrics(waymark.bus);
  waymark.bus.publish(new NodeCompleted({ executionId: 'e', nodeId: 'n', occurrence: 1, attempt: 1, durationMs: 1 }));
  await file.close();
  console.log(await registry.metrics());
} catch (error) {
  console.log(error.code, error.hint);
}
await waymark.close();
`;

/** @typedef {{ code: number, stdout: string, stderr: string, ms: number }} Outcome */
/** @typedef {{ filename: string, unpackedSize: number, files: Array<{ path: string }> }} Packed */

const workspace = mkdtempSync(join(tmpdir(), 'waymark-smoke-'));
try {
  const tarball = packAndInspect();
  const withDriver = installInto('with-driver', [tarball, locked('better-sqlite3'), locked('@types/node')]);
  useCommandLine(withDriver);
  compileConsumer(withDriver);
  useConsumers(withDriver);
  const bare = installInto('without-driver', [tarball]);
  missDriver(bare);
  missLangGraph(bare);
  console.log('Smoke test passed.');
} finally {
  rmSync(workspace, { recursive: true, force: true });
}

/** @returns {string} the tarball's path */
function packAndInspect() {
  const { stdout } = succeed(npm(['pack', '--json', '--ignore-scripts', '--pack-destination', workspace], ROOT));
  const [packed] = /** @type {Packed[]} */ (JSON.parse(stdout));
  assert(packed);
  const paths = packed.files.map((file) => file.path);

  const unwanted = paths.filter((path) =>
    /(^|\/)(tests?|bench)\/|\.(test|spec)\.|\.map$|(?<!\.d)\.[cm]?ts$/.test(path),
  );
  assert.deepEqual(unwanted, [], 'the tarball holds what a user has no use for');
  for (const path of entryPoints()) assert(paths.includes(path), `package.json names ${path}, the tarball lacks it`);
  assert(packed.unpackedSize < MAX_UNPACKED_BYTES, `${packed.unpackedSize} bytes unpacked, over ${MAX_UNPACKED_BYTES}`);

  console.log(`tarball: ${paths.length} files, ${Math.round(packed.unpackedSize / 1000)} kB unpacked`);
  return join(workspace, packed.filename);
}

/** @returns {string[]} every file package.json promises: what `exports` and `bin` point to, and the licence */
function entryPoints() {
  const { exports, bin } = readJson(join(ROOT, 'package.json'));
  const targets = Object.values({ ...exports, bin }).flatMap((target) =>
    typeof target === 'string' ? [target] : Object.values(target),
  );
  return ['LICENSE', 'README.md', ...targets.map((target) => target.replace('./', ''))];
}

/** @param {string} folder */
function useCommandLine(folder) {
  const { version } = readJson(join(ROOT, 'package.json'));
  assert.equal(succeed(waymark(['--version'], folder)).stdout.trim(), version);

  const help = succeed(waymark(['--help'], folder));
  assert.match(help.stdout, /\brun\b[\s\S]*\bverify\b/);
  const direct = succeed(execute(join(folder, 'node_modules/.bin/waymark'), ['--help'], folder));
  console.log(`waymark --help: ${direct.ms} ms, ${help.ms} ms through npx`);

  writeFileSync(join(folder, 'hello.mjs'), HELLO);
  const run = succeed(waymark(['run', 'hello.mjs', '--input', '{"name":"Ada"}', '--json'], folder));
  assert.match(run.stdout, /hello Ada/);

  const verdict = JSON.parse(succeed(waymark(['verify', '--json'], folder)).stdout);
  assert.equal(verdict.ok, true, `waymark verify answered ${JSON.stringify(verdict)}`);
  console.log('waymark run, waymark verify: ok');
}

/**
 * The consumers without their packages, then with them. Comes after the published types were compiled without: a
 * host that uses no consumer has no use for the declarations of prom-client.
 * @param {string} folder
 */
function useConsumers(folder) {
  writeFileSync(join(folder, 'consumers.mjs'), CONSUMERS);
  const without = succeed(execute(process.execPath, ['consumers.mjs'], folder));
  assert.match(without.stdout, /WAYMARK_PACKAGE_MISSING npm install rotating-file-stream@3/);

  const packages = ['pino', 'prom-client', 'rotating-file-stream'].map(locked);
  succeed(npm(['install', '--no-audit', '--no-fund', ...packages], folder));
  const { stdout } = succeed(execute(process.execPath, ['consumers.mjs', 'pino'], folder));
  assert.match(stdout, /"event":"node\.completed"/);
  assert.match(stdout, /waymark_events_total\{type="node\.completed",severity="info",outcome="success"\} 1/);
  const [line] = readFileSync(join(folder, 'events.jsonl'), 'utf8').split('\n');
  assert.equal(JSON.parse(line ?? '').type, 'node.completed');
  console.log('logEvents, writeJsonLines, collectMetrics: ok');
}

/** @param {string} folder */
function missDriver(folder) {
  writeFileSync(join(folder, 'hello.mjs'), HELLO);
  const { code, stdout, stderr } = waymark(['run', 'hello.mjs'], folder);
  assert.equal(code, 1, `without better-sqlite3, exit code 1 is expected, not ${code}:\n${stdout}${stderr}`);
  assert.match(stderr, /WAYMARK_DRIVER_MISSING/);
  assert.match(stderr, /npm install better-sqlite3/);
  console.log('without the driver: WAYMARK_DRIVER_MISSING');
}

/** @param {string} folder */
function missLangGraph(folder) {
  const program = "import('waymark/langgraph').catch((error) => console.log(error.code, error.hint));";
  const { stdout } = succeed(execute(process.execPath, ['--input-type=module', '-e', program], folder));
  assert.match(stdout, /WAYMARK_PACKAGE_MISSING npm install @langchain\/langgraph-checkpoint@1/);
  console.log('without LangGraph: WAYMARK_PACKAGE_MISSING');
}

/**
 * Compiles with library checks on. An error in a dependency's own declarations is its maintainers'; one in ours is
 * ours.
 * @param {string} folder
 */
function compileConsumer(folder) {
  writeFileSync(join(folder, 'consumer.mts'), CONSUMER);
  const strict = ['--strict', '--noEmit', '--module', 'nodenext', '--target', 'es2023', '--types', 'node'];
  const lenient = execute(process.execPath, [TSC, ...strict, '--skipLibCheck', 'consumer.mts'], folder);
  assert.equal(lenient.code, 0, `a TypeScript consumer does not compile:\n${lenient.stdout}`);

  const checked = execute(process.execPath, [TSC, ...strict, '--skipLibCheck', 'false', 'consumer.mts'], folder);
  const errors = checked.stdout.split('\n').filter((line) => /error TS\d+/.test(line));
  const foreign = errors.filter((line) => /^node_modules\/(?!waymark\/)/.test(line));
  assert.equal(errors.length, foreign.length, `the published types have errors:\n${checked.stdout}`);
  assert(checked.code === 0 || foreign.length > 0, `tsc failed:\n${checked.stdout}${checked.stderr}`);
  console.log(`TypeScript consumer: ok (${foreign.length} errors in dependencies' declarations)`);
}

/**
 * @param {string} name
 * @param {string[]} packages
 * @returns {string} the new project's folder
 */
function installInto(name, packages) {
  const folder = join(workspace, name);
  mkdirSync(folder);
  succeed(npm(['init', '-y'], folder));
  succeed(npm(['pkg', 'set', 'allowScripts.better-sqlite3=true', '--json'], folder));
  const { ms } = succeed(npm(['install', '--no-audit', '--no-fund', ...packages], folder));
  console.log(`${name}: installed in ${Math.round(ms / 1000)} s`);
  return folder;
}

/** @param {string} name @returns {string} the package at the version this repository is tested with */
function locked(name) {
  return `${name}@${readJson(join(ROOT, 'package-lock.json')).packages[`node_modules/${name}`].version}`;
}

/** @param {string[]} args @param {string} cwd */
function waymark(args, cwd) {
  return execute('npx', ['--no-install', 'waymark', ...args], cwd);
}

/** @param {string[]} args @param {string} cwd */
function npm(args, cwd) {
  return execute('npm', args, cwd);
}

/**
 * @param {string} command
 * @param {string[]} args
 * @param {string} cwd
 * @returns {Outcome & { command: string }}
 */
function execute(command, args, cwd) {
  const started = performance.now();
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd,
    encoding: 'utf8',
    env: cleanEnvironment(),
  });
  if (error) throw error;
  const ms = Math.round(performance.now() - started);
  return { command: [command, ...args].join(' '), code: status ?? 1, stdout, stderr, ms };
}

/**
 * @template {Outcome & { command: string }} T
 * @param {T} outcome
 * @returns {T}
 */
function succeed(outcome) {
  const { command, code, stdout, stderr } = outcome;
  assert.equal(code, 0, `${command}\nended with exit code ${code}:\n${stdout}${stderr}`);
  return outcome;
}

/** Under `npm run`, npm describes this repository to its children; a user's empty folder knows nothing of it. */
function cleanEnvironment() {
  const foreign = /^(npm_config_local_prefix|INIT_CWD|WAYMARK_.*)$/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !foreign.test(name)));
}

/** @param {string} path @returns {any} */
function readJson(path) {
  return JSON.parse(readFileSync(path, 'utf8'));
}
