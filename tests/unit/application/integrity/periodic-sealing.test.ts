import { LogForkedError } from '../../../../src/application/audit/integrity/integrity.errors.js';
import { PeriodicSealing, type SealingRhythm } from '../../../../src/application/audit/integrity/periodic-sealing.js';
import type { Sealing } from '../../../../src/application/audit/integrity/sealer.js';
import { deferred, settle } from '../../../support/deferred.js';
import { ManualScheduler } from '../../../support/manual-scheduler.js';

/** Sealing of a log that grows when the test says so. */
class Rhythm {
  readonly scheduler = new ManualScheduler();
  readonly sealed: number[] = [];
  readonly errors: unknown[] = [];
  size = 0;
  fails: Error | undefined;
  hold: Promise<void> | undefined;
  readonly sealing: PeriodicSealing;

  constructor(rhythm: Omit<SealingRhythm, 'onError'>) {
    const options = { ...rhythm, onError: (error: unknown) => void this.errors.push(error) };
    this.sealing = new PeriodicSealing(() => this.#seal(), options, this.scheduler);
    this.sealing.start(0, 0);
  }

  /** Entries are written. */
  async write(count: number): Promise<void> {
    this.size += count;
    this.sealing.wrote(this.size);
    await settle();
  }

  async elapse(): Promise<void> {
    this.scheduler.elapse();
    await settle();
  }

  async #seal(): Promise<Sealing> {
    await this.hold;
    if (this.fails !== undefined) throw this.fails;
    const { size } = this;
    this.sealed.push(size);
    this.size += 1;
    this.sealing.wrote(this.size);
    return { seal: { size } as Sealing['seal'], isNew: true };
  }
}

describe('sealing by count', () => {
  it('seals after so many entries, its own event not counted', async () => {
    const rhythm = new Rhythm({ everyEntries: 10 });
    await rhythm.write(9);
    expect(rhythm.sealed).toStrictEqual([]);
    await rhythm.write(1);
    expect(rhythm.sealed).toStrictEqual([10]);
    await rhythm.write(9);
    expect(rhythm.sealed).toStrictEqual([10]);
    await rhythm.write(1);
    expect(rhythm.sealed).toStrictEqual([10, 21]);
    expect(rhythm.scheduler.asked).toStrictEqual([]);
  });

  it('seals once more what came while it sealed', async () => {
    const rhythm = new Rhythm({ everyEntries: 10 });
    const gate = deferred();
    rhythm.hold = gate.promise;
    await rhythm.write(10);
    await rhythm.write(15);
    gate.resolve();
    await settle();
    expect(rhythm.sealed).toStrictEqual([25]);
    await rhythm.write(10);
    expect(rhythm.sealed).toStrictEqual([25, 36]);
  });
});

describe('sealing by time', () => {
  it('seals so long after the first entry, and has no timer while nothing comes', async () => {
    const rhythm = new Rhythm({ everyMs: 1_000 });
    expect(rhythm.scheduler.asked).toStrictEqual([]);
    await rhythm.write(1);
    await rhythm.write(1);
    expect(rhythm.scheduler.asked).toStrictEqual([1_000]);
    await rhythm.elapse();
    expect(rhythm.sealed).toStrictEqual([2]);
    expect(rhythm.scheduler.asked).toStrictEqual([1_000]);
    await rhythm.write(1);
    expect(rhythm.scheduler.asked).toStrictEqual([1_000, 1_000]);
  });

  it('seals what another process left open', async () => {
    const rhythm = new Rhythm({ everyMs: 1_000 });
    rhythm.size = 5;
    rhythm.sealing.start(3, 5);
    await rhythm.elapse();
    expect(rhythm.sealed).toStrictEqual([5]);
  });
});

describe('a seal that nobody asked for and that fails', () => {
  it('is told, and tried again with the next entries', async () => {
    const rhythm = new Rhythm({ everyEntries: 10 });
    rhythm.fails = new Error('the disk is full');
    await rhythm.write(10);
    expect(rhythm.errors).toStrictEqual([rhythm.fails]);
    rhythm.fails = undefined;
    await rhythm.write(5);
    expect(rhythm.sealed).toStrictEqual([]);
    await rhythm.write(5);
    expect(rhythm.sealed).toStrictEqual([20]);
  });

  it('is not tried again where the log was replaced', async () => {
    const rhythm = new Rhythm({ everyEntries: 10, everyMs: 1_000, sealOnClose: true });
    rhythm.fails = new LogForkedError('forked', 'it is another one', {});
    await rhythm.write(10);
    await rhythm.write(100);
    await rhythm.sealing.close(1_000);
    expect(rhythm.errors).toStrictEqual([rhythm.fails]);
  });
});

describe('the end of sealing', () => {
  it('seals once more where that is wanted, and stops the timer', async () => {
    const rhythm = new Rhythm({ everyMs: 1_000, sealOnClose: true });
    await rhythm.write(3);
    await rhythm.sealing.close(1_000);
    await rhythm.sealing.close(1_000);
    expect(rhythm.sealed).toStrictEqual([3]);
    await rhythm.write(3);
    await rhythm.elapse();
    expect(rhythm.sealed).toStrictEqual([3]);
  });

  it('does not seal where that is not wanted', async () => {
    const rhythm = new Rhythm({ everyMs: 1_000 });
    await rhythm.write(3);
    await rhythm.sealing.close(1_000);
    expect(rhythm.sealed).toStrictEqual([]);
  });

  it('tells of a last seal that fails', async () => {
    const rhythm = new Rhythm({ sealOnClose: true });
    rhythm.fails = new Error('the disk is full');
    await expect(rhythm.sealing.close(1_000)).rejects.toBe(rhythm.fails);
  });

  it('waits no longer than the grace', async () => {
    const rhythm = new Rhythm({ everyEntries: 10, sealOnClose: true });
    rhythm.hold = new Promise(() => undefined);
    await rhythm.write(10);
    const closed = rhythm.sealing.close(500);
    await rhythm.scheduler.untilAsked(1);
    rhythm.scheduler.elapse();
    await closed;
    expect(rhythm.sealed).toStrictEqual([]);
  });
});
