import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Container } from 'inversify';
import {
  approval,
  type EnvironmentMode,
  type NodeContext,
  task,
  TOKENS,
  type Waymark,
  waymarkModule,
  type Workflow,
} from '../../../src/index.js';
import { deferred } from '../../support/deferred.js';
import { FakeEnvironmentProvider, tamper } from '../../support/environment-scene.js';
import { FaultyUnitOfWork } from '../../support/faulty-store.js';
import { readTree } from '../../support/file-tree.js';
import { checkpointOf, place, WorkspaceScene, writing } from '../../support/workspace-scene.js';

const MADE = '{"p":"1.0.0"}';

type Work = (workspace: string) => void | Promise<void>;

/** A workflow whose second node does something to its packages; what all of them see of these is in the state. */
function installing(source: string, mode: EnvironmentMode, work: Work): Workflow {
  const look = (context: Pick<NodeContext, 'workspace' | 'nodeId'>): object => ({
    [context.nodeId]: listIn(place(context)),
  });
  return writing(source, {
    environment: { spec: { runtime: 'node', packages: { p: '1.0.0' } }, mode },
    nodes: {
      a: task(look),
      b: task(async (context) => {
        await work(place(context));
        return look(context);
      }),
      ok: approval(),
      c: task(look),
    },
    edges: { a: 'b', b: 'ok', ok: 'c' },
  });
}

function listIn(workspace: string): string {
  return readFileSync(join(workspace, 'packages', 'list.json'), 'utf8');
}

/** What a package manager does that takes the folder for its own. */
const replace = (workspace: string): void => {
  rmSync(join(workspace, 'packages'), { recursive: true, force: true });
  mkdirSync(join(workspace, 'packages'));
  writeFileSync(join(workspace, 'packages', 'list.json'), '{"theirs":"1.0.0"}');
};

