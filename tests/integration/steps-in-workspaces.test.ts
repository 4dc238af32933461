import { mkdirSync, writeFileSync } from 'node:fs';
import { createWaymark, loadWorkflowFile, type Waymark, type Workflow } from '../../src/index.js';
import { readTree, writeTree } from '../support/file-tree.js';
import { OFFLINE, packForNpm } from '../support/local-packages.js';
import { describeWhere, missingPrograms } from '../support/requirement.js';
import { makeTemporaryFolder, type TemporaryFolder } from '../support/temporary-folder.js';
import { fileOf } from '../support/workflow-file.js';

const HEAD = [
  'workspace: { from: source, keep: always }',
  'environment: { runtime: process, variables: { GREETING: hello } }',
  '',
].join('\n');

let folder: TemporaryFolder;
let waymark: Waymark;

beforeEach(async () => {
  folder = makeTemporaryFolder();
  writeTree(folder.file('source'), { 'a.txt': 'a', 'inner/b.txt': 'b' });
  waymark = await createWaymark({ storage: 'memory:' });
});

afterEach(async () => {
  await waymark.close();
  folder.remove();
});

/** Loads a file with these steps. */
async function load(steps: readonly string[], head = HEAD): Promise<Workflow> {
  writeFileSync(folder.file('pipeline.yaml'), fileOf(steps.join('\n'), head));
  return loadWorkflowFile(folder.file('pipeline.yaml'));
}

async function workspaceOf(executionId: string): Promise<string> {
  return (await waymark.workspaces.ofExecution(executionId))?.path ?? '';
}

describe('the steps of a file with a workspace and an environment', () => {
  it('run in a copy of the folder with its variables, and leave the folder as it is', async () => {
    const workflow = await load([
      '- { id: shell, run: \'printf "$GREETING" > made; cat a.txt; echo " $WAYMARK_WORKSPACE" > where\', output: { read: text } }',
      '- { id: node, cwd: inner, node: "process.stdout.write(process.env.GREETING + process.cwd())", output: { cwd: text } }',
    ]);
    const run = await waymark.executions.start(workflow, {});
    const path = await workspaceOf(run.id);
    expect(await run.result()).toMatchObject({ status: 'completed', output: { cwd: `hello${path}/inner` } });
    expect(readTree(path)).toStrictEqual({ 'a.txt': 'a', 'inner/b.txt': 'b', made: 'hello', where: ` ${path}\n` });
    expect(readTree(folder.file('source'))).toStrictEqual({ 'a.txt': 'a', 'inner/b.txt': 'b' });
  });

  it('are undone there too', async () => {
    const workflow = await load(
      [
        '- id: make',
        '  run: echo made > made',
        '  compensate: { run: \'rm made; printf "$GREETING, undone" > inner/undone\' }',
        '- id: more',
        '  node: "0"',
        "  compensate: { node: \"import fs from 'node:fs'; fs.writeFileSync('more', process.env.GREETING)\" }",
        '- { id: fail, run: exit 1 }',
      ],
      `on-failure: compensate\n${HEAD}`,
    );
    const run = await waymark.executions.start(workflow, {});
    expect(await run.result()).toMatchObject({ status: 'failed' });
    expect(readTree(await workspaceOf(run.id))).toStrictEqual({
      'a.txt': 'a',
      'inner/b.txt': 'b',
      'inner/undone': 'hello, undone',
      more: 'hello',
    });
  });

  it('go on in the same folder, and go back in it', async () => {
    const workflow = await load([
      '- { id: one, run: "echo 1 >> log.md" }',
      '- { id: ask, approval: "Go on?" }',
      '- { id: two, run: "echo 2 >> log.md; cat log.md", output: { log: lines } }',
    ]);
    const run = await waymark.executions.start(workflow, {});
    expect(await run.result()).toMatchObject({ status: 'paused' });
    const { headCheckpointId } = await waymark.executions.get(run.id);
    const { run: further } = await waymark.executions.approve(run.id, { actor: 'user:ada' });
    expect(await further?.result()).toMatchObject({ status: 'completed', output: { log: ['1', '2'] } });
    await waymark.executions.rollback(run.id, headCheckpointId, { reason: 'once more' });
    expect(readTree(await workspaceOf(run.id))).toMatchObject({ 'log.md': '1\n' });
  });

  it('have a workspace that is empty where it is filled from nothing', async () => {
    const workflow = await load(['- { id: look, run: ls -A, output: { found: lines } }'], 'workspace: {}\n');
    const run = await waymark.executions.start(workflow, {});
    expect(await run.result()).toMatchObject({ status: 'completed', output: { found: [] } });
  });
});

describeWhere('environments made by npm', missingPrograms({ npm: '--version' }))('a Node environment', () => {
  // npm takes a second or two.
  it.each(['shared', 'copied'])(
    'gives steps its programs and its packages, when it is %s',
    async (mode) => {
      mkdirSync(folder.file('packages'));
      const packed = packForNpm(folder.file('packages'), { name: 'wm-a', version: '1.0.0' });
      const environment = { runtime: 'node', packages: { 'wm-a': packed }, variables: OFFLINE, mode };
      const workflow = await load(
        [
          '- { id: program, run: "wm-a; node -p process.version", output: { program: lines } }',
          '- { id: code, node: "import a from \'wm-a\'; console.log(a)", output: { code: text } }',
        ],
        `workspace: source\nenvironment: ${JSON.stringify(environment)}\n`,
      );
      const run = await waymark.executions.start(workflow, {});
      expect(await run.result()).toMatchObject({ status: 'completed', output: { code: 'wm-a 1.0.0' } });
      const { headCheckpointId } = await waymark.executions.get(run.id);
      expect(await waymark.checkpoints.state(headCheckpointId)).toMatchObject({
        program: ['wm-a 1.0.0', process.version],
      });
    },
    60_000,
  );

  // npm takes a folder in the place of the link for its own, or makes one.
  it('may be replaced by npm install in a step, and is there again when the execution goes on', async () => {
    mkdirSync(folder.file('packages'));
    const [one, other] = ['1.0.0', '2.0.0'].map((version) =>
      packForNpm(folder.file('packages'), { name: 'wm-a', version }),
    );
    const environment = { runtime: 'node', packages: { 'wm-a': one }, variables: OFFLINE };
    const install = `npm install --no-audit --no-fund ${other}`;
    const workflow = await load(
      [
        `- { id: install, run: '${install}; node -p "require(\\"wm-a\\")"', output: { installed: text } }`,
        '- { id: ask, approval: "Go on?" }',
        '- { id: code, node: "import a from \'wm-a\'; console.log(a)", output: { code: text } }',
      ],
      `workspace: source\nenvironment: ${JSON.stringify(environment)}\n`,
    );
    const run = await waymark.executions.start(workflow, {});
    expect(await run.result()).toMatchObject({ status: 'paused' });
    const { run: further } = await waymark.executions.approve(run.id, { actor: 'user:ada' });
    expect(await further?.result()).toMatchObject({ status: 'completed', output: { code: 'wm-a 1.0.0' } });
    const { headCheckpointId } = await waymark.executions.get(run.id);
    const { installed } = (await waymark.checkpoints.state(headCheckpointId)) as Record<string, unknown>;
    expect(installed).toMatch(/wm-a 2\.0\.0$/);
  }, 60_000);
});
