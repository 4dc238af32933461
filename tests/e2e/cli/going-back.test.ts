import { jest } from '@jest/globals';
import { rmSync } from 'node:fs';
import { type Json, json } from './support/json.js';
import { makeProject, type Project } from './support/project.js';

// Each test starts programs.
jest.setTimeout(30_000);

describe('going back', () => {
  let project: Project;
  beforeEach(() => {
    project = makeProject();
  });
  afterEach(() => project.remove());

  it('rolls a failed execution back with an edited state, says so, and resumes it', async () => {
    const { id, beforeCheck } = await failAtTheGate(project);
    const back = await project.look([
      'rollback',
      id,
      '--to',
      beforeCheck,
      '--reason',
      'too strict',
      '--set',
      'limit=7',
    ]);
    expect(back.code).toBe(0);
    expect(back.stdout).toMatch(
      /^rolled back to checkpoint .*, over 1 node: check\n {2}It is paused on branch rollback-1, .* Next: check\.\n/,
    );
    const resumed = await project.waymark(['resume', id, '--actor', 'user:bob']);
    expect(resumed.code).toBe(0);
    expect(resumed.stdout).toMatch(/^completed execution .*\n {2}output \{"report":"2 rows, limit 7"\}\n/);
    expect(resumed.stderr).toMatch(/^#\d+ execution\.resumed resumed at check$/m);
    const tree = await project.look(['checkpoints', id]);
    expect(tree.stdout).toMatch(/branch main, abandoned/);
    const log = await project.look(['log', '--type', 'checkpoint.rollback_completed', '--json']);
    expect(json(log.stdout)).toMatchObject({ outcome: 'none', payload: { toCheckpointId: beforeCheck } });
  });

  it('does both at once with --resume', async () => {
    const { id, beforeCheck } = await failAtTheGate(project);
    const args = ['rollback', id, '--to', beforeCheck, '--reason', 'x', '--patch', '-', '--resume', '--json'];
    const { code, stdout, stderr } = await project.waymark(args, { input: '{"limit":6}' });
    expect({ code, stderr }).toStrictEqual({ code: 0, stderr: '' });
    expect(json(stdout)).toMatchObject({ status: 'completed', output: { report: '2 rows, limit 6' } });
  });

  it('changes nothing when the workflow to resume with can not be loaded', async () => {
    const { id, beforeCheck } = await failAtTheGate(project);
    rmSync(`${project.path}/gate.mjs`);
    const args = ['rollback', id, '--to', beforeCheck, '--reason', 'x', '--resume'];
    const { code, stderr } = await project.waymark(args);
    expect(code).toBe(2);
    expect(stderr).toMatch(
      /^error WAYMARK_WORKFLOW_FILE_NOT_FOUND: .* was started from a file that is gone: file:.*\n→ .*--workflow FILE/,
    );
    expect(json((await project.look(['show', id, '--json'])).stdout).execution.status).toBe('failed');
  });

  it('forks a checkpoint with edits of its state, into lists too, and leaves the original alone', async () => {
    const { id, beforeCheck } = await failAtTheGate(project);
    const edits = [
      '--patch',
      '{"limit":8,"note":"x"}',
      '--set',
      '/rows/-={"id":3}',
      '--set',
      'rows.0.id=9',
      '--set',
      'note=null',
    ];
    const { code, stdout, stderr } = await project.waymark([
      'fork',
      beforeCheck,
      '--reason',
      'what if',
      '--label',
      'more',
      ...edits,
    ]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^completed execution .*\n {2}output \{"report":"3 rows, limit 8"\}\n/);
    expect(stderr).toMatch(/^#\d+ execution\.forked forked from .*: what if$/m);
    const [fork, origin] = json((await project.look(['executions', '--json'])).stdout);
    expect(fork).toMatchObject({ label: 'more', parentExecutionId: id, sourceCheckpointId: beforeCheck });
    expect(origin).toMatchObject({ id, status: 'failed' });
    const { state } = json((await project.look(['show', fork.id, '--state', '--json'])).stdout);
    expect(state.rows).toStrictEqual([{ id: 9 }, { id: 2 }, { id: 3 }]);
    expect(state).not.toHaveProperty('note');
  });

  it('stops a fork and what is resumed at breakpoints', async () => {
    const { beforeCheck } = await failAtTheGate(project);
    const fork = await project.waymark([
      'fork',
      beforeCheck,
      '--reason',
      'x',
      '--set',
      'limit=9',
      '--breakpoint',
      'report',
      '--json',
    ]);
    expect(json(fork.stdout)).toMatchObject({ status: 'paused', reason: 'breakpoint', nextNodeIds: ['report'] });
    const resumed = await project.waymark(['resume', json(fork.stdout).executionId, '--json']);
    expect(json(resumed.stdout)).toMatchObject({ status: 'completed' });
  });

  it('takes the code from --workflow when it is elsewhere now, and refuses another workflow', async () => {
    const { beforeCheck } = await failAtTheGate(project);
    const args = ['fork', beforeCheck, '--reason', 'x', '--set', 'limit=9', '--json', '--workflow'];
    expect(json((await project.waymark([...args, 'gate.mjs'])).stdout)).toMatchObject({ status: 'completed' });
    const other = await project.waymark([...args, 'hello.ts']);
    expect(other.code).toBe(1);
    expect(json(other.stderr).error).toMatchObject({
      code: 'WAYMARK_NO_WORKFLOW',
      message: expect.stringContaining('exports no workflow gate. It exports default (hello).'),
    });
  });

  it('refuses what the status of an execution does not allow, and says what it does', async () => {
    const { id, beforeCheck } = await failAtTheGate(project);
    const resume = await project.waymark(['resume', id]);
    expect(resume.code).toBe(1);
    expect(resume.stderr).toMatch(
      /^error WAYMARK_ILLEGAL_TRANSITION: Execution .* is failed, so it can't resume\.\n→ .*rollback/,
    );
    const noList = await project.look(['rollback', id, '--to', beforeCheck, '--reason', 'x', '--set', '/rows/7=1']);
    expect(noList).toMatchObject({ code: 2, stderr: expect.stringContaining('/rows is a list of 2') });
    const other = await project.look(['rollback', id, '--to', id, '--reason', 'x']);
    expect(other).toMatchObject({ code: 1, stderr: expect.stringContaining('WAYMARK_CHECKPOINT_NOT_FOUND') });
    expect((await project.look(['verify'])).stdout).toMatch(/^log verified: \d+ entries, root [0-9a-f]{64}\n$/);
  });

  it('refuses a graph that is not the one the execution began on', async () => {
    const { beforeCheck } = await failAtTheGate(project);
    project.write(
      'gate.mjs',
      `import { defineWorkflow, task } from 'waymark';
       export default defineWorkflow({ id: 'gate', version: '2', nodes: { only: task(() => {}) }, edges: {} });`,
    );
    const { code, stderr } = await project.waymark(['fork', beforeCheck, '--reason', 'x']);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^error WAYMARK_WORKFLOW_CHANGED: /);
  });
});

/** Runs gate.mjs with a limit that is too low. */
async function failAtTheGate(project: Project): Promise<{ readonly id: string; readonly beforeCheck: string }> {
  const run = json((await project.waymark(['run', 'gate.mjs', '--input', '{"limit":1}', '--json'])).stdout);
  expect(run.status).toBe('failed');
  const { checkpoints } = json((await project.look(['checkpoints', run.executionId, '--json'])).stdout);
  const beforeCheck = checkpoints.find((each: Json) => each.kind === 'exit' && each.nodeId === 'load').id;
  return { id: run.executionId, beforeCheck };
}
