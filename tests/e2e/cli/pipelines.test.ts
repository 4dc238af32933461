import { readFileSync, writeFileSync } from 'node:fs';
import { makeTemporaryFolder, type TemporaryFolder } from '../../support/temporary-folder.js';
import type { Outcome } from './support/command-line.js';
import { call as runInProcess } from './support/in-process.js';

const PIPELINE = [
  'id: release',
  'version: 1',
  'steps:',
  '  - { id: build, run: echo built, output: { built: text } }',
  '  - { id: ask, approval: Go? }',
  '  - { id: tell, run: "echo ${{ state.built }}", output: { told: text } }',
  '',
].join('\n');

let folder: TemporaryFolder;

beforeEach(() => {
  folder = makeTemporaryFolder();
  writeFileSync(folder.file('pipeline.yaml'), PIPELINE);
});

afterEach(() => folder.remove());

function call(...args: readonly string[]): Promise<Outcome> {
  return runInProcess(args, { env: { WAYMARK_STORE: folder.file('waymark.db') } });
}

async function start(): Promise<string> {
  const { code, stdout } = await call('run', folder.file('pipeline.yaml'), '--json');
  const result = JSON.parse(stdout) as { readonly status: string; readonly executionId: string };
  expect([code, result.status]).toStrictEqual([0, 'paused']);
  return result.executionId;
}

describe('a pipeline on the command line', () => {
  it('says everything that is wrong with the file, each on a line of its own', async () => {
    writeFileSync(
      folder.file('bad.yaml'),
      'id: p\nversion: 1\nsteps:\n  - { id: a, rum: b }\n  - { id: "x\\ny", run: c }\n',
    );
    const { code, stdout, stderr } = await call('run', folder.file('bad.yaml'));
    expect([code, stdout]).toStrictEqual([1, '']);
    expect(stderr.split('\n').filter((line) => line.includes('bad.yaml:'))).toStrictEqual([
      expect.stringMatching(
        /WAYMARK_INVALID_WORKFLOW_FILE: .*bad\.yaml:4:5: step a: does nothing: .*; did you mean run\?/,
      ),
      expect.stringMatching(/bad\.yaml:5:11: step x y: id must be letters/),
    ]);
  });

  it('is loaded from its file again, and goes on', async () => {
    const id = await start();
    expect((await call('approve', id)).code).toBe(0);
    const { stdout } = await call('show', id, '--json');
    expect(JSON.parse(stdout)).toMatchObject({ execution: { status: 'completed' } });
  });

  it('that has changed goes on only when the mapping is given', async () => {
    const id = await start();
    writeFileSync(
      folder.file('pipeline.yaml'),
      PIPELINE.replace('id: build', 'id: make').replace('version: 1', 'version: 2'),
    );
    const refused = await call('resume', id);
    expect([refused.code, refused.stderr]).toStrictEqual([1, expect.stringContaining('WAYMARK_WORKFLOW_CHANGED')]);
    expect((await call('resume', id, '--map-nodes', 'build')).code).toBe(2);
    expect((await call('resume', id, '--map-nodes', 'none')).stderr).toContain('it has no node build');
    expect((await call('resume', id, '--map-nodes', 'build=make')).code).toBe(0);
    expect((await call('approve', id)).code).toBe(0);
    const { stdout } = await call('log', '--execution', id, '--type', 'execution.resumed', '--json');
    expect(stdout).toContain('"mapNodes":[{"from":"build","to":"make"}]');
  });

  it('has a format that is printed as JSON Schema', async () => {
    const { code, stdout } = await call('schema', '--workflow');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ title: 'Waymark workflow', required: ['id', 'version', 'steps'] });
    expect((await call('schema', 'node.completed', '--workflow')).code).toBe(2);
    expect(readFileSync(folder.file('pipeline.yaml'), 'utf8')).toBe(PIPELINE);
  });
});
