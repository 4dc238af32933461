import { type CheckpointFiles, defineWorkflow, task, type Waymark } from '../../../../src/index.js';
import { codeOf } from '../../../support/caught.js';
import { type FileScene, fileScene } from '../../../support/file-scene.js';

let scene: FileScene;
let waymark: Waymark;
let id: string;
let links: readonly CheckpointFiles[];

beforeEach(async () => {
  scene = await fileScene();
  ({ waymark } = scene);
  const workflow = defineWorkflow({
    id: 'chain',
    version: '1',
    nodes: { a: task(() => ({ a: 1 })), b: task(() => ({ b: 2 })), c: task(() => ({ c: 3 })) },
    edges: { a: 'b', b: 'c' },
  });
  const run = await waymark.executions.start(workflow);
  await run.result();
  ({ id } = run);
  scene.write({ 'a.txt': 'one' });
  const { id: commitId } = await waymark.files.commitFolder(scene.site);
  const environment = {
    environmentId: 'env',
    specHash: 'ab'.repeat(32),
    spec: { runtime: 'process' },
    installed: [],
  } as const;
  const points = (await waymark.checkpoints.list(id)).map(({ id: checkpointId }) => checkpointId).toSorted();
  links = points.map((checkpointId) => ({
    checkpointId,
    executionId: id,
    workspaceId: 'space',
    commitId,
    environment,
  }));
  const { unitOfWork, checkpointFiles } = scene.store;
  await unitOfWork.run((scope) => checkpointFiles.link(links, scope));
});
afterEach(() => scene.close());

const left = (executionId: string): Promise<readonly CheckpointFiles[]> =>
  scene.store.checkpointFiles.ofExecution(executionId);

describe('the files of checkpoints', () => {
  it('are forgotten with checkpoints that are pruned, in the same transaction', async () => {
    const { unitOfWork } = scene.store;
    unitOfWork.fails = () => true;
    expect(await codeOf(waymark.checkpoints.prune(id, { keepLast: 1 }))).toBe('WAYMARK_STORE_UNAVAILABLE');
    expect(await left(id)).toStrictEqual(links);
    unitOfWork.fails = () => false;
    await waymark.checkpoints.prune(id, { keepLast: 1 });
    const [head] = await waymark.checkpoints.list(id);
    expect((await left(id)).map(({ checkpointId }) => checkpointId)).toStrictEqual([head?.id]);
  });

  it('are forgotten with an execution that is deleted, and the commit can go then', async () => {
    const [{ commitId } = { commitId: null }] = links;
    expect(await codeOf(waymark.files.delete(commitId ?? ''))).toBe('WAYMARK_FILE_COMMIT_LINKED');
    await waymark.checkpoints.delete(id);
    expect(await left(id)).toStrictEqual([]);
    expect(await waymark.files.delete(commitId ?? '')).toMatchObject({ id: commitId });
  });

  it('are copied with an execution, without the workspace: the copy gets one of its own', async () => {
    const { executionId, checkpointIds } = await waymark.checkpoints.copy(id);
    const copies = new Map((await left(executionId)).map((link) => [link.checkpointId, link]));
    expect(copies.size).toBe(links.length);
    for (const link of links) {
      const checkpointId = checkpointIds.get(link.checkpointId) ?? '';
      expect(copies.get(checkpointId)).toStrictEqual({ ...link, checkpointId, executionId, workspaceId: null });
    }
    expect(await left(id)).toStrictEqual(links);
  });

  it('make the id of an execution that had them taken for a copy', async () => {
    const { unitOfWork, checkpointFiles } = scene.store;
    const [link] = links as [CheckpointFiles];
    await unitOfWork.run((scope) =>
      checkpointFiles.link([{ ...link, checkpointId: 'other', executionId: 'other-run' }], scope),
    );
    expect(await codeOf(waymark.checkpoints.copy(id, 'other-run'))).toBe('WAYMARK_EXECUTION_EXISTS');
  });
});
