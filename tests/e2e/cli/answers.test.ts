import { jest } from '@jest/globals';
import { json } from './support/json.js';
import { makeProject, type Project } from './support/project.js';

// Each test starts programs.
jest.setTimeout(60_000);

/** Waits for an approval, and then for a signal; or for a moment only. */
const ORDER = `
  import { approval, defineWorkflow, signal, task, timer } from 'waymark';

  export const order = defineWorkflow({
    id: 'order',
    version: '1',
    nodes: {
      review: approval({ message: 'Ship it?', approvers: ['user:ada'] }),
      paid: signal({ name: 'paid', into: 'payment' }),
      ship: task(({ state }) => ({ shipped: state.payment })),
    },
    edges: { review: 'paid', paid: 'ship' },
  });
  export const later = defineWorkflow({
    id: 'later',
    version: '1',
    nodes: { wait: timer({ afterMs: 50 }), after: task(() => ({ after: true })) },
    edges: { wait: 'after' },
  });
`;

describe('answering what an execution waits for', () => {
  let project: Project;
  beforeEach(() => {
    project = makeProject();
    project.write('order.mjs', ORDER);
  });
  afterEach(() => project.remove());

  /** Runs an order up to its approval. Returns its id. */
  async function ordered(): Promise<string> {
    const { code, stdout } = await project.waymark(['run', 'order.mjs', '--export', 'order', '--json']);
    const result = json(stdout);
    expect([code, result.status, result.reason]).toStrictEqual([0, 'paused', 'approval']);
    return String(result.executionId);
  }

  it('approves, sends a signal, and sees the execution to its end', async () => {
    const id = await ordered();
    const approved = await project.waymark(['approve', id, '--actor', 'user:ada', '--comment', 'looks good']);
    expect(approved.code).toBe(0);
    expect(approved.stderr).toMatch(/^approved review$/m);
    expect(approved.stdout).toMatch(/^paused execution .*\n {2}waits for a signal\n/);
    const log = await project.look(['log', '--type', 'action.approved', '--json']);
    expect(json(log.stdout)).toMatchObject({
      actor: 'user:ada',
      payload: { actionId: `${id}/review/1`, by: 'user:ada', comment: 'looks good' },
    });
    const signalled = await project.waymark(['signal', id, 'paid', '--payload', '-', '--json'], { input: '[1, 2]' });
    expect(signalled.code).toBe(0);
    expect(json(signalled.stdout)).toMatchObject({ status: 'completed', output: { shipped: [1, 2] } });
  });

  it('rejects, which fails the execution', async () => {
    const id = await ordered();
    const { code, stdout } = await project.waymark(['reject', id, '--actor', 'user:ada', '--reason', 'too dear']);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^failed execution .*\n {2}review failed: review was rejected by user:ada: too dear\n/);
  });

  it('only records an answer with --no-resume, and whoever resumes the execution goes on with it', async () => {
    const id = await ordered();
    const early = await project.look(['signal', id, 'paid', '--payload', '7', '--no-resume']);
    expect([early.code, early.stdout]).toStrictEqual([
      0,
      expect.stringMatching(/^sent paid\n {2}Nothing waits for it yet: it is kept until a node does\.\n/),
    ]);
    const approved = await project.look(['approve', id, '--actor', 'user:ada', '--no-resume', '--json']);
    expect(json(approved.stdout)).toStrictEqual({
      executionId: id,
      nodeId: 'review',
      occurrence: 1,
      outcome: 'recorded',
    });
    const resumed = await project.waymark(['resume', id, '--json']);
    expect(json(resumed.stdout)).toMatchObject({ status: 'completed', output: { shipped: 7 } });
  });

  it('says what is wrong with an answer', async () => {
    const id = await ordered();
    const bob = await project.look(['approve', id, '--actor', 'user:bob', '--no-resume']);
    expect([bob.code, bob.stderr]).toStrictEqual([
      1,
      expect.stringMatching(/^error WAYMARK_NOT_AN_APPROVER: .*\n→ Those who may: user:ada/),
    ]);
    const unnamed = await project.look(['reject', id]);
    expect([unnamed.code, unnamed.stderr]).toStrictEqual([2, expect.stringMatching(/--reason/)]);
    const other = await project.look(['approve', id, '--node', 'ship', '--actor', 'user:ada', '--no-resume']);
    expect(other.stderr).toMatch(/^error WAYMARK_NOTHING_WAITS: .*\n→ What waits: review for approval/);
    const broken = await project.look(['signal', id, 'paid', '--payload', '{', '--no-resume']);
    expect([broken.code, broken.stderr]).toStrictEqual([2, expect.stringMatching(/^error WAYMARK_INVALID_JSON/)]);
  });

  it('needs no answer where time alone is waited for', async () => {
    const { code, stdout } = await project.waymark(['run', 'order.mjs', '--export', 'later', '--json']);
    expect([code, json(stdout).status, json(stdout).output]).toStrictEqual([0, 'completed', { after: true }]);
  });
});
