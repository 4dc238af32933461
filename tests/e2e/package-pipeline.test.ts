import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createWaymark, loadWorkflowFile } from '../../src/index.js';
import { makeTemporaryFolder, type TemporaryFolder } from '../support/temporary-folder.js';
import { waymark as cli } from './cli/support/command-line.js';

const PIPELINE = fileURLToPath(new URL('../../examples/package-pipeline/pipeline.yaml', import.meta.url));

let folder: TemporaryFolder;

beforeEach(() => {
  folder = makeTemporaryFolder();
});

afterEach(() => folder.remove());

describe('the pipeline of a package', () => {
  it('builds, tests and packs it, and waits for an approval before it releases', async () => {
    const waymark = await createWaymark({ storage: 'memory:' });
    const pipeline = await loadWorkflowFile(PIPELINE);
    const run = await waymark.executions.start(pipeline, { out: folder.path, publish: true });
    expect(await run.result()).toMatchObject({ status: 'paused', reason: 'approval' });
    expect((await waymark.executions.get(run.id)).suspended).toMatchObject([
      { nodeId: 'release/do/approve', awaiting: 'approval', details: { message: 'Release tally 1.2.0?' } },
    ]);
    const { run: further } = await waymark.executions.approve(run.id, { actor: 'user:ada' });
    expect(await further?.result()).toMatchObject({
      status: 'completed',
      output: {
        package: 'tally@1.2.0',
        tests: 3,
        files: ['package.json', 'src/tally.js'],
        released: 'tally-1.2.0.tgz',
      },
    });
    expect(readFileSync(folder.file('releases/tally-1.2.0.tgz')).length).toBeGreaterThan(100);
    await waymark.close();
  });

  it('refuses what has grown too large, and says so', async () => {
    const waymark = await createWaymark({ storage: 'memory:' });
    const run = await waymark.executions.start(await loadWorkflowFile(PIPELINE), { out: folder.path, maxBytes: 10 });
    const result = await run.result();
    expect(result).toMatchObject({ status: 'failed', error: { code: 'WAYMARK_COMMAND_FAILED' } });
    expect(JSON.stringify(result)).toMatch(/tally has \d+ bytes, and 10 are allowed/);
    await waymark.close();
  });

  it('is run from the command line, and told by its log', async () => {
    const input = JSON.stringify({ out: folder.path });
    const outcome = await cli(['run', PIPELINE, '--input', input, '--json'], { cwd: folder.path });
    expect(outcome).toMatchObject({ code: 0 });
    expect(JSON.parse(outcome.stdout)).toMatchObject({ status: 'completed', output: { tests: 3, released: null } });
    const log = await cli(['log', '--type', 'node.skipped', '--json'], { cwd: folder.path });
    expect(log.stdout).toContain('release/do');
  });
});