describe('the environment in the workspace of an execution', () => {
  let scene: WorkspaceScene;
  let unitOfWork: FaultyUnitOfWork;
  const opened: Waymark[] = [];
  const open = async (name = 'one'): Promise<Waymark> => {
    const container = new Container();
    container.load(
      waymarkModule({
        storage: `sqlite:${scene.folder.file('waymark.db')}`,
        workspaces: { home: scene.home },
        identity: scene.processes.identity(`host/1/-/0/${name}`),
        closeGraceMs: 1,
      }),
    );
    container.rebind(TOKENS.EnvironmentProviders).toConstantValue([new FakeEnvironmentProvider()]);
    unitOfWork = new FaultyUnitOfWork(await container.getAsync(TOKENS.UnitOfWork));
    container.rebind(TOKENS.UnitOfWork).toConstantValue(unitOfWork);
    const waymark = await container.getAsync(TOKENS.Waymark);
    opened.push(waymark);
    return waymark;
  };
  const workspaceOf = async (waymark: Waymark, executionId: string): Promise<string> =>
    (await waymark.workspaces.ofExecution(executionId))?.path ?? '';
  /** What the last checkpoint has of what nodes saw. */
  const seenBy = async (waymark: Waymark, executionId: string): Promise<unknown> =>
    waymark.checkpoints.state((await waymark.executions.get(executionId)).headCheckpointId);
  const goOn = async (waymark: Waymark, executionId: string): Promise<unknown> =>
    (await waymark.executions.approve(executionId)).run?.result();
  const told = async (waymark: Waymark, executionId: string): Promise<readonly unknown[]> =>
    (await waymark.log.query({ executionId }, { limit: 500 }))
      .map(({ event }) => event)
      .filter(({ type }) => /^environment\.(mismatch|restored)/.test(type))
      .map(({ type, payload }) => [type.replace('environment.', ''), payload]);
  const backups = (): readonly string[] => {
    const folder = join(scene.home, 'backups');
    return existsSync(folder) ? Object.values(readTree(folder)) : [];
  };

  beforeEach(() => {
    scene = new WorkspaceScene();
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((waymark) => waymark.close().catch(() => undefined)));
    await scene.close();
  });

  describe('that is shared', () => {
    it('may be replaced by a node: the next work there finds it again, and what was there is kept', async () => {
      const waymark = await open();
      const run = await waymark.executions.start(installing(scene.source, 'shared', replace));
      expect(await run.result()).toMatchObject({ status: 'paused' });
      const theirs = '{"theirs":"1.0.0"}';
      expect(await seenBy(waymark, run.id)).toMatchObject({ a: MADE, b: theirs });
      await goOn(waymark, run.id);
      expect(await waymark.executions.get(run.id)).toMatchObject({ status: 'completed' });
      expect(await seenBy(waymark, run.id)).toMatchObject({ b: theirs, c: MADE });
      expect(backups()).toStrictEqual([theirs]);
    });

    it('may be replaced before it goes back, and before it fails', async () => {
      const waymark = await open();
      let isBroken = true;
      const work: Work = (workspace) => {
        if (isBroken) replace(workspace);
        if (isBroken) throw new Error('broken');
      };
      const run = await waymark.executions.start(installing(scene.source, 'shared', work));
      expect(await run.result()).toMatchObject({ status: 'failed' });
      await waymark.executions.rollback(run.id, await checkpointOf(waymark, run.id, 'a'));
      isBroken = false;
      await (await waymark.executions.resume(run.id)).result();
      expect(await seenBy(waymark, run.id)).toMatchObject({ a: MADE, b: MADE });
    });

    it('takes the place of what the workspace was filled with', async () => {
      replace(scene.source);
      const waymark = await open();
      const run = await waymark.executions.start(installing(scene.source, 'shared', () => undefined));
      await run.result();
      expect(await seenBy(waymark, run.id)).toMatchObject({ a: MADE });
      expect(listIn(scene.source)).toBe('{"theirs":"1.0.0"}');
    });
  });

  describe('that is copied', () => {
    const alter: Work = (workspace) => tamper(workspace, { q: '2.0.0' });
    const ALTERED = '{"q":"2.0.0"}';

    it('stays as nodes left it when the execution goes on', async () => {
      const waymark = await open();
      const run = await waymark.executions.start(installing(scene.source, 'copied', alter));
      await run.result();
      await goOn(waymark, run.id);
      expect(await seenBy(waymark, run.id)).toMatchObject({ a: MADE, b: ALTERED, c: ALTERED });
      expect(await told(waymark, run.id)).toStrictEqual([]);
    });

    it('is as the checkpoint had it after going back, and the altered one is kept', async () => {
      const waymark = await open();
      const run = await waymark.executions.start(installing(scene.source, 'copied', alter));
      await run.result();
      const checkpointId = await checkpointOf(waymark, run.id, 'a');
      await waymark.executions.rollback(run.id, checkpointId);
      expect(listIn(await workspaceOf(waymark, run.id))).toBe(MADE);
      expect(await told(waymark, run.id)).toMatchObject([
        ['mismatch_detected', { checkpointId, missing: ['p@1.0.0'], unexpected: ['q@2.0.0'] }],
        ['restored', { checkpointId, from: 'lock' }],
      ]);
      expect(backups().filter((text) => text === ALTERED)).toHaveLength(1);
      // One that is the same stays.
      await waymark.executions.rollback(run.id, checkpointId);
      expect(await told(waymark, run.id)).toHaveLength(2);
    });

    it('is as it was when going back is given up', async () => {
      const waymark = await open();
      const run = await waymark.executions.start(installing(scene.source, 'copied', alter));
      await run.result();
      unitOfWork.fails = () => backups().includes(ALTERED);
      const rolling = waymark.executions.rollback(run.id, await checkpointOf(waymark, run.id, 'a'));
      await expect(rolling).rejects.toMatchObject({ code: 'WAYMARK_STORE_UNAVAILABLE' });
      unitOfWork.fails = () => false;
      expect(listIn(await workspaceOf(waymark, run.id))).toBe(ALTERED);
      expect(backups()).not.toContain(ALTERED);
    });

    it('is a fresh one in a fork', async () => {
      const waymark = await open();
      const run = await waymark.executions.start(installing(scene.source, 'copied', alter));
      await run.result();
      const fork = await waymark.executions.fork(await checkpointOf(waymark, run.id, 'b'));
      await fork.result();
      expect(listIn(await workspaceOf(waymark, fork.id))).toBe(MADE);
      expect(listIn(await workspaceOf(waymark, run.id))).toBe(ALTERED);
    });

    it('is a fresh one for whoever takes the execution over', async () => {
      const [begun, gate] = [deferred(), deferred()];
      const workflow = (wait: () => Promise<void>): Workflow =>
        installing(scene.source, 'copied', async (workspace) => {
          await alter(workspace);
          await wait();
        });
      const one = await open('one');
      const run = await one.executions.start(
        workflow(() => {
          begun.resolve();
          return gate.promise;
        }),
      );
      run.result().catch(() => undefined);
      await begun.promise;
      scene.processes.kill('host/1/-/0/one');
      const two = await open('two');
      let found = '';
      two.executions.register(
        installing(scene.source, 'copied', (workspace) => {
          found = listIn(workspace);
        }),
      );
      const [recovery] = await two.executions.recover();
      await (recovery as { readonly handle?: { result(): Promise<unknown> } }).handle?.result();
      expect(found).toBe(MADE);
      expect(await told(two, run.id)).toMatchObject([
        ['mismatch_detected', { missing: ['p@1.0.0'], unexpected: ['q@2.0.0'] }],
        ['restored', {}],
      ]);
      gate.resolve();
    });
  });

  it('that could not be moved out of the way is told', async () => {
    const waymark = await open();
    const run = await waymark.executions.start(installing(scene.source, 'shared', replace));
    await run.result();
    rmSync(join(scene.home, 'backups'), { recursive: true, force: true });
    writeFileSync(join(scene.home, 'backups'), 'in the way');
    await expect(waymark.executions.approve(run.id)).rejects.toMatchObject({
      code: 'WAYMARK_ENVIRONMENT_NOT_ATTACHED',
    });
    rmSync(join(scene.home, 'backups'));
    await goOn(waymark, run.id);
    expect(await waymark.executions.get(run.id)).toMatchObject({ status: 'completed' });
    expect(readdirSync(join(scene.home, 'backups'))).toHaveLength(1);
  });
});
