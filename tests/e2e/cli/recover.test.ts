import { jest } from '@jest/globals';
import Database from 'better-sqlite3';
import { renameSync } from 'node:fs';
import { json } from './support/json.js';
import { makeProject, type Project } from './support/project.js';

// Each test starts programs.
jest.setTimeout(60_000);

/** Its node does not come to an end the first time: something to be killed in the middle of. */
const STUCK = `
  import { defineWorkflow, task } from 'waymark';

  export const stuck = defineWorkflow({
    id: 'stuck',
    version: '1',
    nodes: {
      first: task(() => ({ first: true })),
      wait: task(({ attempt, fencingToken, input }) => {
        if (attempt > 1 && input.fails) throw new Error('and now it fails');
        if (attempt > 1) return { fencingToken };
        return new Promise(() => setInterval(() => undefined, 1_000));
      }),
    },
    edges: { first: 'wait' },
  });
  export const other = defineWorkflow({ id: 'other', version: '1', nodes: { a: task(() => ({})) }, edges: {} });
`;

describe('waymark recover', () => {
  let project: Project;
  beforeEach(() => {
    project = makeProject();
    project.write('stuck.mjs', STUCK);
  });
  afterEach(() => project.remove());

  /** Leaves an execution whose process was killed in the middle of a node. Returns its id. */
  async function leave(...options: readonly string[]): Promise<string> {
    const run = project.start(['run', 'stuck.mjs', '--export', 'stuck', ...options]);
    await run.printed('stderr', /node\.started wait/);
    run.signal('SIGKILL');
    await run.ended;
    const [{ id }] = json((await project.look(['executions', '--json'])).stdout);
    return String(id);
  }

  it('takes over what was killed, from the file that it was started from, and waits for its end', async () => {
    const id = await leave();
    const { code, stdout, stderr } = await project.waymark(['recover', '--actor', 'user:night']);
    expect([code, stdout]).toStrictEqual([0, `${id}  taken over  completed\n`]);
    expect(stderr).toBe('');
    expect(json((await project.look(['show', id, '--json'])).stdout)).toMatchObject({
      execution: { status: 'completed', output: { fencingToken: 2 } },
    });
    const recovered = await project.look(['log', '--type', 'execution.recovered', '--json']);
    expect(json(recovered.stdout)).toMatchObject({ actor: 'user:night' });
    const again = await project.waymark(['recover']);
    expect([again.code, again.stdout, again.stderr]).toStrictEqual([0, '', 'There is nothing to take up.\n']);
    expect((await project.look(['verify'])).code).toBe(0);
  });

  it('says as JSON what became of each, and fails when one of them does', async () => {
    const id = await leave('--input', '{"fails":true}');
    const { code, stdout } = await project.waymark(['recover', '--json']);
    expect(code).toBe(1);
    expect(json(stdout)).toStrictEqual([
      { executionId: id, action: 'taken-over', status: 'failed', reason: 'and now it fails' },
    ]);
  });

  it('leaves what it has no code for, with the reason, and takes it from the file that is named', async () => {
    const id = await leave();
    renameSync(`${project.path}/stuck.mjs`, `${project.path}/moved.mjs`);
    const left = await project.waymark(['recover', '--json']);
    expect(left.code).toBe(1);
    expect(json(left.stdout)).toStrictEqual([
      {
        executionId: id,
        action: 'left',
        code: 'WAYMARK_WORKFLOW_NOT_REGISTERED',
        reason: expect.stringContaining('whose code is not loaded'),
      },
    ]);
    const taken = await project.waymark(['recover', '--workflow', 'moved.mjs', '--json']);
    expect([taken.code, json(taken.stdout)]).toStrictEqual([
      0,
      [{ executionId: id, action: 'taken-over', status: 'completed' }],
    ]);
  });

  it('goes on looking with --watch, takes over what another machine has let expire, and ends with Ctrl-C', async () => {
    const id = await leave();
    const database = new Database(project.store);
    const expired = `UPDATE executions SET owner = 'elsewhere/1/0/0/x', lease_expires_at = '2026-01-01T00:00:00.000Z'`;
    database.prepare(`${expired} WHERE id = ?`).run(id);
    database.close();
    const watch = project.start(['recover', '--watch', '--every', '1', '--json']);
    await watch.printed('stdout', /completed/);
    watch.signal('SIGINT');
    const { code, stdout } = await watch.ended;
    expect(code).toBe(0);
    expect(
      stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown),
    ).toStrictEqual([{ executionId: id, action: 'taken-over', status: 'completed' }]);
  });

  it.each([
    [['recover', '--limit', '0']],
    [['recover', '--every', 'soon']],
    [['recover', '--workflow', 'no-such.ts']],
    [['recover', 'an-id']],
  ])('refuses %j', async (args) => {
    expect((await project.waymark(args)).code).toBe(2);
  });
});
