import { createWaymark, defineWorkflow, task } from 'waymark';

const payment = defineWorkflow<{ amount: number; limit: number; receipt?: string }>({
  id: 'payment',
  version: '1',
  nodes: {
    check: task(({ state }) => {
      if (state.amount > state.limit) throw new Error(`${state.amount} is over the limit of ${state.limit}`);
    }),
    pay: task(({ state, idempotencyKey }) => ({ receipt: `${state.amount} paid (${idempotencyKey})` })),
  },
  edges: { check: 'pay' },
});

await using waymark = await createWaymark({ storage: 'sqlite:./waymark.db' });
const run = await waymark.executions.start(payment, { amount: 120, limit: 100 }, { actor: 'user:ada' });
const result = await run.result();
if (result.status === 'failed') {
  const repair = { statePatch: { limit: 150 }, reason: 'approved by phone', actor: 'user:grace' };
  await waymark.executions.rollback(run.id, result.checkpointId, repair);
  console.log(await (await waymark.executions.resume(run.id, { actor: 'user:grace' })).result());
}
console.log((await waymark.log.verify()).verdict);
