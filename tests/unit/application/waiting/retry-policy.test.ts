import { retryAfter } from '../../../../src/application/execution/retry-policy.js';

const error = new Error('x');
const delays = (retry: object, attempts: number): readonly (number | undefined)[] =>
  Array.from({ length: attempts }, (_, index) => retryAfter({ retry: retry as never }, index + 1, error)?.delayMs);

describe('when a try that failed is followed by another', () => {
  it.each([
    ['no policy', undefined, [undefined]],
    ['one attempt in all', { attempts: 1 }, [undefined]],
    ['three attempts at once', { attempts: 3 }, [0, 0, undefined]],
    ['the same delay each time', { attempts: 3, delayMs: 100 }, [100, 100, undefined]],
    ['a delay that grows', { attempts: 5, delayMs: 100, factor: 2 }, [100, 200, 400, 800, undefined]],
    [
      'up to a limit',
      { attempts: 5, delayMs: 100, factor: 10, maxDelayMs: 2_000 },
      [100, 1_000, 2_000, 2_000, undefined],
    ],
    ['a limit below the first delay', { attempts: 2, delayMs: 100, maxDelayMs: 10 }, [10, undefined]],
  ])('%s', (_, retry, expected) => {
    expect(delays(retry as object, expected.length)).toStrictEqual(expected);
  });

  it('waits an hour at most where the policy names no limit, unless its first delay is longer', () => {
    expect(retryAfter({ retry: { attempts: 1_000, delayMs: 1, factor: 10 } }, 900, error)?.delayMs).toBe(3_600_000);
    expect(retryAfter({ retry: { attempts: 3, delayMs: 7_200_000, factor: 2 } }, 2, error)?.delayMs).toBe(7_200_000);
  });

  it('asks the policy whether the error is worth it', () => {
    const retry = { attempts: 3, when: (thrown: unknown) => (thrown as Error).message === 'busy' };
    expect(retryAfter({ retry }, 1, new Error('busy'))).toStrictEqual({ delayMs: 0 });
    expect(retryAfter({ retry }, 1, new Error('gone'))).toBeUndefined();
  });

  it('takes a judge that throws as a no', () => {
    const when = (): boolean => {
      throw new Error('the judge is ill');
    };
    expect(retryAfter({ retry: { attempts: 3, when } }, 1, error)).toBeUndefined();
  });

  it('does not try again what says that it can not be helped', () => {
    const hopeless = Object.assign(new Error('no'), { recoverable: false });
    const helped = Object.assign(new Error('no'), { recoverable: true });
    expect(retryAfter({ retry: { attempts: 3 } }, 1, hopeless)).toBeUndefined();
    expect(retryAfter({ retry: { attempts: 3 } }, 1, helped)).toStrictEqual({ delayMs: 0 });
    expect(retryAfter({ retry: { attempts: 3 } }, 1, 'not even an error')).toStrictEqual({ delayMs: 0 });
  });
});
