import { defineWorkflow, task } from '../../../src/index.js';
import { openWaymark } from '../../support/open-waymark.js';
import { makeTemporaryFolder, type TemporaryFolder } from '../../support/temporary-folder.js';
import { call } from './support/in-process.js';
import { json } from './support/json.js';

describe('waymark prune', () => {
  let folder: TemporaryFolder;
  let id: string;
  const prune = (...args: readonly string[]) => call(['prune', ...args, '--store', folder.file('waymark.db')]);
  const checkpoints = async (): Promise<number> => {
    await using waymark = await openWaymark({ storage: `sqlite:${folder.file('waymark.db')}` });
    return (await waymark.checkpoints.list(id)).length;
  };

  beforeEach(async () => {
    folder = makeTemporaryFolder();
    await using waymark = await openWaymark({ storage: `sqlite:${folder.file('waymark.db')}` });
    const leave = (name: string) => task(() => ({ [name]: `${name} `.repeat(2_000) }));
    const workflow = defineWorkflow({
      id: 'chain',
      version: '1',
      nodes: { a: leave('a'), b: leave('b'), c: leave('c') },
      edges: { a: 'b', b: 'c' },
    });
    const run = await waymark.executions.start(workflow);
    await run.result();
    ({ id } = run);
  });
  afterEach(() => folder.remove());

  it('tells with --dry-run what it would remove, and removes nothing', async () => {
    const before = await checkpoints();
    const { code, stdout } = await prune(id, '--keep-last', '1', '--dry-run');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^would remove \d+ checkpoints, [\d.]+ k?B; 1 stays\n$/);
    expect(json((await prune('--all', '--keep-last', '1', '--dry-run', '--json')).stdout)).toMatchObject({
      dryRun: true,
      removed: before - 1,
      kept: 1,
      executions: [{ executionId: id }],
    });
    expect(await checkpoints()).toBe(before);
  });

  it('removes, records who and why, and makes the file smaller', async () => {
    const { code, stdout } = await prune(
      id,
      '--keep-last',
      '1',
      '--reason',
      'monthly',
      '--actor',
      'user:ada',
      '--compact',
    );
    expect({ code, stdout }).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^removed .*\nfile: .* before, .* now\n$/),
    });
    expect(await checkpoints()).toBe(1);
    const log = await call(['log', '--type', 'checkpoint.pruned', '--json', '--store', folder.file('waymark.db')]);
    expect(log.stdout).toContain('"reason":"monthly"');
    expect(log.stdout).toContain('"user:ada"');
    expect((await prune(id, '--keep-last', '1')).stdout).toBe('nothing to remove: 1 checkpoint stays\n');
    expect((await prune('--compact')).stdout).toMatch(/^file: /);
  });

  it('keeps what is younger than an age or a date', async () => {
    const before = await checkpoints();
    for (const age of ['30d', '2h', '2026-01-01', '2026-01-01T00:00:00Z']) {
      expect((await prune(id, '--older-than', age)).stdout).toBe(`nothing to remove: ${before} checkpoints stay\n`);
    }
    expect((await prune(id, '--older-than', '2999-01-01')).stdout).toMatch(/^removed /);
  });

  it.each<[string, readonly string[]]>([
    ['neither an execution nor --all', ['--keep-last', '1']],
    ['both', ['x', '--all', '--keep-last', '1']],
    ['nothing to keep', ['--all']],
    ['an age that is none', ['--all', '--older-than', 'March']],
    ['a number that is none', ['--all', '--keep-last', 'two']],
    ['a kind that there is not', ['--all', '--keep-last', '1', '--keep-kind', 'odd']],
    ['--compact with --dry-run', ['--all', '--keep-last', '1', '--compact', '--dry-run']],
  ])('refuses %s', async (_, args) => {
    expect((await prune(...args)).code).toBe(2);
  });

  it('fails for an execution that there is not', async () => {
    expect(await prune('nobody', '--keep-last', '1')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('WAYMARK_NO_CHECKPOINTS'),
    });
  });
});
