import {
  type CompensationContext,
  defineWorkflow,
  group,
  loop,
  map,
  task,
  type Waymark,
  type Workflow,
} from '../../../../src/index.js';
import { caughtWaymark } from '../../../support/caught.js';
import { checkpointId } from '../../../support/happened.js';
import { openWaymark } from '../../../support/open-waymark.js';
import { UNOPENED_STORES } from '../../../support/stores.js';

interface Town {
  readonly regions: readonly { readonly name: string; readonly towns: readonly string[] }[];
}

/** Every region has a list of towns of its own, which share their indices. */
function tour(undone: unknown[]): Workflow {
  const compensate = ({
    nodeId,
    occurrence,
    state,
    item,
    index,
    output,
  }: CompensationContext<Readonly<Record<string, unknown>>>): void => {
    const { region, town, hotel } = state as { readonly region: { readonly name: string } } & Record<string, unknown>;
    undone.push({ node: `${nodeId}/${occurrence}`, region: region.name, town, hotel, item, index, output });
  };
  return defineWorkflow({
    id: 'tour',
    version: '1',
    nodes: {
      regions: map<Town>({
        over: 'regions',
        as: 'region',
        into: 'toured',
        each: map({
          over: ({ state }) => (state['region'] as Town['regions'][number]).towns,
          as: 'town',
          into: 'booked',
          each: {
            nodes: {
              // It returns nothing: no change of the state tells which item it was.
              look: task({ run: () => undefined, compensate }),
              hotel: task({ run: ({ item }) => ({ hotel: `of ${item as string}` }), compensate }),
            },
            edges: { look: 'hotel' },
          },
        }),
      }),
    },
    edges: {},
  });
}

async function ran(waymark: Waymark, workflow: Workflow): Promise<string> {
  const run = await waymark.executions.start(workflow, {
    regions: [
      { name: 'north', towns: ['A', 'B'] },
      { name: 'south', towns: ['C', 'D'] },
    ],
  });
  expect(await run.result()).toMatchObject({ status: 'completed' });
  return run.id;
}

describe.each(UNOPENED_STORES)('a compensation within maps, with executions %s', (_, make) => {
  it('sees its item, and what the nodes of that returned, in whatever process it runs', async () => {
    const { store, remove } = await make();
    const undone: { readonly node: string; readonly town: string; readonly region: string }[] = [];
    const first = await openWaymark({}, store);
    const id = await ran(first, tour([]));
    const { completed } = await first.executions.get(id);
    const second = await openWaymark({}, store);
    second.executions.register(tour(undone));
    await second.executions.rollback(id, await checkpointId(second, id, 'auto'));
    expect(undone).toHaveLength(8);
    for (const [town, region, index] of [
      ['A', 'north', 0],
      ['B', 'north', 1],
      ['C', 'south', 0],
      ['D', 'south', 1],
    ] as const) {
      expect(undone.filter((node) => node.town === town)).toStrictEqual([
        {
          node: expect.stringMatching(/hotel/),
          region,
          town,
          hotel: `of ${town}`,
          item: town,
          index,
          output: { hotel: `of ${town}` },
        },
        { node: expect.stringMatching(/look/), region, town, hotel: undefined, item: town, index, output: {} },
      ]);
    }
    // The latest first, and each as the occurrence that it was.
    const compensable = completed.filter(({ at }) => at !== undefined);
    expect(undone.map(({ node }) => node)).toStrictEqual(
      compensable.map(({ nodeId, occurrence }) => `${nodeId}/${occurrence}`).toReversed(),
    );
    await second.close();
    await first.close();
    await remove?.();
  });
});

describe('a compensation', () => {
  it('knows the pass of its loop, and keeps its item when its node has a group around it', async () => {
    const waymark = await openWaymark();
    const undone: unknown[] = [];
    const compensate = ({ iteration, item, state }: CompensationContext): void =>
      void undone.push([iteration, item, state['n']]);
    const workflow = defineWorkflow<{ items: readonly number[] }>({
      id: 'passes',
      version: '1',
      nodes: {
        each: map<{ items: readonly number[] }>({
          over: 'items',
          into: 'out',
          concurrency: 1,
          each: loop({
            body: group({
              nodes: { work: task({ run: ({ iteration }) => ({ n: iteration ?? 0 }), compensate }) },
              edges: {},
            }),
            until: ({ state }) => state['n'] === 2,
            maxIterations: 3,
          }),
        }),
        bad: task(() => {
          throw new Error('no');
        }),
      },
      edges: { each: 'bad' },
      onFailure: 'compensate',
    });
    await (await waymark.executions.start(workflow, { items: [7, 8] })).result();
    expect(undone).toStrictEqual([
      [2, 8, 2],
      [1, 8, 1],
      [2, 7, 2],
      [1, 7, 1],
    ]);
  });

  it('that a definition got later is not run without knowing its item: the rollback says so', async () => {
    const mapped = (compensate?: () => void): Workflow =>
      defineWorkflow({
        id: 'later',
        version: compensate === undefined ? '1' : '2',
        nodes: {
          each: map({
            over: 'items',
            into: 'out',
            each: task({ run: () => ({}), ...(compensate === undefined ? {} : { compensate }) }),
          }),
          end: task(() => ({})),
        },
        edges: { each: 'end' },
      });
    const waymark = await openWaymark();
    const run = await waymark.executions.start(mapped(), { items: [1] }, { breakpoints: ['end'] });
    await run.result();
    let wasRun = false;
    waymark.executions.register(mapped(() => void (wasRun = true)));
    await (await waymark.executions.resume(run.id, { mapNodes: {} })).result();
    const error = await caughtWaymark(waymark.executions.rollback(run.id, await checkpointId(waymark, run.id, 'auto')));
    expect(error).toMatchObject({ code: 'WAYMARK_COMPENSATION_FAILED', message: expect.stringContaining('item') });
    expect(wasRun).toBe(false);
  });
});
