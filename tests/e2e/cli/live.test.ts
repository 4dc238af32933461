import { jest } from '@jest/globals';
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { DealCreated } from '../../support/deals.js';
import { openWaymark } from '../../support/open-waymark.js';
import { jsonLines } from './support/json.js';
import { makeProject, type Project } from './support/project.js';

// Each test starts programs.
jest.setTimeout(30_000);
const MAIN = fileURLToPath(new URL('../../../dist/interfaces/cli/main.js', import.meta.url));

describe('while something runs', () => {
  let project: Project;
  beforeEach(() => {
    project = makeProject();
  });
  afterEach(() => project.remove());

  it('log --follow prints what other processes append, each entry once, and ends with exit code 0 on SIGINT', async () => {
    await project.waymark(['run', 'hello.ts', '--input', '{"name":"Ada"}', '--json']);
    const follow = project.start(['log', '--follow', '--json']);
    await follow.printed('stdout', /execution\.completed/);
    await project.waymark(['run', 'hello.ts', '--input', '{"name":"Bob"}', '--json']);
    await follow.printed('stdout', /"output":\{"greeting":"hello Bob"\}/);
    follow.signal('SIGINT');
    const { code, stdout, stderr } = await follow.ended;
    expect({ code, stderr }).toStrictEqual({ code: 0, stderr: '' });
    const positions = jsonLines(stdout).map((entry) => entry.position);
    expect(positions).toStrictEqual(positions.map((_, index) => index));
  });

  it('log --follow filters, and says that it is waiting', async () => {
    await using waymark = await openWaymark({ storage: `sqlite:${project.store}` });
    waymark.catalog.register(DealCreated);
    await waymark.log.append([new DealCreated({ dealId: 'before' })]);
    const follow = project.start(['log', '--follow', '--type', 'deal.*']);
    await follow.printed('stderr', /following the log; Ctrl-C ends it/);
    await waymark.log.append([new DealCreated({ dealId: 'after' })]);
    await follow.printed('stdout', /deal after created/);
    follow.signal('SIGTERM');
    const { code, stdout } = await follow.ended;
    expect(code).toBe(0);
    expect(stdout.split('\n').filter((line) => line.startsWith('#'))).toHaveLength(2);
  });

  it('a reader that goes away (| head) is no error', async () => {
    {
      await using waymark = await openWaymark({ storage: `sqlite:${project.store}` });
      // More than a pipe holds, so that the writer meets the closed end.
      await waymark.log.append(
        Array.from({ length: 1_500 }, (_, index) => new DealCreated({ dealId: `${index}${'x'.repeat(200)}` })),
      );
    }
    for (const args of ['log --limit 10000', 'log --limit 10000 --json', 'log --follow --limit 10000']) {
      const script = `"${process.execPath}" "${MAIN}" ${args} | head -n 1; echo "code \${PIPESTATUS[0]}"`;
      const { stdout, stderr } = await promisify(execFile)('bash', ['-c', script], { cwd: project.path });
      expect(stdout).toMatch(/code 0\n$/);
      expect(stderr.replace(/^following.*\n/, '')).toBe('');
    }
  });

  it('what progress prints is what the log holds, line by line', async () => {
    project.write(
      'publishing.mjs',
      `import { defineWorkflow, task } from 'waymark';
       export default defineWorkflow({ id: 'p', version: '1', edges: {}, nodes: {
         say: task(({ progress }) => { for (let i = 1; i <= 20; i += 1) progress(i / 20); }),
       } });`,
    );
    const { stderr } = await project.waymark(['run', 'publishing.mjs']);
    const lines = stderr.trimEnd().split('\n');
    expect(lines.filter((line) => line.includes(' node.progressed say '))).toHaveLength(20);
    const types = jsonLines((await project.look(['log', '--json', '--after', '-1'])).stdout).map(
      (entry) => `#${entry.position} ${entry.type} ${entry.message}`,
    );
    expect(lines).toStrictEqual(types);
  });
});
