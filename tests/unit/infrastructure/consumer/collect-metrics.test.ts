import promClient from 'prom-client';
import { z } from 'zod';
import { collectMetrics, type CollectMetricsOptions } from '../../../../src/consumers.js';
import { defineEvent, ExecutionCompleted, NodeCancelled, NodeCompleted, NodeTimedOut } from '../../../../src/index.js';
import { makeBus } from '../../../support/bus.js';
import { caughtWaymark, codeOf } from '../../../support/caught.js';
import { deal, DealWon } from '../../../support/deals.js';
import { deferred, settle } from '../../../support/deferred.js';
import { openWaymark } from '../../../support/open-waymark.js';
import { chain, gated } from '../../../support/workflows.js';

const { Counter, Registry } = promClient;

const node = { executionId: 'e-1', nodeId: 'pay', occurrence: 1, attempt: 1 };

/** A registry whose text can be asked for single samples: `waymark_events_total{type="deal.won"}`. */
class Samples extends Registry {
  /** Every sample: its name with its labels in the order of the alphabet, and its value. */
  async read(): Promise<ReadonlyMap<string, number>> {
    const lines = (await this.metrics()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    return new Map(
      lines.map((line) => {
        const [, name = '', labels = '', value = ''] = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
        const sorted = labels.split(',').toSorted().join(',');
        return [sorted === '' ? name : `${name}{${sorted}}`, Number(value)] as const;
      }),
    );
  }

  /** The samples of a name, by their labels. */
  async of(name: string): Promise<Readonly<Record<string, number>>> {
    const samples = [...(await this.read())].filter(([sample]) => sample.split('{')[0] === name);
    return Object.fromEntries(samples.map(([sample, value]) => [sample.slice(name.length), value]));
  }
}

/** A bus whose events are counted. */
async function counted(options: CollectMetricsOptions = {}) {
  const bus = makeBus();
  const registry = new Samples();
  const metrics = await collectMetrics(bus, { registry, ...options });
  return { bus, registry, metrics };
}

describe('metrics of events', () => {
  it('count them by type, severity and outcome', async () => {
    const { bus, registry } = await counted();
    bus.publish(deal());
    bus.publish(deal());
    bus.publish(new DealWon({ dealId: 'd-1' }));
    expect(await registry.of('waymark_events_total')).toStrictEqual({
      '{outcome="none",severity="info",type="deal.created"}': 2,
      '{outcome="success",severity="warning",type="deal.won"}': 1,
    });
  });

  it('have an end, however many types there are', async () => {
    const { bus, registry } = await counted();
    for (let index = 0; index < 510; index += 1) {
      const Type = defineEvent(`plugin_${index}.loaded`, {
        version: 1,
        severity: 'info',
        category: 'operations',
        emitter: 'host',
        description: 'A plug-in was loaded.',
        message: () => 'loaded',
        payload: z.object({}),
      });
      bus.publish(new Type({}));
    }
    const samples = await registry.of('waymark_events_total');
    expect(Object.keys(samples)).toHaveLength(501);
    expect(samples['{outcome="none",severity="info",type="other"}']).toBe(10);
  });
});

describe('metrics of executions', () => {
  it('tell how many run, how they end and how long they take', async () => {
    const registry = new Samples();
    await using waymark = await openWaymark();
    await collectMetrics(waymark.bus, { registry });
    const running: unknown[] = [];
    const watch = async (): Promise<void> => void running.push(await registry.of('waymark_executions_running'));
    const run = await waymark.executions.start(chain({ b: watch }), {});
    await run.result();
    await (await waymark.executions.start(gated, {})).result();

    expect(running).toStrictEqual([{ '': 1 }]);
    expect(await registry.of('waymark_executions_running')).toStrictEqual({ '': 0 });
    expect(await registry.of('waymark_executions_total')).toStrictEqual({
      '{outcome="completed"}': 1,
      '{outcome="failed"}': 1,
    });
    expect(await registry.of('waymark_execution_duration_seconds_count')).toStrictEqual({
      '{outcome="completed"}': 1,
      '{outcome="failed"}': 1,
    });
    expect(await registry.of('waymark_node_duration_seconds_count')).toStrictEqual({
      '{outcome="completed"}': 4,
      '{outcome="failed"}': 1,
    });
  });

  it('do not miscount one that began before, or one that is paused and resumed', async () => {
    const registry = new Samples();
    await using waymark = await openWaymark();
    await collectMetrics(waymark.bus, { registry });
    waymark.bus.publish(
      new ExecutionCompleted({
        executionId: 'earlier',
        workflowId: 'w',
        output: {},
        durationMs: 1,
        nodesExecuted: 1,
        checkpointsCreated: 1,
      }),
    );
    expect(await registry.of('waymark_executions_running')).toStrictEqual({ '': 0 });
    const run = await waymark.executions.start(chain(), {}, { breakpoints: ['b'] });
    await run.result();
    expect(await registry.of('waymark_executions_running')).toStrictEqual({ '': 0 });
    await (await waymark.executions.resume(run.id)).result();
    expect(await registry.of('waymark_executions_running')).toStrictEqual({ '': 0 });
    expect(await registry.of('waymark_executions_total')).toStrictEqual({ '{outcome="completed"}': 2 });
  });

  it('are in seconds, in buckets of choice', async () => {
    const { bus, registry } = await counted({ buckets: [0.5, 2] });
    bus.publish(new NodeCompleted({ ...node, durationMs: 250 }));
    bus.publish(new NodeCompleted({ ...node, durationMs: 1_500 }));
    bus.publish(new NodeCancelled({ ...node, durationMs: 4_000, reason: 'enough' }));
    bus.publish(new NodeTimedOut({ ...node, limitMs: 1_000 }));
    expect(await registry.of('waymark_node_duration_seconds_sum')).toStrictEqual({
      '{outcome="completed"}': 1.75,
      '{outcome="cancelled"}': 4,
      '{outcome="timed_out"}': 1,
    });
    expect(await registry.of('waymark_node_duration_seconds_bucket')).toMatchObject({
      '{le="0.5",outcome="completed"}': 1,
      '{le="2",outcome="completed"}': 2,
      '{le="+Inf",outcome="completed"}': 2,
    });
  });

  it('name no node and no execution, unless nodes are asked for', async () => {
    const quiet = await counted();
    quiet.bus.publish(new NodeCompleted({ ...node, durationMs: 250 }));
    expect(await quiet.registry.metrics()).not.toMatch(/pay|e-1/);

    const { bus, registry } = await counted({ nodeLabel: true });
    bus.publish(new NodeCompleted({ ...node, durationMs: 250 }));
    expect(await registry.of('waymark_node_duration_seconds_count')).toStrictEqual({
      '{node="pay",outcome="completed"}': 1,
    });
    expect(await registry.metrics()).not.toContain('e-1');
  });
});

describe('metrics of the bus', () => {
  it('tell how it stands whenever they are asked for', async () => {
    const { bus, registry } = await counted();
    const gate = deferred();
    bus.subscribe('deal.created', () => gate.promise, { mode: 'async', name: 'slow' });
    bus.subscribe(
      'deal.won',
      () => {
        throw new Error('no');
      },
      { name: 'broken' },
    );
    bus.publish(deal());
    bus.publish(deal());
    bus.publish(deal());
    await settle();
    expect(await registry.of('waymark_bus_queue_depth')).toStrictEqual({ '{handler="slow"}': 2 });
    expect(await registry.of('waymark_bus_subscriptions')).toStrictEqual({ '': 3 });

    gate.resolve();
    bus.publish(new DealWon({ dealId: 'd-1' }));
    await bus.settled();
    const { published, delivered, failed, deadLettered } = bus.metrics();
    const samples = await registry.read();
    expect(samples.get('waymark_bus_queue_depth{handler="slow"}')).toBe(0);
    expect(samples.get('waymark_bus_published_total')).toBe(published);
    expect(samples.get('waymark_bus_delivered_total')).toBe(delivered);
    expect(samples.get('waymark_bus_handler_failures_total')).toBe(failed);
    expect(samples.get('waymark_bus_dead_letters_total')).toBe(deadLettered);
    expect(samples.get('waymark_bus_dropped_total')).toBe(0);
    expect([failed, deadLettered]).toStrictEqual([1, 1]);
    // Asked twice, a counter that is read must not add up.
    expect((await registry.read()).get('waymark_bus_published_total')).toBe(published);
  });
});

describe('a registry', () => {
  it("is prom-client's own when none is given", async () => {
    using metrics = await collectMetrics(makeBus());
    expect(metrics.registry).toBe(promClient.register);
    expect(await metrics.registry.metrics()).toContain('# TYPE waymark_executions_running gauge');
  });

  it('keeps what is not ours when it stops, and counts no more', async () => {
    const { bus, registry, metrics } = await counted();
    new Counter({ name: 'orders_total', help: 'Orders.', registers: [registry] });
    metrics.stop();
    metrics.stop();
    expect(registry.getMetricsAsArray().map(({ name }) => name)).toStrictEqual(['orders_total']);
    expect(bus.subscriptions()).toStrictEqual([]);
    await collectMetrics(bus, { registry });
    metrics.stop();
    expect(await registry.metrics()).toContain('waymark_events_total');
  });

  it('takes the metrics of one bus under one prefix', async () => {
    const { bus, registry } = await counted();
    const error = await caughtWaymark(collectMetrics(makeBus(), { registry }));
    expect(error).toMatchObject({
      code: 'WAYMARK_CONSUMER_FAILED',
      message: 'The registry has a metric waymark_events_total already.',
      hint: expect.stringContaining('prefix'),
    });
    const orders = makeBus();
    await collectMetrics(orders, { registry, prefix: 'orders_' });
    orders.publish(deal());
    bus.publish(deal());
    bus.publish(deal());
    const samples = await registry.read();
    expect([samples.get('orders_bus_published_total'), samples.get('waymark_bus_published_total')]).toStrictEqual([
      1, 2,
    ]);
  });

  it('of OpenMetrics adds the end of a counter by itself', async () => {
    const registry = new Registry();
    registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE as never);
    const bus = makeBus();
    await collectMetrics(bus, { registry });
    bus.publish(deal());
    const text = await registry.metrics();
    expect(text).toContain('# TYPE waymark_bus_published counter\nwaymark_bus_published_total 1\n');
    expect(text).not.toContain('total_total');
  });

  it('is left as it was when the bus is closed', async () => {
    const bus = makeBus();
    const registry = new Registry();
    await bus.close();
    expect(await codeOf(collectMetrics(bus, { registry }))).toBe('WAYMARK_BUS_CLOSED');
    expect(registry.getMetricsAsArray()).toStrictEqual([]);
  });
});

describe('collecting metrics refuses', () => {
  it.each([
    ['an option that there is not', { labels: {} }],
    ['a prefix that is no name', { prefix: 'way-mark' }],
    ['no buckets', { buckets: [] }],
    ['buckets out of order', { buckets: [1, 0.5] }],
    ['a bucket of nothing', { buckets: [0, 1] }],
    ['words for buckets', { buckets: ['1'] }],
    ['a node label that is neither yes nor no', { nodeLabel: 'all' }],
  ])('%s', async (_, options) => {
    const given = options as CollectMetricsOptions;
    expect(await codeOf(collectMetrics(makeBus(), given))).toBe('WAYMARK_INVALID_ARGUMENT');
  });
});
