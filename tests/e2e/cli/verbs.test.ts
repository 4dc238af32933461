import { jest } from '@jest/globals';
import { createWaymark } from '../../../src/index.js';
import { workflow } from '../../support/workflows.js';
import { json } from './support/json.js';
import { makeProject, type Project } from './support/project.js';

jest.setTimeout(30_000);

const WHY = ['--reason', 'to see', '--actor', 'user:ada'];

describe('verbs on the command line', () => {
  let project: Project;
  beforeEach(() => {
    project = makeProject();
  });
  afterEach(() => project.remove());

  /** Paused executions of a workflow whose code no command can load. */
  async function paused(count: number, id = 'etl'): Promise<readonly string[]> {
    const waymark = await createWaymark({ storage: { kind: 'sqlite', path: project.store } });
    const ids: string[] = [];
    for (let made = 0; made < count; made += 1) {
      const run = await waymark.executions.start(
        workflow(id, ['a', 'b'], { a: 'b' }),
        { n: 1 },
        { breakpoints: ['b'] },
      );
      await run.result();
      ids.push(run.id);
    }
    await waymark.close();
    return ids;
  }

  it('cancels several executions, says what became of each, and exits 1 when one failed', async () => {
    const [one = '', other = ''] = await paused(2);
    const first = await project.look(['cancel', one, ...WHY]);
    expect(first).toStrictEqual({ code: 0, stdout: `${one}  cancelled\n`, stderr: '' });
    const both = await project.look(['cancel', one, other, ...WHY]);
    expect(both.code).toBe(1);
    expect(both.stdout).toContain(`${one}  Execution ${one} is cancelled, so it can't cancel.`);
    expect(both.stdout).toContain(`${other}  cancelled`);
    expect(both.stderr).toContain('only a rollback lets it go on');
    const log = await project.look(['log', '--type', 'execution.cancelled', '--execution', other, '--json']);
    expect(log.stdout).toContain('"actor":"user:ada"');
    expect(log.stdout).toContain('"reason":"to see"');
  });

  it('finds what is meant by a filter, and says with --dry-run what that is', async () => {
    const ids = await paused(3);
    const [elsewhere = ''] = await paused(1, 'other');
    const would = await project.look(['cancel', '--status', 'paused', '--workflow', 'etl', '--dry-run', '--json']);
    expect(would.code).toBe(0);
    expect(
      (json(would.stdout) as { executionId: string }[]).map(({ executionId }) => executionId).toSorted(),
    ).toStrictEqual(ids.toSorted());
    const done = await project.look(['cancel', '--status', 'paused', '--workflow', 'etl', '--json', ...WHY]);
    expect(json(done.stdout)).toHaveLength(3);
    expect(json(done.stdout)[0]).toMatchObject({ ok: true, value: { status: 'cancelled', reason: 'to see' } });
    expect(json((await project.look(['show', elsewhere, '--json'])).stdout).execution.status).toBe('paused');
    const none = await project.look(['cancel', '--status', 'paused', '--workflow', 'etl']);
    expect(none).toStrictEqual({ code: 0, stdout: '', stderr: 'No execution matches.\n' });
    expect((await project.look(['cancel'])).code).toBe(2);
    expect((await project.look(['cancel', elsewhere, '--status', 'paused'])).code).toBe(2);
  });

  it('does a call once under a key', async () => {
    const [id = ''] = await paused(1);
    const args = ['cancel', id, '--idempotency-key', 'once', '--json', ...WHY];
    const first = await project.look(args);
    expect(await project.look(args)).toStrictEqual(first);
    const other = await project.look(['cancel', id, '--idempotency-key', 'once', '--reason', 'another', '--json']);
    expect(other.code).toBe(1);
    expect(json(other.stdout)[0].error).toMatchObject({ code: 'WAYMARK_IDEMPOTENCY_CONFLICT' });
  });

  it('does not pause what this process does not run', async () => {
    const [id = ''] = await paused(1);
    const { code, stdout } = await project.look(['pause', id, '--json']);
    expect(code).toBe(1);
    expect(json(stdout)[0].error).toMatchObject({ code: 'WAYMARK_ILLEGAL_TRANSITION' });
  });

  it('edits the state of a paused execution, and names it', async () => {
    const [id = ''] = await paused(1);
    const edited = await project.look(['edit', id, '--set', 'n=2', '--patch', '{"a":null}', ...WHY, '--json']);
    expect(edited.code).toBe(0);
    const { checkpointId } = json(edited.stdout) as { checkpointId: string };
    expect(json((await project.look(['show', checkpointId, '--state', '--json'])).stdout)).toMatchObject({
      state: { n: 2 },
    });
    expect((await project.look(['edit', id])).code).toBe(2);
    expect((await project.look(['label', id, 'the good one', ...WHY])).stdout).toBe(
      `execution ${id} is labelled "the good one"\n`,
    );
    expect(json((await project.look(['show', id, '--json'])).stdout).execution).toMatchObject({
      status: 'paused',
      label: 'the good one',
    });
    expect((await project.look(['label', id, '--remove'])).stdout).toBe(`execution ${id} has no label\n`);
    expect((await project.look(['label', id, 'x', '--remove'])).code).toBe(2);
  });

  it('restarts, tries again and skips: the execution goes on, and its result is printed', async () => {
    const failed = await project.waymark(['run', 'gate.mjs', '--input', '{"limit":1}', '--json']);
    const { executionId } = json(failed.stderr || failed.stdout) as { executionId: string };
    const restarted = await project.waymark(['restart', executionId, ...WHY, '--json']);
    expect(restarted.code).toBe(1);
    const retried = await project.waymark(['retry', executionId, 'check', ...WHY, '--json']);
    expect(retried.code).toBe(1);
    const skipped = await project.waymark([
      'skip',
      executionId,
      'check',
      '--output',
      '{"passed":true}',
      ...WHY,
      '--json',
    ]);
    expect(skipped.code).toBe(0);
    expect(json(skipped.stdout)).toMatchObject({
      status: 'completed',
      executionId,
      output: { report: '2 rows, limit 1' },
    });
    const log = await project.look(['log', '--execution', executionId, '--type', 'node.started', '--json']);
    expect(log.stdout).toContain('"attempt":2');
  });

  it('advises a restart where a workflow undid its work when it failed, and tells why it does not go on', async () => {
    project.write(
      'trip.mjs',
      `
      import { defineWorkflow, task } from 'waymark';

      export default defineWorkflow({
        id: 'trip',
        version: '1',
        onFailure: 'compensate',
        nodes: {
          book: task({ run: () => ({ booked: true }), compensate: () => undefined }),
          pay: task(() => {
            throw new RangeError('no money');
          }),
        },
        edges: { book: 'pay' },
      });
      `,
    );
    const failed = await project.waymark(['run', 'trip.mjs']);
    expect(failed.code).toBe(1);
    const id = /failed execution (\S+)/.exec(failed.stdout + failed.stderr)?.[1] ?? '';
    const shown = await project.look(['show', id]);
    const why = await project.look(['show', id, '--why']);
    for (const { stdout, stderr } of [failed, shown, why]) {
      expect(stdout + stderr).toContain(`waymark restart ${id}`);
      expect(stdout + stderr).not.toContain(`waymark rollback ${id}`);
    }
    expect(why.stdout).toContain('undone since: book');
    const retried = await project.waymark(['retry', id, 'pay', ...WHY]);
    expect(retried.code).toBe(1);
    expect(retried.stderr).toMatch(/book \(occurrence 1\)[^]*Restart it/);
  });
});
