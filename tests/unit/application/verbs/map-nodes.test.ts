import {
  approval,
  createWaymark,
  defineWorkflow,
  group,
  loop,
  task,
  type Waymark,
  type Workflow,
  type WorkflowNode,
} from '../../../../src/index.js';
import type { JsonObject } from '../../../../src/domain/shared/json.js';
import { caughtWaymark } from '../../../support/caught.js';
import { makeTemporaryFolder, type TemporaryFolder } from '../../../support/temporary-folder.js';

let folder: TemporaryFolder;
let waymark: Waymark;

/** A workflow of nodes in a row; what a task does is its own to say. */
function row(version: string, nodes: Record<string, WorkflowNode>, over: Record<string, string[]> = {}): Workflow {
  const ids = Object.keys(nodes);
  const edges = Object.fromEntries(ids.slice(0, -1).map((id, index) => [id, [ids[index + 1] ?? '']]));
  return defineWorkflow<JsonObject>({ id: 'w', version, nodes, edges: { ...edges, ...over } });
}

const sets = (key: string): WorkflowNode => task(() => ({ [key]: true }));
const before = row('1', { draft: sets('draft'), ask: approval({}), publish: sets('publish') });

beforeEach(async () => {
  folder = makeTemporaryFolder();
  waymark = await createWaymark({ storage: `sqlite:${folder.file('w.db')}` });
});

afterEach(async () => {
  await waymark.close();
  folder.remove();
});

/** Runs a workflow until it waits, and gives another one of its id instead. */
async function change(from: Workflow, to: Workflow): Promise<string> {
  const handle = await waymark.executions.start(from, {});
  expect((await handle.result()).status).toBe('paused');
  waymark.executions.register(to);
  return handle.id;
}

/** Lets an execution that waits for an approval go on with another definition, and approves it. */
async function goOn(id: string, mapNodes: Record<string, string>): Promise<JsonObject> {
  const resumed = await waymark.executions.resume(id, { mapNodes });
  await resumed.result();
  const { run } = await waymark.executions.approve(id, { actor: 'ada' });
  expect(await run?.result()).toMatchObject({ status: 'completed' });
  const { headCheckpointId } = await waymark.executions.get(id);
  return waymark.checkpoints.state(headCheckpointId);
}

