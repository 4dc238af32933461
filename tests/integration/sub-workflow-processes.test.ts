import { approval, defineWorkflow, subworkflow, task, type Waymark, type Workflow } from '../../src/index.js';
import { deferred, settle } from '../support/deferred.js';
import { openWaymark } from '../support/open-waymark.js';
import { Processes } from '../support/processes.js';
import { makeTemporaryFolder } from '../support/temporary-folder.js';

const child = (): Workflow =>
  defineWorkflow({
    id: 'child',
    version: '1',
    nodes: { ok: approval(), t: task(() => ({ t: 1 })) },
    edges: { ok: 't' },
  });

const parent = (long: () => unknown = () => ({})): Workflow =>
  defineWorkflow({
    id: 'parent',
    version: '1',
    nodes: { sub: subworkflow({ workflow: child(), into: 'r' }), long: task(long as never), e: task(() => ({ e: 1 })) },
    edges: { sub: 'e', long: 'e' },
  });

async function until(look: () => Promise<boolean>): Promise<void> {
  while (!(await look().catch(() => false))) await settle();
}

const isAt = (waymark: Waymark, id: string, status: string) => async (): Promise<boolean> =>
  (await waymark.executions.get(id)).status === status;

describe('a sub-workflow whose parent another process has', () => {
  let processes: Processes;
  let file: string;
  let remove: () => void;
  let opened: Waymark[];

  const open = async (name: string): Promise<Waymark> => {
    const waymark = await openWaymark({
      storage: `sqlite:${file}`,
      identity: processes.identity(name),
      closeGraceMs: 1,
    });
    opened.push(waymark);
    return waymark;
  };

  beforeEach(() => {
    const folder = makeTemporaryFolder();
    file = folder.file('waymark.db');
    remove = () => folder.remove();
    processes = new Processes();
    opened = [];
  });
  afterEach(async () => {
    await Promise.all(opened.map((waymark) => waymark.close()));
    remove();
  });

  it('is heard of before the parent stands still', async () => {
    const [a, b] = [await open('a'), await open('b')];
    const gate = deferred();
    b.executions.register(parent());
    const run = await a.executions.start(
      parent(() => gate.promise),
      {},
      { executionId: 'p' },
    );
    await until(isAt(a, 'p.sub.1', 'paused'));
    const answered = await b.executions.approve('p.sub.1', { actor: 'user:ada' });
    expect((await answered.run?.result())?.status).toBe('completed');
    gate.resolve();
    expect(await run.result()).toMatchObject({ status: 'completed', output: { e: 1 } });
  });

  it('is found by recover where only the child was known to whoever ended it', async () => {
    const [a, b] = [await open('a'), await open('b')];
    await (await a.executions.start(parent(), {}, { executionId: 'p' })).result();
    b.executions.register(child());
    const answered = await b.executions.approve('p.sub.1', { actor: 'user:ada' });
    await answered.run?.result();
    expect(await b.executions.recover()).toMatchObject([
      { executionId: 'p', action: 'left', error: { code: 'WAYMARK_WORKFLOW_NOT_REGISTERED' } },
    ]);
    const recovered = await a.executions.recover();
    expect(recovered).toMatchObject([{ executionId: 'p', action: 'woken' }]);
    const [found] = recovered;
    expect(found?.action === 'woken' && (await found.handle?.result())).toMatchObject({ status: 'completed' });
    expect(await a.executions.recover()).toStrictEqual([]);
    expect(await a.log.verify()).toMatchObject({ verdict: 'ok' });
  });

  it('that another process cancelled is read back with the reason', async () => {
    const [a, b] = [await open('a'), await open('b')];
    await (await a.executions.start(parent(), {}, { executionId: 'p' })).result();
    await b.executions.cancel('p.sub.1', { reason: 'no budget' });
    const [found] = await a.executions.recover();
    expect(found?.action === 'woken' && (await found.handle?.result())).toMatchObject({
      status: 'failed',
      error: { message: 'sub: its execution p.sub.1 was cancelled: no budget.' },
    });
  });

  it('that failed when the process of its parent died is not run again, until somebody tries the node again', async () => {
    let calls = 0;
    const flaky = (): Workflow => {
      const work = task(() => {
        calls += 1;
        if (calls === 1) throw new Error('once');
        return { calls };
      });
      const workflow = defineWorkflow({
        id: 'flaky',
        version: '1',
        nodes: { ok: approval(), work },
        edges: { ok: 'work' },
      });
      return defineWorkflow({
        id: 'parent',
        version: '1',
        nodes: { sub: subworkflow({ workflow }), long: task(() => new Promise<never>(() => undefined)) },
        edges: { sub: 'long' },
      });
    };
    const [a, b] = [await open('a'), await open('b')];
    const run = await a.executions.start(flaky(), {}, { executionId: 'p' });
    await run.result();
    // Only the child is known here: nobody tells the parent.
    const workflow = flaky().nodes.get('sub') as unknown as { readonly workflow: Workflow };
    b.executions.register(workflow.workflow);
    await (await b.executions.approve('p.sub.1', { actor: 'user:ada' })).run?.result();
    b.executions.register(flaky());
    await b.executions.recover();
    await until(isAt(b, 'p', 'failed'));
    expect(calls).toBe(1);
    const again = await b.executions.retryNode('p', { nodeId: 'sub' });
    again.result().catch(() => undefined);
    await until(isAt(b, 'p.sub.1-2', 'paused'));
  });

  it('is read back where it failed before the run of its parent could record it', async () => {
    let calls = 0;
    const part = (): Workflow => {
      const work = task(() => {
        calls += 1;
        if (calls === 1) return new Promise<never>(() => undefined);
        throw new Error(`no ${calls}`);
      });
      return defineWorkflow({ id: 'part', version: '1', nodes: { work }, edges: {} });
    };
    const whole = (): Workflow =>
      defineWorkflow({ id: 'whole', version: '1', nodes: { sub: subworkflow({ workflow: part() }) }, edges: {} });
    const [a, b] = [await open('a'), await open('b')];
    const run = await a.executions.start(whole(), {}, { executionId: 'p' });
    run.result().catch(() => undefined);
    await until(() => Promise.resolve(calls === 1));
    processes.kill('a');
    b.executions.register(part());
    const [parentLeft, childTaken] = await b.executions.recover();
    expect(parentLeft).toMatchObject({ executionId: 'p', action: 'left' });
    expect(childTaken).toMatchObject({ executionId: 'p.sub.1', action: 'taken-over' });
    await until(isAt(b, 'p.sub.1', 'failed'));
    b.executions.register(whole());
    await b.executions.recover();
    await until(isAt(b, 'p', 'failed'));
    expect((await b.executions.get('p')).error?.cause).toMatchObject({ name: 'Error', message: 'no 2' });
    expect(calls).toBe(2);
    const again = await b.executions.retryNode('p', { nodeId: 'sub' });
    expect(await again.result()).toMatchObject({ status: 'failed', error: { cause: { message: 'no 3' } } });
    const ids = (await b.executions.list({ parentExecutionId: 'p' })).map(({ id }) => id);
    expect(ids.toSorted()).toStrictEqual(['p.sub.1', 'p.sub.1-3']);
  });
});
