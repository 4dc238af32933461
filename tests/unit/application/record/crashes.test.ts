import type { Waymark } from '../../../../src/index.js';
import { FaultyStore, storeBroken } from '../../../support/faulty-store.js';
import { openWaymark } from '../../../support/open-waymark.js';
import { Processes } from '../../../support/processes.js';

/** What every run of the program does, from its beginning. What is durable is noted in `kept`. */
async function program(waymark: Waymark, kept: string[]): Promise<void> {
  const run = await waymark.recorder.execution({ workflow: 'w', executionId: 'x', resume: true });
  const note = (name: string, isDone: boolean): void => {
    if (isDone) kept.push(name);
  };
  const once = async (name: string, work: Promise<boolean>): Promise<void> => note(name, await work);
  const node = async (id: string, key?: string): Promise<boolean> => {
    let isDone = false;
    await run.node(
      id,
      () => {
        isDone = true;
        return { [key ?? id]: 'done' };
      },
      key === undefined ? {} : { key },
    );
    return isDone;
  };
  await once('a', node('a'));
  await run.checkpoint({ ...run.state, marked: true }, { label: 'mark' });
  for (const pass of [1, 2]) await once(`b${pass}`, node('b'));
  await Promise.all(['c1', 'c2'].map((key) => once(key, node('c', key))));
  await run.complete();
}

it('goes on after a crash in any of its transactions: what is durable is neither lost nor done again', async () => {
  let crashAt = 0;
  for (let outcome = 'died'; outcome === 'died';) {
    crashAt += 1;
    const store = new FaultyStore();
    const processes = new Processes();
    const kept: string[] = [];
    const dying = await openWaymark({ identity: processes.identity('host/1') }, store);
    const first = store.unitOfWork.begun;
    store.unitOfWork.error = storeBroken;
    store.unitOfWork.fails = (transaction) => transaction >= first + crashAt;
    outcome = await program(dying, kept).then(
      () => 'completed',
      () => 'died',
    );
    store.unitOfWork.fails = () => false;
    processes.kill('host/1');
    const alive = await openWaymark({ identity: processes.identity('host/2') }, store);
    await program(alive, kept);
    expect({ crashAt, kept: kept.toSorted() }).toStrictEqual({ crashAt, kept: ['a', 'b1', 'b2', 'c1', 'c2'] });
    const { status, output, nodesExecuted } = await alive.executions.get('x');
    expect({ status, nodesExecuted }).toStrictEqual({ status: 'completed', nodesExecuted: 5 });
    expect(output).toStrictEqual({ a: 'done', marked: true, b: 'done', c1: 'done', c2: 'done' });
    const { checkpoints } = await alive.checkpoints.tree('x');
    expect(checkpoints.filter(({ label }) => label === 'mark')).toHaveLength(1);
    expect(checkpoints.filter(({ kind }) => kind === 'exit')).toHaveLength(5);
    expect(await alive.log.verify()).toMatchObject({ verdict: 'ok' });
    await alive.close();
  }
  expect(crashAt).toBeGreaterThan(10);
});