describe('resuming on a definition that has changed', () => {
  const after = row('2', { write: sets('write'), review: approval({}), publish: sets('again'), tell: sets('tell') });

  it('is refused without a mapping, and says how to give one', async () => {
    const id = await change(before, after);
    const error = await caughtWaymark(waymark.executions.resume(id));
    expect(error.code).toBe('WAYMARK_WORKFLOW_CHANGED');
    expect(error.hint).toContain('mapNodes');
  });

  it('goes on by the new ids, and runs nothing again', async () => {
    const id = await change(before, after);
    const state = await goOn(id, { draft: 'write', ask: 'review' });
    expect(state).toMatchObject({ draft: true, again: true, tell: true });
    expect(state).not.toHaveProperty('write');
    const { completed, workflowVersion, workflowHash } = await waymark.executions.get(id);
    expect(completed.map(({ nodeId }) => nodeId)).toStrictEqual(['write', 'review', 'publish', 'tell']);
    expect([workflowVersion, workflowHash]).toStrictEqual(['2', after.graph.hash]);
  });

  it('is told by the log, with the mapping and the version', async () => {
    const id = await change(before, after);
    await goOn(id, { draft: 'write', ask: 'review' });
    const [entry] = await waymark.log.query({ executionId: id, types: ['execution.resumed'] }, { limit: 10 });
    expect(entry?.event.payload).toMatchObject({
      mapNodes: [
        { from: 'draft', to: 'write' },
        { from: 'ask', to: 'review' },
      ],
      workflowVersion: '2',
    });
    expect(await waymark.log.verify()).toMatchObject({ verdict: 'ok' });
  });

  it('goes on where every node keeps its id', async () => {
    const same = row('2', { draft: sets('x'), ask: approval({}), extra: sets('extra'), publish: sets('publish') });
    expect(await goOn(await change(before, same), {})).toMatchObject({ draft: true, extra: true, publish: true });
  });

  it('renames what is within others, loops and their passes too', async () => {
    const body = (first: string, wait: string) => ({
      nodes: { [first]: sets(first), [wait]: approval({}) },
      edges: { [first]: wait },
    });
    const from = row('1', {
      refine: loop({ body: body('draft', 'ask'), until: 'true', maxIterations: 3 }),
      g: group({ nodes: { a: sets('a') }, edges: {} }),
    });
    const to = row('2', {
      improve: loop({ body: body('write', 'review'), until: 'true', maxIterations: 3 }),
      g: group({ nodes: { a: sets('a') }, edges: {} }),
    });
    const id = await change(from, to);
    const names = { refine: 'improve', 'refine/draft': 'improve/write', 'refine/ask': 'improve/review' };
    expect(await goOn(id, names)).toMatchObject({ draft: true, a: true });
  });

  it.each<[string, Workflow, Record<string, string>, RegExp]>([
    ['a node is left out of the mapping', after, { draft: 'write' }, /it has no node ask/],
    ['a node has gone', row('2', { ask: approval({}), publish: sets('p') }), {}, /it has no node draft/],
    [
      'what waits is something else',
      row('2', { draft: sets('d'), ask: sets('x'), publish: sets('p') }),
      {},
      /ask waits \(approval\)/,
    ],
    [
      'something new comes before it',
      row('2', { draft: sets('d'), fresh: sets('f'), ask: approval({}), publish: sets('p') }),
      {},
      /ask goes on, and comes after fresh, which is not done/,
    ],
    [
      'something new beside it would wait for ever',
      row(
        '2',
        { draft: sets('d'), ask: approval({}), publish: sets('p'), beside: sets('b') },
        { draft: ['ask', 'beside'], publish: [] },
      ),
      {},
      /beside would never be reached/,
    ],
  ])('is refused where %s', async (_what, to, names, problem) => {
    const id = await change(before, to);
    const error = await caughtWaymark(waymark.executions.resume(id, { mapNodes: names }));
    expect(error.code).toBe('WAYMARK_WORKFLOW_CHANGED');
    expect(error.message).toMatch(problem);
    expect((await waymark.executions.get(id)).workflowVersion).toBe('1');
  });

  it.each<[Record<string, string>, RegExp]>([
    [{ draft: 'nowhere' }, /w has no such node/],
    [{ draft: 'write', ask: 'write' }, /another one becomes that too/],
    [{ 'draft/x': 'write' }, /stays as far within others/],
  ])('refuses the mapping %j', async (names, problem) => {
    const id = await change(before, after);
    const error = await caughtWaymark(waymark.executions.resume(id, { mapNodes: names }));
    expect(error.code).toBe('WAYMARK_INVALID_ARGUMENT');
    expect(error.message).toMatch(problem);
  });

  it('does not go on from a checkpoint of before the mapping, until that is mapped too', async () => {
    const id = await change(before, after);
    const first = (await waymark.checkpoints.tree(id)).checkpoints.find(({ position }) =>
      position.nextNodeIds.includes('ask'),
    );
    await goOn(id, { draft: 'write', ask: 'review' });
    await waymark.executions.rollback(id, first?.id ?? '', { reason: 'once more' });
    expect((await caughtWaymark(waymark.executions.resume(id))).code).toBe('WAYMARK_WORKFLOW_CHANGED');
    expect((await caughtWaymark(waymark.executions.fork(first?.id ?? ''))).code).toBe('WAYMARK_WORKFLOW_CHANGED');
    expect(await goOn(id, { draft: 'write', ask: 'review' })).toMatchObject({ again: true });
  });
});
