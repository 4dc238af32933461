import { Annotation, interrupt, START, StateGraph } from '@langchain/langgraph';
import { toMermaid } from '../../../src/index.js';
import { observe, WaymarkSaver } from '../../../src/langgraph.js';
import { readFlowchart } from '../../support/mermaid.js';
import { openWaymark } from '../../support/open-waymark.js';

it('tells of a thread of LangGraph what it did, why it waits, and what follows what', async () => {
  const waymark = await openWaymark();
  const State = Annotation.Root({ path: Annotation<string[]>({ reducer: (a, b) => [...a, ...b], default: () => [] }) });
  const note = (name: string) => () => ({ path: [name] });
  const graph = observe(
    new StateGraph(State)
      .addNode('split', note('split'))
      .addNode('left', note('left'))
      .addNode('right', note('right'))
      .addNode('ask', () => ({ path: [interrupt<string, string>('send it?')] }))
      .addEdge(START, 'split')
      .addEdge('split', 'left')
      .addEdge('split', 'right')
      .addEdge(['left', 'right'], 'ask')
      .compile({ checkpointer: new WaymarkSaver(waymark) }),
    waymark,
  );
  await graph.invoke({ path: [] }, { configurable: { thread_id: 't1' } });
  await waymark.flush();
  const [execution] = await waymark.executions.list();
  const id = execution?.id ?? '';
  const { rows } = await waymark.insight.waterfall(id);
  expect(new Set(rows.map(({ nodeId }) => nodeId))).toStrictEqual(new Set(['split', 'left', 'right', 'ask']));
  expect(await waymark.insight.why(id)).toMatchObject([{ kind: 'approval', nodeId: 'ask', remedy: { verb: 'graph' } }]);
  expect((await waymark.insight.slowest(id)).length).toBeGreaterThanOrEqual(3);
  expect((await waymark.insight.criticalPath(id)).steps.length).toBeGreaterThan(0);
  const drawn = await waymark.insight.graph(id);
  expect(drawn.nodes.map(({ id: nodeId }) => nodeId)).toStrictEqual(expect.arrayContaining(['split', 'left', 'right']));
  expect(drawn.edges.map(({ from, to }) => `${from} ${to}`)).toStrictEqual(
    expect.arrayContaining(['split left', 'split right', 'left ask', 'right ask']),
  );
  expect(drawn.nodes.find(({ id: nodeId }) => nodeId === 'ask')?.status).toBe('suspended');
  readFlowchart(toMermaid(drawn));
  await waymark.close();
});
