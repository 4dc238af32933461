import { Command, interrupt, START, StateGraph } from '@langchain/langgraph';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createWaymark, type Waymark } from '../../src/index.js';
import { observe, WaymarkSaver } from '../../src/langgraph.js';
import { entriesOf, told } from '../support/told.js';
import { State, thread } from '../support/path-graph.js';

const RUNS = 20;

describe.each(['memory:', 'sqlite:'])('the log of an observed graph whose checkpoints are kept in %s', (kind) => {
  let directory: string;
  let waymark: Waymark;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'waymark-order-'));
    waymark = await createWaymark({ storage: kind === 'sqlite:' ? `sqlite:${join(directory, 'log.db')}` : kind });
  });
  afterEach(async () => {
    await waymark.close();
    await rm(directory, { recursive: true, force: true });
  });

  /** Writes, then asks. */
  const asking = () =>
    observe(
      new StateGraph(State)
        .addNode('write', () => ({ path: ['written'] }))
        .addNode('ask', () => ({ path: [interrupt<string, string>('send it?')] }))
        .addEdge(START, 'write')
        .addEdge('write', 'ask')
        .compile({ checkpointer: new WaymarkSaver(waymark) }),
      waymark,
    );

  /** What of each run comes before its first checkpoint. */
  const beforeCheckpoints = async (executionId: string): Promise<readonly string[]> => {
    const first = new Map<string, string>();
    for (const { event } of await entriesOf(waymark, executionId)) {
      const run = String(event.context.correlationId);
      if (/^(execution|checkpoint)/.test(event.type) && !first.has(run)) first.set(run, event.type);
    }
    return [...first.values()];
  };

  it('has the beginning of each run before the checkpoints of the run', async () => {
    const graph = asking();
    const names = Array.from({ length: RUNS }, (_, n) => `in-a-row-${n}`);
    for (const name of names) {
      await graph.invoke({ path: [] }, thread(name));
      await graph.invoke(new Command({ resume: 'yes' }), thread(name));
      await graph.invoke({ path: ['again'] }, thread(name));
    }
    for (const name of names) {
      const begun = ['execution.started', 'execution.resumed', 'execution.started'];
      expect([name, ...(await beforeCheckpoints(name))]).toStrictEqual([name, ...begun]);
    }
  });

  it('has it for runs that are made at once', async () => {
    const graph = asking();
    const names = Array.from({ length: RUNS }, (_, n) => `at-once-${n}`);
    await Promise.all(names.map((name) => graph.invoke({ path: [] }, thread(name))));
    for (const name of names) expect(await beforeCheckpoints(name)).toStrictEqual(['execution.started']);
  });

  it('has a node that was completed before the checkpoint that holds its result', async () => {
    const graph = asking();
    for (let n = 0; n < RUNS; n += 1) {
      await graph.invoke({ path: [] }, thread(`result-${n}`));
      const entries = await entriesOf(waymark, `result-${n}`);
      const exit = entries.find(({ event }) => event.type === 'checkpoint.node_boundary_recorded');
      const { checkpointId } = (exit?.event.payload ?? {}) as { checkpointId?: string };
      expect(checkpointId).toBeDefined();
      const created = entries.findIndex(
        ({ event }) =>
          event.type === 'checkpoint.created' &&
          (event.payload as { checkpointId: string }).checkpointId === checkpointId,
      );
      const completed = entries.findIndex(({ event }) => event.type === 'node.completed');
      expect(completed).toBeGreaterThan(-1);
      expect(created).toBeGreaterThan(completed);
    }
  });

  it('has the beginning first where a command begins a thread', async () => {
    const graph = asking();
    for (let n = 0; n < RUNS; n += 1) {
      await graph.invoke(new Command({ update: { path: ['begun'] }, goto: 'write' }), thread(`command-${n}`));
      expect(await beforeCheckpoints(`command-${n}`)).toStrictEqual(['execution.started']);
    }
  });

  it('has it first where a run goes back', async () => {
    const graph = asking();
    for (let n = 0; n < RUNS; n += 1) {
      const name = `back-${n}`;
      await graph.invoke({ path: [] }, thread(name));
      const [first] = await waymark.checkpoints.list(name);
      await graph.invoke(null, thread(name, { checkpoint_id: first?.id }));
      expect(await beforeCheckpoints(name)).toStrictEqual(['execution.started', 'checkpoint.rollback_requested']);
    }
  });

  it('says which checkpoint holds the result of a node that was done beside ones that asked, however often', async () => {
    const graph = observe(
      new StateGraph(State)
        .addNode('fast', () => ({ path: ['fast'] }))
        .addNode('ask', () => ({ path: [interrupt<string, string>('a?'), interrupt<string, string>('b?')] }))
        .addEdge(START, 'fast')
        .addEdge(START, 'ask')
        .compile({ checkpointer: new WaymarkSaver(waymark) }),
      waymark,
    );
    await graph.invoke({ path: [] }, thread('beside'));
    await graph.invoke(new Command({ resume: 'a' }), thread('beside'));
    expect((await told(waymark, 'beside')).filter((line) => line.startsWith('exit'))).toStrictEqual([]);
    await graph.invoke(new Command({ resume: 'b' }), thread('beside'));
    const lines = await told(waymark, 'beside');
    expect(lines.filter((line) => line.startsWith('exit'))).toStrictEqual(['exit of fast', 'exit of ask']);
    expect(lines.filter((line) => line.startsWith('graph.superstep_started'))).toHaveLength(3);
    expect(lines.filter((line) => line.startsWith('graph.superstep_completed'))).toHaveLength(1);
    const exits = (await entriesOf(waymark, 'beside')).filter(
      ({ event }) => event.type === 'checkpoint.node_boundary_recorded',
    );
    const [head] = (await waymark.checkpoints.list('beside')).toReversed();
    for (const { event } of exits) expect(event.payload).toMatchObject({ checkpointId: head?.id, occurrence: 1 });
  });
});
