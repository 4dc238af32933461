import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { approval, defineWorkflow, parallel, subworkflow, task, type Workflow } from '../../../src/index.js';
import { deferred } from '../../support/deferred.js';
import { readTree } from '../../support/file-tree.js';
import { checkpointOf, filesOf, place, WorkspaceScene, writing } from '../../support/workspace-scene.js';

const BEGUN = { 'begun.txt': 'begun' };

/** A workflow whose nodes write a file each, named after them. */
const child = (id: string, nodes: readonly string[]): Workflow =>
  defineWorkflow({
    id,
    version: '1',
    nodes: Object.fromEntries(
      nodes.map((name) => [
        name,
        task((context) => {
          writeFileSync(join(place(context), `${name}.txt`), name);
          return { [name]: true };
        }),
      ]),
    ),
    edges: Object.fromEntries(nodes.slice(1).map((name, index) => [nodes[index] as string, name])),
  });

describe('executions that share a workspace', () => {
  let scene: WorkspaceScene;
  beforeEach(() => {
    scene = new WorkspaceScene(BEGUN);
  });
  afterEach(() => scene.close());

  it('keep its files with the checkpoints of each: a fork of a sub-workflow has what was there', async () => {
    const waymark = await scene.open();
    const nodes = { sub: subworkflow({ workflow: child('child', ['x', 'y']), into: 'sub' }), z: task(() => ({})) };
    const run = await waymark.executions.start(writing(scene.source, { nodes, edges: { sub: 'z' } }));
    await run.result();
    const [inner] = (await waymark.executions.list()).filter(({ parentExecutionId }) => parentExecutionId === run.id);
    const target = await checkpointOf(waymark, inner?.id ?? '', 'x');
    const fork = await waymark.executions.fork(target, { breakpoints: ['y'] });
    await fork.result();
    expect(await filesOf(waymark, fork.id)).toStrictEqual({ ...BEGUN, 'x.txt': 'x' });
    expect(await filesOf(waymark, run.id)).toStrictEqual({ ...BEGUN, 'x.txt': 'x', 'y.txt': 'y' });
  });

  it('leave its files alone when the sub-workflow goes back by itself, and say so before', async () => {
    const waymark = await scene.open();
    const nodes = { sub: subworkflow({ workflow: child('child', ['x', 'y']), into: 'sub' }), ok: approval() };
    const run = await waymark.executions.start(writing(scene.source, { nodes, edges: { sub: 'ok' } }));
    await run.result();
    const [inner] = (await waymark.executions.list()).filter(({ parentExecutionId }) => parentExecutionId === run.id);
    const target = await checkpointOf(waymark, inner?.id ?? '', 'x');
    expect((await waymark.executions.previewRollback(inner?.id ?? '', target)).files).toBeUndefined();
    await waymark.executions.rollback(inner?.id ?? '', target);
    expect(await filesOf(waymark, run.id)).toStrictEqual({ ...BEGUN, 'x.txt': 'x', 'y.txt': 'y' });
  });

  it('find what is done when their process dies, and not what was half done', async () => {
    const [alone, half, gate] = [deferred(), deferred(), deferred()];
    const slow = (wait: () => Promise<void>): Workflow =>
      defineWorkflow({
        id: 'slow',
        version: '1',
        nodes: {
          s: task(async (context) => {
            // A commit has whatever is there when somebody else is done.
            await alone.promise;
            const file = join(place(context), 's.txt');
            const found = existsSync(file) ? 'something' : 'nothing';
            writeFileSync(file, 'half');
            half.resolve();
            await wait();
            writeFileSync(file, `whole; found ${found}`);
            return {};
          }),
        },
        edges: {},
      });
    const both = (wait: () => Promise<void>): Workflow =>
      writing(scene.source, {
        nodes: {
          both: parallel({
            branches: {
              quick: subworkflow({ workflow: child('quick', ['q']), into: 'quick' }),
              slow: subworkflow({ workflow: slow(wait), into: 'slow' }),
            },
          }),
        },
        edges: {},
      });
    const one = await scene.open('one');
    const run = await one.executions.start(both(() => gate.promise));
    run.result().catch(() => undefined);
    // The quick one is done, and its parent has heard of it.
    while ((await one.executions.get(run.id)).completed.length === 0) await new Promise((done) => setImmediate(done));
    alone.resolve();
    await half.promise;
    scene.processes.kill('host/1/-/0/one');
    const two = await scene.open('two');
    const workflow = both(() => Promise.resolve());
    two.executions.register(workflow);
    for (const definition of [child('quick', ['q']), slow(() => Promise.resolve())]) {
      two.executions.register(definition);
    }
    const recovered = await two.executions.recover();
    expect(recovered.map(({ action }) => action)).not.toContain('left');
    for (const recovery of recovered) if (recovery.action !== 'left') await recovery.handle?.result();
    const done = { ...BEGUN, 'q.txt': 'q', 's.txt': 'whole; found nothing' };
    expect(await two.executions.get(run.id)).toMatchObject({ status: 'completed' });
    expect(await filesOf(two, run.id)).toStrictEqual(done);
    expect(readTree(scene.source)).toStrictEqual(BEGUN);
    gate.resolve();
  });
});
