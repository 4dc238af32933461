import { createWaymark, defineWorkflow, task } from 'waymark';
import { DEAL_EVENTS, DealWon } from './deals.js';

const greeting = defineWorkflow<{ name: string; text?: string }>({
  id: 'greeting',
  version: '1',
  nodes: { greet: task(({ state }) => ({ text: `Hello ${state.name}` })) },
  edges: {},
});

/** What Waymark says of itself is in the log first. What you publish is recorded afterwards. */
export async function main(print: (line: string) => void): Promise<void> {
  await using waymark = await createWaymark({ storage: 'memory:' });
  waymark.catalog.register(...DEAL_EVENTS);
  const { bus, log } = waymark;
  bus.subscribe(['execution.started', 'execution.completed', 'deal.*'], ({ type }, { position }) =>
    print(`${type}: ${position === undefined ? 'not in the log yet' : 'in the log'}`),
  );

  const run = await waymark.executions.start(greeting, { name: 'Ada' });
  await run.result();
  bus.publish(new DealWon({ dealId: 'd-1', amount: 100 }));
  await waymark.flush();

  // A reader that must miss nothing follows the log, and remembers the position that it has come to.
  const entries = await log.query({ types: ['deal.won'] });
  print(`in the log: ${entries.map(({ event }) => event.type).join(', ')}`);
}
