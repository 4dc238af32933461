import { defineWorkflow, task, type Waymark } from '../../src/index.js';
import { checkpointId } from './happened.js';

/** A run that is named, started anew, and rolled back over nodes of which one can't be compensated. */
export async function verbsScene(waymark: Waymark): Promise<void> {
  const { executions } = waymark;
  const trip = defineWorkflow({
    id: 'trip',
    version: '1',
    nodes: {
      flight: task({ run: () => ({ flight: 'booked' }), compensate: () => undefined }),
      hotel: task({
        run: () => ({ hotel: 'booked' }),
        compensate: () => {
          throw new Error('the hotel is closed');
        },
      }),
      pay: task(() => {
        throw new Error('no money');
      }),
    },
    edges: { flight: 'hotel', hotel: 'pay' },
  });
  const run = await executions.start(trip);
  await run.result();
  await executions.label(run.id, 'the one without money', { actor: 'user:ada' });
  await (await executions.restart(run.id, { reason: 'to see it again' })).result();
  const begin = await checkpointId(waymark, run.id, 'auto');
  await executions.rollback(run.id, begin, { reason: 'too dear', onCompensationFailure: 'continue' });
}
