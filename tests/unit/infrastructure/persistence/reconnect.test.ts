import { retryWhileUnreachable } from '../../../../src/infrastructure/persistence/typeorm/reconnect.js';
import { caught, caughtWaymark } from '../../../support/caught.js';

const refused = (): Error => Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });

/** Waits for nothing, and remembers what it was asked for. */
function patience(timeoutMs: number) {
  const delays: number[] = [];
  const delay = (ms: number): Promise<void> => {
    delays.push(ms);
    return Promise.resolve();
  };
  return { delays, scheduler: { delay }, timeoutMs, store: 'postgres://db/app' };
}

describe('a server that can not be reached', () => {
  it('is tried again, a little later each time, until it can', async () => {
    const given = patience(10_000);
    let tries = 0;
    const attempt = (): Promise<string> => {
      tries += 1;
      return tries < 6 ? Promise.reject(refused()) : Promise.resolve('there');
    };
    expect(await retryWhileUnreachable(attempt, given)).toBe('there');
    expect(given.delays).toStrictEqual([10, 20, 50, 100, 200]);
  });

  it('is given up when the time is over, and not before', async () => {
    const given = patience(1_000);
    const error = await caughtWaymark(retryWhileUnreachable(() => Promise.reject(refused()), given));
    expect(error.code).toBe('WAYMARK_STORE_UNAVAILABLE');
    expect(given.delays.reduce((sum, ms) => sum + ms, 0)).toBe(1_000);
  });

  it('that took all the time to connect to is not waited for once more', async () => {
    const given = patience(1_000);
    const attempt = (): Promise<never> => Promise.reject(new Error('timeout exceeded when trying to connect'));
    expect((await caughtWaymark(retryWhileUnreachable(attempt, given))).code).toBe('WAYMARK_STORE_UNAVAILABLE');
    expect(given.delays).toStrictEqual([]);
  });
});

describe('any other failure', () => {
  it('is thrown at once', async () => {
    const given = patience(1_000);
    const thrown = new Error('a defect');
    expect(await caught(retryWhileUnreachable(() => Promise.reject(thrown), given))).toBe(thrown);
    expect(given.delays).toStrictEqual([]);
  });
});
