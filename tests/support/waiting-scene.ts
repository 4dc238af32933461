import { approval, defineWorkflow, signal, task, timer, type Waymark } from '../../src/index.js';

/** A workflow that waits in every way there is, and has to be tried again. */
const patient = defineWorkflow({
  id: 'patient',
  version: '1',
  nodes: {
    slow: task({
      timeoutMs: 5,
      retry: { attempts: 2, delayMs: 1 },
      run: ({ attempt }) => (attempt === 1 ? new Promise<never>(() => undefined) : {}),
    }),
    pause: timer({ afterMs: 1 }),
    review: approval({ message: 'Publish it?' }),
    paid: signal({ name: 'paid', into: 'payment' }),
  },
  edges: { slow: 'pause', pause: 'review', review: 'paid' },
});

/** Waits that end as they should, an approval that is refused, and an execution whose time is up. */
export async function waitsAndLimits({ executions }: Waymark): Promise<void> {
  const run = await executions.start(patient);
  await run.result();
  const approved = await executions.approve(run.id, { actor: 'user:ada', comment: 'looks good' });
  await approved.run?.result();
  await (await executions.signal(run.id, 'paid', { amount: 12 })).run?.result();

  const refused = await executions.start(patient);
  await refused.result();
  await (await executions.reject(refused.id, { actor: 'user:ada', reason: 'too early' })).run?.result();

  const late = await executions.start(patient, {}, { timeoutMs: 1 });
  await late.result();
}
