import { happened, payloadOf } from '../../support/happened.js';
import { openWaymark } from '../../support/open-waymark.js';
import { chain, gated } from '../../support/workflows.js';

describe('failure', () => {
  it('is a result, told by the node and by the execution, and leaves a checkpoint before the node', async () => {
    const waymark = await openWaymark();
    const { result, types, entries } = await happened(waymark, async () =>
      (await waymark.executions.start(gated, { limit: 'narrow' })).result(),
    );
    expect(result).toMatchObject({
      status: 'failed',
      nodeId: 'b',
      error: { name: 'TypeError', message: 'too strict' },
    });
    expect(types.slice(-5)).toStrictEqual([
      'node.started',
      'checkpoint.node_boundary_recorded',
      'node.failed',
      'checkpoint.created',
      'execution.failed',
    ]);
    expect(payloadOf(entries, 'node.failed')).toMatchObject({ recoverable: false });
    expect(entries.at(-1)).toMatchObject({ severity: 'error', outcome: 'failure' });
    if (result.status !== 'failed') throw new Error(result.status);
    expect(await waymark.checkpoints.get(result.checkpointId)).toMatchObject({ kind: 'error', nodeId: 'b' });
    expect(await waymark.executions.get(result.executionId)).toMatchObject({
      status: 'failed',
      error: { name: 'TypeError' },
    });
  });

  it.each<[string, () => unknown]>([
    ['a Date', () => ({ at: new Date() })],
    ['a list', () => [1]],
    ['a number', () => 5],
    ['false', () => false],
    [
      'a cycle',
      () => {
        const cycle: Record<string, unknown> = {};
        cycle['self'] = cycle;
        return cycle;
      },
    ],
  ])('is also what a node returns that can not be part of the state: %s', async (_, b) => {
    const waymark = await openWaymark();
    const result = await (await waymark.executions.start(chain({ b }))).result();
    expect(result).toMatchObject({ status: 'failed', nodeId: 'b', error: { code: 'WAYMARK_NOT_JSON' } });
  });

  it.each<[string, unknown]>([
    ['a string', 'just words'],
    ['nothing', undefined],
    ['an error whose message is an object', Object.assign(new Error('x'), { message: { code: 1 } })],
    ['an error with a cause', new Error('outer', { cause: new Error('inner') })],
  ])('may be %s that was thrown', async (_, thrown) => {
    const waymark = await openWaymark();
    const b = (): never => {
      throw thrown;
    };
    const run = await waymark.executions.start(chain({ b }));
    expect((await run.result()).status).toBe('failed');
    expect((await waymark.executions.get(run.id)).status).toBe('failed');
  });
});
