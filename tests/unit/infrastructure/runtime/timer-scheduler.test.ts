import { timerScheduler } from '../../../../src/infrastructure/runtime/timer-scheduler.js';

/** The timers that keep this process alive. */
const holding = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;

describe('the machine as a scheduler', () => {
  it('keeps the process alive for as long as somebody waits, but not for an idle wait', async () => {
    const stop = new AbortController();
    const before = holding();
    const idle = timerScheduler.delay(60_000, stop.signal, { idle: true });
    expect(holding()).toBe(before);
    const wait = timerScheduler.delay(60_000, stop.signal);
    expect(holding()).toBe(before + 1);
    stop.abort(new Error('enough'));
    await expect(idle).rejects.toThrow('enough');
    await expect(wait).rejects.toThrow('enough');
    expect(holding()).toBe(before);
  });
});
