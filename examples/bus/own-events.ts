import { createWaymark, defineWorkflow, type OverflowPolicy, task } from 'waymark';
import { setImmediate } from 'node:timers/promises';

const greeting = defineWorkflow<{ name: string; text?: string }>({
  id: 'greeting',
  version: '1',
  nodes: { greet: task(({ state }) => ({ text: `Hello ${state.name}` })) },
  edges: {},
});

/** A queue of one, and a workflow whose events have happened already. */
export async function main(print: (line: string) => void): Promise<void> {
  for (const policy of ['error', 'backpressure'] as const) await show(policy, print);
}

async function show(overflow: OverflowPolicy, print: (line: string) => void): Promise<void> {
  await using waymark = await createWaymark({ storage: 'memory:' });
  let handled = 0;
  waymark.bus.subscribe(
    ['execution.*', 'node.*'],
    async () => {
      await setImmediate();
      handled += 1;
    },
    { mode: 'async', name: 'slow', queueSize: 1, overflow },
  );

  const run = await waymark.executions.start(greeting, { name: 'Ada' });
  const { status } = await run.result();
  await waymark.bus.settled();
  const recorded = await waymark.log.query({ types: ['execution.*', 'node.*'] });
  const missing = recorded.length - handled;
  print(`${overflow}: ${status}, ${recorded.length} in the log, ${missing > 0 ? 'some' : 'none'} left out`);
}
