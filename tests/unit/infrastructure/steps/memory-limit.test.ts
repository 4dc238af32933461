import { mkdirSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { memoryOfGroup, tellsOfMemory } from '../../../../src/infrastructure/steps/group-memory.js';
import { runNodeStep } from '../../../../src/infrastructure/steps/node-step.js';
import { runShellStep } from '../../../../src/infrastructure/steps/shell-step.js';
import { caughtWaymark } from '../../../support/caught.js';
import { describeWhere } from '../../../support/requirement.js';
import { nodeStep, shellStep, stepContext, surroundings } from '../../../support/steps.js';
import { makeTemporaryFolder } from '../../../support/temporary-folder.js';

const MIB = 1_048_576;
const temporary = makeTemporaryFolder();
const folder = realpathSync(temporary.path);

afterAll(() => temporary.remove());

/** Takes 300 MiB outside the heap, and stays until it is ended. */
const GREEDY = 'globalThis.taken = Buffer.alloc(300 * 1048576, 1); setInterval(() => {}, 1000)';

/** A system that tells of processes as Linux does: each with its group, and what it has resident and its share in KiB. */
function fakeProc(
  name: string,
  processes: Readonly<Record<string, readonly [string, number, number, number?]>>,
): string {
  const proc = join(folder, name);
  for (const [id, [program, group, resident, share]] of Object.entries(processes)) {
    mkdirSync(join(proc, id), { recursive: true });
    writeFileSync(join(proc, id, 'stat'), `${id} (${program}) S 1 ${group} ${group} 0 -1 4194560 123\n`);
    writeFileSync(join(proc, id, 'status'), `Name:\t${program}\nVmPeak:\t  999999 kB\nVmRSS:\t  ${resident} kB\n`);
    if (share !== undefined) writeFileSync(join(proc, id, 'smaps_rollup'), `Rss: ${resident} kB\nPss:   ${share} kB\n`);
  }
  return proc;
}

describe('the memory of a group of processes', () => {
  it('is what its processes have resident together, whatever they are called', async () => {
    const proc = fakeProc('sums', {
      10: ['sh', 10, 100],
      11: ['odd ) S 1 99 (name', 10, 50],
      12: ['another', 99, 1_000],
    });
    mkdirSync(join(proc, '13'));
    mkdirSync(join(proc, 'sys'));
    expect(await memoryOfGroup(10, MIB, proc)).toBe(150 * 1_024);
    expect(await memoryOfGroup(77, MIB, proc)).toBe(0);
  });

  it('counts what several share once, before it counts as too much', async () => {
    const proc = fakeProc('shares', { 10: ['node', 10, 800, 300], 11: ['node', 10, 800, 300], 12: ['old', 10, 100] });
    expect(await memoryOfGroup(10, 2 * MIB, proc)).toBe(1_700 * 1_024);
    expect(await memoryOfGroup(10, MIB, proc)).toBe(700 * 1_024);
  });

  it('is not known where the system does not tell of processes', async () => {
    expect(await tellsOfMemory(join(folder, 'nowhere'))).toBe(false);
    expect(await memoryOfGroup(10, MIB, join(folder, 'nowhere'))).toBe(0);
  });
});

const describeOnLinux = describeWhere(
  'the memory of processes',
  (await tellsOfMemory()) ? undefined : 'this system has no /proc',
);

describeOnLinux('a command that may use so much memory', () => {
  it('is ended with all that it has begun when that is more', async () => {
    const { context } = stepContext();
    const step = shellStep(`"${process.execPath}" -e '${GREEDY}' & wait`, { memoryBytes: 150 * MIB, graceMs: 60_000 });
    const error = await caughtWaymark(runShellStep(step, surroundings(folder), context));
    expect(error.code).toBe('WAYMARK_COMMAND_OUT_OF_MEMORY');
    expect(error.message).toMatch(/^The command of step used [\d.]+ MB of memory, and it may use 157.3 MB\.$/);
    expect(error.details).toStrictEqual({
      nodeId: 'step',
      limitBytes: 150 * MIB,
      usedBytes: expect.any(Number) as number,
    });
    expect(error.details['usedBytes']).toBeGreaterThan(150 * MIB);
  });

  it('goes on where it is less', async () => {
    const step = shellStep('echo done', { memoryBytes: 150 * MIB });
    expect(await runShellStep(step, surroundings(folder), stepContext().context)).toStrictEqual({ out: 'done' });
  });

  it('is ended outside the heap of Node too', async () => {
    const error = await caughtWaymark(
      runNodeStep(nodeStep(GREEDY, { memoryBytes: 150 * MIB }), surroundings(folder), stepContext().context),
    );
    expect(error.code).toBe('WAYMARK_COMMAND_OUT_OF_MEMORY');
  });

  it('is cancelled as any other', async () => {
    const { context, abort } = stepContext();
    const step = nodeStep('console.log("begun"); setInterval(() => {}, 1000)', { memoryBytes: 1_000 * MIB });
    const work = runNodeStep(step, surroundings(folder), {
      ...context,
      progress: () => abort.abort(new Error('cancelled by hand')),
    });
    await expect(work).rejects.toThrow('cancelled by hand');
  });
});

describe('a limit of memory on a system that does not tell of it', () => {
  const elsewhere = { ...surroundings(folder), proc: join(folder, 'nowhere') };

  it('is said not to be enforced, and the command goes on', async () => {
    const { context, lines } = stepContext();
    const step = shellStep('echo done', { memoryBytes: 150 * MIB });
    expect(await runShellStep(step, elsewhere, context)).toStrictEqual({ out: 'done' });
    expect(lines[0]).toMatch(/^The limit of 157286400 bytes of memory is not enforced: this system has no .*nowhere/);
  });

  it('still holds for the heap of Node', async () => {
    const code = 'const all = []; for (;;) all.push(new Array(1e5).fill(all.length));';
    const step = nodeStep(code, { memoryBytes: 64 * MIB });
    const error = await caughtWaymark(runNodeStep(step, elsewhere, stepContext().context));
    expect(error).toMatchObject({
      code: 'WAYMARK_COMMAND_OUT_OF_MEMORY',
      message: 'The command of step ran out of memory, and it may use 67.1 MB.',
    });
  });

  it('lets Node have three quarters of it for its heap', async () => {
    const code = "import v8 from 'node:v8'; console.log(v8.getHeapStatistics().heap_size_limit)";
    const heap = async (memoryBytes: number): Promise<number> =>
      Number((await runNodeStep(nodeStep(code, { memoryBytes }), elsewhere, stepContext().context))['out']);
    expect((await heap(1_024 * MIB)) - (await heap(512 * MIB))).toBe(384 * MIB);
  });
});
