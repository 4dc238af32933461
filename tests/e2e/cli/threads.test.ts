import { Annotation, Command, interrupt, START, StateGraph } from '@langchain/langgraph';
import { WaymarkSaver } from '../../../src/langgraph.js';
import { makeTemporaryFolder, type TemporaryFolder } from '../../support/temporary-folder.js';
import { call } from './support/in-process.js';
import { json } from './support/json.js';

const thread = { configurable: { thread_id: 'order-17' } };

const graphOn = (checkpointer: WaymarkSaver) =>
  new StateGraph(Annotation.Root({ amount: Annotation<number>, decision: Annotation<string> }))
    .addNode('round', ({ amount }) => ({ amount: Math.round(amount) }))
    .addNode('approve', ({ amount }) => ({ decision: interrupt<string, string>(`Pay ${amount}?`) }))
    .addEdge(START, 'round')
    .addEdge('round', 'approve')
    .compile({ checkpointer });

describe('a thread of a graph, on the command line', () => {
  let folder: TemporaryFolder;
  let store: string;
  beforeEach(async () => {
    folder = makeTemporaryFolder();
    store = `sqlite:${folder.file('waymark.db')}`;
    await using saver = await WaymarkSaver.open(store);
    await graphOn(saver).invoke({ amount: 4.2 }, thread);
  });
  afterEach(() => folder.remove());

  const waymark = (...args: string[]) => call([...args, '--store', store]);
  const look = async (...args: string[]) => json((await waymark(...args, '--json')).stdout);
  const stateOf = async (threadId: string) => {
    await using saver = await WaymarkSaver.open(store);
    const { next, values } = await graphOn(saver).getState({ configurable: { thread_id: threadId } });
    return { next, values: values as unknown };
  };
  const before = async (nodeId: string): Promise<string> => {
    const { checkpoints } = await look('checkpoints', 'order-17');
    return (checkpoints as { id: string; position: { nextNodeIds: string[] } }[]).findLast(({ position }) =>
      position.nextNodeIds.includes(nodeId),
    )!.id;
  };

  it('is listed and shown as what is known of it', async () => {
    expect(await look('executions')).toMatchObject([{ id: 'order-17', workflowId: 'langgraph', status: 'paused' }]);
    const { code, stdout } = await waymark('show', 'order-17', '--state');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^execution order-17\n {2}status +paused \(approval\), before approve\n/);
    expect(stdout).toContain('"amount": 4');
    expect(stdout).not.toContain('waymark resume');
    expect((await waymark('checkpoints', 'order-17')).stdout).toContain('← head');
  });

  it('is put back without a workflow file, and goes on with its graph', async () => {
    const to = await before('round');
    const how = ['--to', to, '--reason', 'a typo', '--actor', 'user:ada'];
    const { code, stdout } = await waymark('rollback', 'order-17', ...how, '--set', 'amount=7.4');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^rolled back to checkpoint .*, over 1 node: round\n {2}It is paused on branch rollback-1/);
    expect(stdout).not.toContain('waymark resume');
    expect(await stateOf('order-17')).toStrictEqual({ next: ['round'], values: { amount: 7.4 } });
    const requested = await look('log', '--execution', 'order-17', '--type', 'checkpoint.rollback_requested');
    expect(requested).toMatchObject({ payload: { reason: 'a typo' }, actor: 'user:ada' });
    const refused = await waymark('rollback', 'order-17', ...how, '--resume');
    expect([refused.code, refused.stderr]).toStrictEqual([2, expect.stringContaining('its graph lets it go on')]);
    expect((await waymark('resume', 'order-17')).stderr).toContain('graph.invoke(null');
  });

  it('is forked, and a node of it is run again', async () => {
    const fork = await waymark('fork', await before('approve'), '--reason', 'what if', '--patch', '{"amount":9}');
    expect([fork.code, fork.stdout]).toStrictEqual([
      0,
      expect.stringMatching(/^paused execution .*\n.*before approve/),
    ]);
    expect(fork.stdout).not.toContain('waymark resume');
    const rerun = await waymark('rerun', 'order-17', 'round', '--occurrence', '1', '--set', 'amount=8.6', '--json');
    const { executionId, status } = json(rerun.stdout);
    expect([rerun.code, status]).toStrictEqual([0, 'paused']);
    expect(await stateOf(executionId)).toStrictEqual({ next: ['round'], values: { amount: 8.6 } });
    const none = await waymark('rerun', 'order-17', 'round', '--occurrence', '2');
    expect([none.code, none.stderr]).toStrictEqual([1, expect.stringContaining('Known are round (1)')]);
    await using saver = await WaymarkSaver.open(store);
    const other = { configurable: { thread_id: String(executionId) } };
    await graphOn(saver).invoke(null, other);
    expect(await graphOn(saver).invoke(new Command({ resume: 'yes' }), other)).toStrictEqual({
      amount: 9,
      decision: 'yes',
    });
  });
});
