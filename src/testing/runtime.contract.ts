import assert from 'node:assert/strict';
import type { ProcessIdentity } from '../application/execution/process-identity.port.js';
import type { Clock, Scheduler } from '../domain/shared/clock.js';
import type { IdGenerator } from '../domain/shared/id-generator.js';
import { identifierProblem } from '../domain/shared/identifiers.js';
import { rejectsWithSame } from './expectations.js';
import type { TestHarness } from './harness.js';

/**
 * The contract of {@link ProcessIdentity}, as tests.
 *
 * @param makeIdentity makes another one each time, all of this process
 */
export function processIdentityContract(harness: TestHarness, makeIdentity: () => ProcessIdentity): void {
  harness.describe('ProcessIdentity', () => {
    harness.it('has a name of its own, which can be an identifier', async () => {
      const [one, other] = [makeIdentity(), makeIdentity()];
      assert.equal(identifierProblem(one.self), undefined);
      assert.notEqual(one.self, other.self);
    });

    harness.it('is there until it is closed, for itself and for others, and gone after that', async () => {
      const [one, other] = [makeIdentity(), makeIdentity()];
      assert.deepEqual([one.isGone(one.self), other.isGone(one.self)], [false, false]);
      one.close();
      one.close();
      assert.deepEqual([other.isGone(one.self), one.isGone(other.self)], [true, false]);
    });

    harness.it('takes nobody for gone of whom it knows nothing', async () => {
      const identity = makeIdentity();
      for (const owner of ['', 'somebody', 'another-host/1/2/0/instance', '///', '__proto__']) {
        assert.equal(identity.isGone(owner), false);
      }
    });
  });
}

/** The contract of {@link Clock}, as tests. */
export function clockContract(harness: TestHarness, makeClock: () => Clock): void {
  harness.describe('Clock', () => {
    harness.it('tells a time that there is, in milliseconds', async () => {
      assert.ok(!Number.isNaN(new Date(makeClock().now()).getTime()));
    });

    harness.it('has a monotonic time that never goes back', async () => {
      const clock = makeClock();
      const times = Array.from({ length: 1_000 }, () => clock.monotonic());
      for (const [index, time] of times.entries()) assert.ok(index === 0 || time >= (times[index - 1] as number));
    });
  });
}

/** The contract of {@link IdGenerator}, as tests. */
export function idGeneratorContract(harness: TestHarness, makeIds: () => IdGenerator): void {
  harness.describe('IdGenerator', () => {
    harness.it('gives identifiers, and none twice', async () => {
      const ids = makeIds();
      const given = Array.from({ length: 5_000 }, () => ids.next());
      assert.equal(new Set(given).size, given.length);
      for (const id of given) assert.equal(identifierProblem(id), undefined);
    });
  });
}

/** The contract of {@link Scheduler}, as tests. */
export function schedulerContract(harness: TestHarness, makeScheduler: () => Scheduler): void {
  harness.describe('Scheduler', () => {
    harness.it('rejects with the reason of a signal as soon as it aborts', async () => {
      const controller = new AbortController();
      const wait = makeScheduler().delay(1_000_000, controller.signal);
      const reason = new Error('no longer wanted');
      controller.abort(reason);
      await rejectsWithSame(reason, wait);
    });

    harness.it('rejects at once for a signal that has aborted', async () => {
      const reason = new Error('never wanted');
      await rejectsWithSame(reason, makeScheduler().delay(1_000_000, AbortSignal.abort(reason)));
    });
  });
}
