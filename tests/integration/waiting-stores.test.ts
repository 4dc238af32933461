import { approval, defineWorkflow, signal, task, timer } from '../../src/index.js';
import { settle } from '../support/deferred.js';
import { FakeTime } from '../support/fake-time.js';
import { Processes } from '../support/processes.js';
import { UNOPENED_STORES } from '../support/stores.js';
import { openTimed, payloadsOf } from '../support/waiting.js';

const HOUR = 3_600_000;

/** What waits in every way that there is, one after another. */
const patient = defineWorkflow({
  id: 'patient',
  version: '1',
  nodes: {
    flaky: task({
      retry: { attempts: 2, delayMs: HOUR },
      run: ({ attempt }) => {
        if (attempt === 1) throw new Error('busy');
        return { attempt };
      },
    }),
    pause: timer({ afterMs: HOUR }),
    review: approval({
      approvers: ['user:ada'],
      expiresAfterMs: HOUR,
      onExpiry: 'escalate',
      escalateTo: ['user:head'],
    }),
    paid: signal({ name: 'paid', into: 'payment', timeoutMs: HOUR }),
    ship: task(({ state }) => ({ shipped: state['payment'] ?? null })),
  },
  edges: { flaky: 'pause', pause: 'review', review: 'paid', paid: 'ship' },
});

describe.each(UNOPENED_STORES)('an execution that waits, %s', (_, makeStore) => {
  it('goes on in another process each time, and nothing of its waits is lost', async () => {
    const { store, remove } = await makeStore();
    await store.open();
    const processes = new Processes();
    let time = new FakeTime();
    let instances = 0;
    /** Another process over the same store: the one before is gone, and its timers with it. */
    const next = async () => {
      processes.kill(`host/${instances}`);
      instances += 1;
      time = new FakeTime(time.now());
      const { waymark } = await openTimed({ identity: processes.identity(`host/${instances}`) }, store, time);
      waymark.executions.register(patient);
      return waymark;
    };

    const first = await next();
    const { id } = await first.executions.start(patient, {}, { timeoutMs: 100 * HOUR });
    await settled(() => first.executions.get(id), 'timer');
    await first.executions.signal(id, 'paid', ['early']);

    const second = await next();
    await time.pass(HOUR);
    expect(await second.executions.recover()).toMatchObject([{ executionId: id, action: 'woken' }]);
    await settled(() => second.executions.get(id), 'timer');

    const third = await next();
    await third.executions.recover();
    await time.pass(HOUR);
    await settled(() => third.executions.get(id), 'approval');

    const fourth = await next();
    await fourth.executions.recover();
    await time.pass(HOUR);
    await settled(
      () => fourth.executions.get(id),
      'approval',
      (at) => at.dueAt === '2026-01-05T04:00:00.000Z',
    );

    const fifth = await next();
    expect(await fifth.executions.get(id)).toMatchObject({
      timeoutMs: 100 * HOUR,
      signals: [{ name: 'paid', value: ['early'] }],
      suspended: [{ nodeId: 'review', details: { approvers: ['user:ada'], escalatedTo: ['user:head'] } }],
    });
    const { run } = await fifth.executions.approve(id, { actor: 'user:head' });
    expect(await run?.result()).toMatchObject({ status: 'completed', output: { shipped: ['early'] } });
    expect(await payloadsOf(fifth, 'action.approved')).toHaveLength(1);
    expect(await fifth.log.verify()).toMatchObject({ verdict: 'ok' });
    await store.close();
    await remove?.();
  });
});

/** Waits until an execution stands still, for a reason. */
async function settled<At extends { readonly status: string; readonly pauseReason: string | null }>(
  look: () => Promise<At>,
  reason: string,
  holds: (at: At) => boolean = () => true,
): Promise<void> {
  for (;;) {
    const at = await look();
    if (at.status === 'paused' && at.pauseReason === reason && holds(at)) return;
    await settle();
  }
}
