import { decision, defineWorkflow, expr, map, type MapOptions, task, type Workflow } from '../../../../src/index.js';
import type { JsonObject } from '../../../../src/domain/shared/json.js';
import { checkpointId } from '../../../support/happened.js';
import { openWaymark } from '../../../support/open-waymark.js';

const twice = task(({ item }) => ({ twice: Number(item) * 2 }));

function mapped(options: Partial<MapOptions<JsonObject, JsonObject>> = {}): Workflow {
  return defineWorkflow({
    id: 'mapped',
    version: '1',
    nodes: { m: map({ over: 'list', into: 'out', each: twice, concurrency: 1, ...options }) },
    edges: {},
  });
}

describe('the output of an execution that ends with a map', () => {
  it('is the list in the state, also where the last node of an item is skipped or gives nothing', async () => {
    const waymark = await openWaymark();
    const each = {
      nodes: { a: twice, ask: decision({ choose: () => [] }), last: task(() => ({ last: true })) },
      edges: { a: 'ask', ask: 'last' },
    };
    const run = await waymark.executions.start(mapped({ each }), { list: [1, 2] });
    expect(await run.result()).toMatchObject({ output: { out: [{ twice: 2 }, { twice: 4 }] } });
    const { headCheckpointId, output } = await waymark.executions.get(run.id);
    const state = (await waymark.checkpoints.state(headCheckpointId)) as JsonObject;
    expect(output).toStrictEqual({ out: state['out'] });
  });

  it('is the list in the state, also where a map within it ends with nothing', async () => {
    const waymark = await openWaymark();
    const inner = map({ over: () => [], into: 'inner', each: twice });
    const each = { nodes: { a: twice, inner }, edges: { a: 'inner' } };
    const run = await waymark.executions.start(mapped({ each }), { list: [1] });
    expect(await run.result()).toMatchObject({ output: { out: [{ twice: 2, inner: [] }] } });
  });
});

describe('the list of a map', () => {
  it.each([
    [{ into: 'list' }, 'the into of the node "m" must not be its over'],
    [{ over: expr('state.list'), into: 'list' }, 'the into of the node "m" must not be its over'],
    [{ as: 'list' }, 'the as of the node "m" must not be its over'],
    [{ as: 'out' }, 'the as of the node "m" must not be its into'],
  ])('has a key of its own: %p is refused', (options, problem) => {
    expect(() => mapped(options)).toThrow(problem);
  });

  it('must not change while the map is open: with another number of items the map fails, and says what to do', async () => {
    const waymark = await openWaymark();
    const run = await waymark.executions.start(mapped(), { list: [1, 2, 3] }, { breakpoints: ['m/body'] });
    await run.result();
    const resumed = await waymark.executions.resume(run.id, { statePatch: { list: [1, 2] }, breakpoints: [] });
    expect(await resumed.result()).toMatchObject({
      status: 'failed',
      nodeId: 'm/body',
      error: { code: 'WAYMARK_LIST_CHANGED', message: 'The list of m has 2 items, and had 3 when it began.' },
    });
    await waymark.executions.rollback(run.id, await checkpointId(waymark, run.id, 'error', 'm/body'));
    const again = await waymark.executions.resume(run.id, { statePatch: { list: [1, 2, 3] } });
    expect(await again.result()).toMatchObject({ output: { out: [{ twice: 2 }, { twice: 4 }, { twice: 6 }] } });
  });
});
