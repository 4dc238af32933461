import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  approval,
  defineWorkflow,
  type ExecutionHandle,
  subworkflow,
  task,
  type Waymark,
  type Workflow,
} from '../../../src/index.js';
import { readTree, writeTree } from '../../support/file-tree.js';
import { happened } from '../../support/happened.js';
import { checkpointOf, filesOf, gathered, place, WorkspaceScene, writing } from '../../support/workspace-scene.js';

const BEGUN = { 'begun.txt': 'begun', 'cache/x.bin': 'x' };

/** What each node finds is its output; then it writes a file that is named after it. */
const finding = (name: string): ReturnType<typeof task> =>
  task((context) => {
    const found = Object.keys(readTree(place(context)));
    writeFileSync(join(place(context), `${name}.txt`), name);
    return { [name]: found };
  });

describe('executions that get the files of others', () => {
  let scene: WorkspaceScene;
  let waymark: Waymark;
  beforeEach(async () => {
    scene = new WorkspaceScene(BEGUN);
    waymark = await scene.open();
  });
  afterEach(() => scene.close());

  /** The state that an execution ends in, or stops with. */
  const finds = async (handle: ExecutionHandle): Promise<unknown> => {
    await handle.result();
    return waymark.checkpoints.state((await waymark.executions.get(handle.id)).headCheckpointId);
  };

  describe('copies', () => {
    const waiting = (): Workflow =>
      writing(scene.source, {
        workspace: { from: { folder: scene.source }, keep: 'always', ignore: ['cache/'] },
        nodes: { a: finding('a'), ok: approval(), b: finding('b') },
        edges: { a: 'ok', ok: 'b' },
      });

    it('get a workspace of their own when they first go on, in the step that lets them', async () => {
      const run = await waymark.executions.start(waiting());
      await run.result();
      const { executionId: copy } = await waymark.checkpoints.copy(run.id);
      expect(await waymark.workspaces.ofExecution(copy)).toBeUndefined();
      const { types, entries } = await happened(waymark, async () => {
        await (await waymark.executions.approve(copy)).run?.result();
      });
      const made = entries.find(({ event }) => event.type === 'workspace.created');
      expect(made?.event.payload).toMatchObject({ executionId: copy, fileCount: 2 });
      expect(made?.event.payload).not.toHaveProperty('parentWorkspaceId');
      expect(types).not.toContain('workspace.forked');
      const at = types.indexOf('execution.resumed');
      expect(types.slice(at + 1, at + 3)).toStrictEqual(['workspace.created', 'workspace.activated']);
      expect(await filesOf(waymark, copy)).toStrictEqual({ 'begun.txt': 'begun', 'a.txt': 'a', 'b.txt': 'b' });
      expect(await waymark.workspaces.ofExecution(copy)).toMatchObject({ keep: 'always', ignore: ['cache/'] });
      expect(await filesOf(waymark, run.id)).toStrictEqual({ 'begun.txt': 'begun', 'a.txt': 'a' });
      // Its checkpoints are its own from then on: it goes back like any other.
      const target = await checkpointOf(waymark, copy, 'a');
      expect((await waymark.executions.previewRollback(copy, target)).files?.removed).toStrictEqual(['b.txt']);
      await waymark.executions.rollback(copy, target);
      expect(await filesOf(waymark, copy)).toStrictEqual({ 'begun.txt': 'begun', 'a.txt': 'a' });
      await (await waymark.executions.resume(copy)).result();
      expect(await waymark.workspaces.list({ executionId: copy })).toHaveLength(1);
      expect((await waymark.log.verify()).verdict).toBe('ok');
    });

    it('go on with the files of where they were rolled back to, whatever was edited there', async () => {
      const run = await waymark.executions.start(
        writing(scene.source, { nodes: { a: finding('a'), b: finding('b') }, edges: { a: 'b' } }),
      );
      await run.result();
      const { executionId: copy } = await waymark.checkpoints.copy(run.id);
      const target = await checkpointOf(waymark, copy, 'a');
      const done = await waymark.executions.rollback(copy, target, { statePatch: { edited: true } });
      const expected = await waymark.files.ofCheckpoint(target);
      expect(await waymark.files.ofCheckpoint(done.headCheckpointId)).toMatchObject({
        workspaceId: null,
        commitId: expected?.commitId,
      });
      const state = await finds(await waymark.executions.resume(copy));
      expect(state).toMatchObject({ edited: true, b: ['a.txt', 'begun.txt', 'cache/x.bin'] });
      expect(await filesOf(waymark, copy)).toStrictEqual({ ...BEGUN, 'a.txt': 'a', 'b.txt': 'b' });
    });

    it('find their workspace in their compensations too', async () => {
      const seen: unknown[] = [];
      const undo = task({
        run: () => ({ done: true }),
        compensate: ({ workspace }) => {
          seen.push(workspace === undefined ? undefined : Object.keys(readTree(workspace.path)));
        },
      });
      const run = await waymark.executions.start(
        writing(scene.source, { nodes: { a: finding('a'), b: undo }, edges: { a: 'b' } }),
      );
      await run.result();
      const { executionId: copy } = await waymark.checkpoints.copy(run.id);
      await waymark.executions.rollback(copy, await checkpointOf(waymark, copy, 'a'));
      expect(seen).toStrictEqual([['a.txt', 'begun.txt', 'cache/x.bin']]);
      await (await waymark.executions.resume(copy)).result();
      expect(await waymark.workspaces.list({ executionId: copy })).toHaveLength(1);
    });

    it('can be forked before they have gone on', async () => {
      const run = await waymark.executions.start(waiting());
      await run.result();
      const { executionId: copy } = await waymark.checkpoints.copy(run.id);
      const fork = await waymark.executions.fork(await checkpointOf(waymark, copy, 'a'));
      await fork.result();
      expect(await filesOf(waymark, fork.id)).toStrictEqual({ 'begun.txt': 'begun', 'a.txt': 'a' });
      expect(await waymark.workspaces.ofExecution(fork.id)).toMatchObject({ parentWorkspaceId: null });
    });

    it('are restarted with what the original began with, when nothing but their heads is left', async () => {
      const run = await waymark.executions.start(waiting());
      await run.result();
      await waymark.checkpoints.prune(run.id, { keepLast: 1 });
      const { executionId: copy } = await waymark.checkpoints.copy(run.id);
      const early = await waymark.executions.restart(copy);
      expect(await finds(early)).toMatchObject({ a: ['begun.txt'] });
      await (await waymark.executions.approve(copy)).run?.result();
      await waymark.checkpoints.prune(copy, { keepLast: 1 });
      await waymark.checkpoints.delete(run.id).catch(() => undefined);
      expect(await finds(await waymark.executions.restart(copy))).toMatchObject({ a: ['begun.txt'] });
    });
  });

  describe('restarts', () => {
    const two = (more: object = {}): Workflow =>
      writing(scene.source, { nodes: { a: finding('a'), b: finding('b') }, edges: { a: 'b' }, ...more });
    const began = ['begun.txt', 'cache/x.bin'];

    it.each(['always', 'never'] as const)(
      'begin with what the original began with after its checkpoints were pruned, keep %s',
      async (keep) => {
        const run = await waymark.executions.start(two({ workspace: { from: { folder: scene.source }, keep } }));
        await run.result();
        writeTree(scene.source, { 'begun.txt': 'edited since' });
        await waymark.checkpoints.prune(run.id, { keepLast: 1 });
        await waymark.files.gc({ unlinked: true, minAgeMs: 0 });
        const again = await waymark.executions.restart(run.id);
        expect(await finds(again)).toMatchObject({ a: began });
      },
    );

    it('keep the first files of an execution from being deleted', async () => {
      const run = await waymark.executions.start(two({ workspace: { keep: 'never' } }));
      await run.result();
      const [row] = await waymark.workspaces.list({ executionId: run.id });
      expect(row).toMatchObject({ status: 'removed', sourceCommitId: expect.any(String) });
      const commitId = row?.sourceCommitId ?? '';
      expect(await gathered(waymark.files.entries(commitId))).toStrictEqual([]);
      await waymark.checkpoints.prune(run.id, { keepLast: 1 });
      await expect(waymark.files.delete(commitId)).rejects.toMatchObject({ code: 'WAYMARK_FILE_COMMIT_LINKED' });
    });

    it('of a fork, and of a fork of that, begin with what the first one began with', async () => {
      const run = await waymark.executions.start(two());
      await run.result();
      const fork = await waymark.executions.fork(await checkpointOf(waymark, run.id, 'a'));
      await fork.result();
      const second = await waymark.executions.fork(await checkpointOf(waymark, fork.id, 'b'));
      await second.result();
      for (const { id } of [fork, second]) {
        expect(await finds(await waymark.executions.restart(id))).toMatchObject({ a: began });
      }
    });

    it('of a sub-workflow that worked in its parent begin with what it began with, in a copy', async () => {
      const child = defineWorkflow({
        id: 'child',
        version: '1',
        nodes: { x: finding('x'), y: finding('y') },
        edges: { x: 'y' },
      });
      const nodes = { a: finding('a'), sub: subworkflow({ workflow: child }) };
      const run = await waymark.executions.start(two({ nodes, edges: { a: 'sub' } }));
      await run.result();
      const inner = (await waymark.executions.list()).find(({ workflowId }) => workflowId === 'child');
      const again = await waymark.executions.restart(inner?.id ?? '');
      expect(await finds(again)).toMatchObject({ x: ['a.txt', ...began] });
      expect(await filesOf(waymark, again.id)).toStrictEqual({ ...BEGUN, 'a.txt': 'a', 'x.txt': 'x', 'y.txt': 'y' });
      const [own, theirs] = await Promise.all([again.id, run.id].map((id) => waymark.workspaces.ofExecution(id)));
      expect(own?.id).not.toBe(theirs?.id);
      expect(own).toMatchObject({ keep: 'always', executionId: again.id });
      // A fork of it did not begin with what its parent did.
      const fork = await waymark.executions.fork(await checkpointOf(waymark, inner?.id ?? '', 'x'));
      await fork.result();
      expect(await finds(await waymark.executions.restart(fork.id))).toMatchObject({ x: ['a.txt', ...began] });
    });

    it('of a sub-workflow have the environment that its parent gave it', async () => {
      const child = defineWorkflow({
        id: 'child',
        version: '1',
        nodes: { x: task(({ environment }) => ({ stage: environment?.variables['STAGE'] ?? 'none' })) },
        edges: {},
      });
      const environment = { spec: { runtime: 'process', variables: { STAGE: 'test' } } } as const;
      const nodes = { sub: subworkflow({ workflow: child }) };
      await (await waymark.executions.start(two({ nodes, edges: {}, environment }))).result();
      const inner = (await waymark.executions.list()).find(({ workflowId }) => workflowId === 'child');
      expect(await finds(await waymark.executions.restart(inner?.id ?? ''))).toMatchObject({ stage: 'test' });
    });

    it('have the files of one that was started with a workspace which its workflow does not declare', async () => {
      const bare = defineWorkflow({ id: 'bare', version: '1', nodes: { a: finding('a') }, edges: {} });
      const workspace = { from: { folder: scene.source }, keep: 'always' } as const;
      const run = await waymark.executions.start(bare, {}, { workspace });
      await run.result();
      const again = await waymark.executions.restart(run.id);
      expect(await finds(again)).toMatchObject({ a: began });
      expect(readFileSync(join((await waymark.workspaces.ofExecution(again.id))?.path ?? '', 'a.txt'), 'utf8')).toBe(
        'a',
      );
    });
  });
});
