import { WorkWatch } from '../../../../src/application/execution/waiting/work-limits.js';
import { FakeTime } from '../../../support/fake-time.js';

function watching(limits: { timeoutMs?: number; heartbeatMs?: number }) {
  const time = new FakeTime();
  const abort = new AbortController();
  const watch = new WorkWatch({ clock: time, scheduler: time }, 'fetch', abort);
  const overdue: unknown[] = [];
  void watch.overdue(limits).then((found) => overdue.push({ ...found, error: found.error.code }));
  return { time, abort, watch, overdue };
}

describe('a watch over a node', () => {
  it('tells when the time is up, and tells the work by its signal', async () => {
    const { time, abort, overdue } = watching({ timeoutMs: 1_000 });
    await time.pass(999);
    expect([overdue, abort.signal.aborted]).toStrictEqual([[], false]);
    await time.pass(1);
    expect(overdue).toStrictEqual([{ error: 'WAYMARK_NODE_TIMED_OUT', limitMs: 1_000 }]);
    expect(abort.signal.reason).toMatchObject({ code: 'WAYMARK_NODE_TIMED_OUT', details: { nodeId: 'fetch' } });
    expect(time.pending).toBe(0);
  });

  it('tells when there was no sign of life for too long, counted from the last one', async () => {
    const { time, abort, watch, overdue } = watching({ heartbeatMs: 100 });
    for (let beat = 0; beat < 5; beat += 1) {
      await time.pass(90);
      watch.beat();
    }
    expect([overdue, time.pending]).toStrictEqual([[], 1]);
    await time.pass(99);
    expect(overdue).toStrictEqual([]);
    await time.pass(1);
    expect(overdue).toStrictEqual([{ error: 'WAYMARK_HEARTBEAT_LOST', limitMs: 100 }]);
    expect(abort.signal.reason).toMatchObject({ code: 'WAYMARK_HEARTBEAT_LOST' });
    expect(time.pending).toBe(0);
  });

  it('tells of the limit that is reached first, once', async () => {
    const { time, overdue } = watching({ timeoutMs: 150, heartbeatMs: 100 });
    await time.pass(1_000);
    expect(overdue).toStrictEqual([{ error: 'WAYMARK_HEARTBEAT_LOST', limitMs: 100 }]);
  });

  it.each(['when it is stopped', 'when somebody else aborts the work'])('leaves no timer %s', async (how) => {
    const { time, abort, watch, overdue } = watching({ timeoutMs: 1_000, heartbeatMs: 100 });
    if (how === 'when it is stopped') watch.stop();
    else abort.abort();
    await time.pass(10_000);
    expect([overdue, time.pending]).toStrictEqual([[], 0]);
  });
});
