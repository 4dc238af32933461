import { approval, createWaymark, defineWorkflow, parallel, renderWaterfall, task, toMermaid } from 'waymark';

const work = (ms: number) => task(() => new Promise<void>((resolve) => setTimeout(resolve, ms)));

/** Builds, tests on two systems at once, and waits for somebody's word. */
export const release = defineWorkflow({
  id: 'release',
  version: '1',
  nodes: {
    build: work(20),
    test: parallel({ branches: { linux: work(60), windows: work(30) } }),
    review: approval({ message: 'Publish it?', approvers: ['user:ada'] }),
    publish: work(1),
  },
  edges: { build: 'test', test: 'review', review: 'publish' },
});

export async function main(print: (line: string) => void): Promise<void> {
  await using waymark = await createWaymark({ storage: 'memory:' });
  const run = await waymark.executions.start(release, {}, { executionId: 'release-7' });
  await run.result();

  // #region why
  for (const { kind, text, nodeId, remedy } of await waymark.insight.why(run.id)) {
    print(`${kind}: ${text} (${nodeId}; ${remedy?.verb})`);
  }
  // #endregion

  // #region path
  const { steps } = await waymark.insight.criticalPath(run.id);
  print(steps.map(({ nodeId }) => nodeId).join(' → '));
  const [slowest] = await waymark.insight.slowest(run.id, 1);
  print(`the slowest node: ${slowest?.nodeId}`);
  // #endregion

  // #region drawings
  const bars = renderWaterfall(await waymark.insight.waterfall(run.id), { width: 80 });
  const flowchart = toMermaid(await waymark.insight.graph(run.id));
  // #endregion
  print(`${bars.split('\n').length} lines of bars`);
  print(flowchart);
}
