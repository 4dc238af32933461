import { WakeTimer } from '../../../../src/application/execution/waiting/wake-timer.js';
import { FakeTime } from '../../../support/fake-time.js';

const HOUR = 3_600_000;

function timer() {
  const time = new FakeTime();
  const woken: number[] = [];
  const begun = time.now();
  const wake = new WakeTimer({ clock: time, scheduler: time }, () => void woken.push(time.now() - begun));
  return { time, woken, wake, at: (ms: number) => begun + ms };
}

describe('a wake timer', () => {
  it('wakes once, at its moment, and stands still then', async () => {
    const { time, woken, wake, at } = timer();
    wake.set(at(1_000));
    await time.pass(999);
    expect(woken).toStrictEqual([]);
    await time.pass(1);
    expect(woken).toStrictEqual([1_000]);
    expect(time.pending).toBe(0);
  });

  it('wakes at once for a moment that has passed', async () => {
    const { time, woken, wake, at } = timer();
    await time.pass(5);
    wake.set(at(1));
    await time.pass(0);
    expect(woken).toStrictEqual([5]);
  });

  it('has one timer however often it is set, and none when it is stopped', async () => {
    const { time, woken, wake, at } = timer();
    for (const ms of [5_000, 1_000, 3_000, 3_000]) wake.set(at(ms));
    expect(time.due).toStrictEqual([3_000]);
    wake.stop();
    await time.pass(10_000);
    expect(woken).toStrictEqual([]);
    expect(time.pending).toBe(0);
  });

  it('can be set anew by what it wakes', async () => {
    const { time, woken, wake, at } = timer();
    wake.set(at(10));
    await time.pass(10);
    wake.set(at(20));
    await time.pass(10);
    expect(woken).toStrictEqual([10, 20]);
  });

  // Timers of more than 24 days fire at once, and the wall clock may be set while somebody sleeps.
  it('sleeps an hour at a stretch at most', async () => {
    const { time, woken, wake, at } = timer();
    wake.set(at(60 * 24 * HOUR));
    expect(time.due).toStrictEqual([HOUR]);
    await time.pass(60 * 24 * HOUR - 1);
    expect(woken).toStrictEqual([]);
    await time.pass(1);
    expect(woken).toStrictEqual([60 * 24 * HOUR]);
  });

  it('keeps the process alive unless it is idle', () => {
    const { time, wake, at } = timer();
    wake.set(at(1_000));
    expect(time.holding).toBe(1);
    wake.set(at(1_000), true);
    expect([time.pending, time.holding]).toStrictEqual([1, 0]);
  });
});
