import { approval, type NodeContext, task, type Workflow } from '../../../src/index.js';
import { checkpointOf, WorkspaceScene, writing } from '../../support/workspace-scene.js';

/** A workflow that keeps what it sees of its environment in the state. */
function looking(source: string, variables: Readonly<Record<string, string>>): Workflow {
  const look = ({ environment, nodeId }: Pick<NodeContext, 'environment' | 'nodeId'>): object => ({
    [nodeId]: environment?.variables['STAGE'] ?? 'none',
  });
  return writing(source, {
    environment: { spec: { runtime: 'process', variables } },
    nodes: { a: task(look), ok: approval(), b: task(look) },
    edges: { a: 'ok', ok: 'b' },
  });
}

describe('an execution with an environment', () => {
  let scene: WorkspaceScene;
  beforeEach(() => {
    scene = new WorkspaceScene();
  });
  afterEach(() => scene.close());

  it('gives it to the work of its nodes, and records it with each checkpoint', async () => {
    const waymark = await scene.open();
    const run = await waymark.executions.start(looking(scene.source, { STAGE: 'one' }));
    await run.result();
    const link = await waymark.files.ofCheckpoint(await checkpointOf(waymark, run.id, 'a'));
    expect(link?.environment).toMatchObject({ spec: { runtime: 'process', variables: { STAGE: 'one' } } });
    expect(link?.environment?.specHash).toMatch(/^[0-9a-f]{64}$/);
    expect(await waymark.checkpoints.state(await checkpointOf(waymark, run.id, 'a'))).toStrictEqual({ a: 'one' });
  });

  it('is named by its workspace, so that a change of it tells whom that concerns', async () => {
    const waymark = await scene.open();
    const run = await waymark.executions.start(looking(scene.source, { STAGE: 'one' }));
    await run.result();
    const link = await waymark.files.ofCheckpoint(await checkpointOf(waymark, run.id, 'a'));
    expect(link?.environment?.environmentId).toMatch(/^env-/);
    expect(await waymark.workspaces.ofExecution(run.id)).toMatchObject({
      environmentId: link?.environment?.environmentId,
    });
  });

  it('has it again in another process, whatever is declared by then', async () => {
    const one = await scene.open('one');
    const run = await one.executions.start(looking(scene.source, { STAGE: 'one' }));
    await run.result();
    await one.close();
    const two = await scene.open('two');
    two.executions.register(looking(scene.source, { STAGE: 'two' }));
    await (await two.executions.approve(run.id)).run?.result();
    expect(await two.checkpoints.state((await two.executions.get(run.id)).headCheckpointId)).toMatchObject({
      a: 'one',
      b: 'one',
    });
  });

  it('has in a fork what the checkpoint had, and in a restart what is declared now', async () => {
    const waymark = await scene.open();
    const run = await waymark.executions.start(looking(scene.source, { STAGE: 'one' }));
    await run.result();
    waymark.executions.register(looking(scene.source, { STAGE: 'two' }));
    const fork = await waymark.executions.fork(await checkpointOf(waymark, run.id, 'a'));
    await fork.result();
    await (await waymark.executions.approve(fork.id)).run?.result();
    expect((await waymark.executions.get(fork.id)).output).toMatchObject({ b: 'one' });
    const again = await waymark.executions.restart(run.id, {
      environment: { spec: { runtime: 'process', variables: { STAGE: 'three' } } },
    });
    await again.result();
    expect(await waymark.checkpoints.state(await checkpointOf(waymark, again.id, 'a'))).toStrictEqual({ a: 'three' });
  });

  it('may have none though its workflow declares one', async () => {
    const waymark = await scene.open();
    const workflow = looking(scene.source, { STAGE: 'one' });
    const run = await waymark.executions.start(workflow, {}, { environment: false, workspace: false });
    await run.result();
    expect(await waymark.files.ofCheckpoint(await checkpointOf(waymark, run.id, 'a'))).toBeUndefined();
    expect(await waymark.checkpoints.state(await checkpointOf(waymark, run.id, 'a'))).toStrictEqual({ a: 'none' });
  });
});
