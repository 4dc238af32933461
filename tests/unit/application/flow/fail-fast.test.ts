import { defineWorkflow, type NodeContext, parallel, task } from '../../../../src/index.js';
import { deferred } from '../../../support/deferred.js';
import { openWaymark } from '../../../support/open-waymark.js';

describe('what was cancelled beside a failure', () => {
  it('is begun again as a new occurrence with a new key, while what failed is tried again as the same one', async () => {
    const waymark = await openWaymark();
    const keys: string[] = [];
    const begun = deferred();
    let isFirst = true;
    const note = ({ idempotencyKey }: NodeContext): boolean => {
      keys.push(idempotencyKey);
      return isFirst;
    };
    const workflow = defineWorkflow({
      id: 'fan',
      version: '1',
      nodes: {
        fan: parallel({
          branches: {
            slow: task((context) => {
              const hangs = note(context);
              begun.resolve();
              return hangs ? new Promise<never>(() => undefined) : {};
            }),
            bad: task(async (context) => {
              const fails = note(context);
              await begun.promise;
              if (fails) throw new Error('bad');
            }),
          },
        }),
      },
      edges: {},
    });
    const run = await waymark.executions.start(workflow);
    expect(await run.result()).toMatchObject({ status: 'failed', nodeId: 'fan/bad' });
    isFirst = false;
    const again = await waymark.executions.retryNode(run.id, { nodeId: 'fan/bad' });
    expect(await again.result()).toMatchObject({ status: 'completed' });
    const of = (place: string): string => `${run.id}/fan/${place}`;
    expect(keys.toSorted((a, b) => a.localeCompare(b))).toStrictEqual([
      of('bad/1'),
      of('bad/1'),
      of('slow/1'),
      of('slow/2'),
    ]);
  });
});
