import { storeCheckpoint, storeValues } from '../../../src/application/checkpoint/store-checkpoint.js';
import type { EncodedValue } from '../../../src/domain/checkpoint/content/encoded.js';
import { loadState } from '../../../src/domain/checkpoint/content/load-state.js';
import { StateEncoder } from '../../../src/domain/checkpoint/content/state-encoder.js';
import type { Hash } from '../../../src/domain/shared/hash.js';
import { InMemoryCheckpointRepository } from '../../../src/infrastructure/persistence/in-memory/in-memory-checkpoint.repository.js';
import { InMemoryUnitOfWork } from '../../../src/infrastructure/persistence/in-memory/in-memory-unit-of-work.js';
import { makeCheckpoint } from '../../../src/testing/fixtures.js';
import { piecesOf } from '../../support/piece-store.js';

/** A repository that tells what it was asked for, and whose epoch can be raised. */
class WatchedRepository extends InMemoryCheckpointRepository {
  epoch = 0;
  asked: (readonly Hash[])[] = [];

  override contentEpoch(): Promise<number> {
    return Promise.resolve(this.epoch);
  }

  override missing(hashes: readonly Hash[]): Promise<ReadonlySet<Hash>> {
    this.asked.push(hashes);
    return super.missing(hashes);
  }
}

const unitOfWork = new InMemoryUnitOfWork();
const long = (index: number): string => `item ${index} `.repeat(100);
const list = (length: number): readonly string[] => Array.from({ length }, (_, index) => long(index));

function store(repository: WatchedRepository, values: readonly EncodedValue[]): Promise<number> {
  return unitOfWork.run((scope) => storeValues(repository, values, scope));
}

const bytesOf = (values: readonly EncodedValue[]): number =>
  piecesOf(values).reduce((sum, { body }) => sum + Buffer.byteLength(body), 0);

describe('the values of a checkpoint', () => {
  it('are stored once, with all they consist of', async () => {
    const repository = new WatchedRepository();
    const state = new StateEncoder().encode('run', { list: list(300), copy: list(300), small: 1 });
    expect(await store(repository, state.values)).toBe(
      bytesOf(state.values) - bytesOf([state.values[1] as EncodedValue]),
    );
    const { state: loaded } = await loadState(state.manifest, (hashes) => repository.contents(hashes));
    expect(loaded).toStrictEqual({ list: list(300), copy: list(300), small: 1 });
    const other = new StateEncoder().encode('run', { list: list(300) });
    expect(await store(repository, other.values)).toBe(0);
  });

  it('are asked for only as far as they are new', async () => {
    const repository = new WatchedRepository();
    const encoder = new StateEncoder();
    await store(repository, encoder.encode('run', { list: list(1_000) }).values);
    repository.asked = [];
    const state = encoder.encode('run', { list: [...list(1_000), 'one more '.repeat(100)] });
    await store(repository, state.values);
    expect(repository.asked).toHaveLength(1);
    expect(repository.asked.flat().length).toBeLessThan(12);
    repository.asked = [];
    expect(await store(repository, state.values)).toBe(0);
    expect(repository.asked).toHaveLength(0);
  });

  it('are not looked into where somebody else stored them', async () => {
    const repository = new WatchedRepository();
    await store(repository, new StateEncoder().encode('run', { list: list(1_000) }).values);
    repository.asked = [];
    await store(repository, new StateEncoder().encode('other', { list: list(1_000) }).values);
    expect(repository.asked.flat()).toHaveLength(1);
  });

  it('are asked for again once contents were removed from the store, and are stored again where they are gone', async () => {
    const repository = new WatchedRepository();
    const encoder = new StateEncoder();
    const first = encoder.encode('run', { list: list(100) });
    const all = await store(repository, first.values);
    const emptied = new WatchedRepository();
    expect(await store(emptied, first.values)).toBe(all);
    repository.epoch += 1;
    repository.asked = [];
    expect(await store(repository, first.values)).toBe(0);
    expect(repository.asked.flat()).toStrictEqual([first.values[0]?.ref]);
  });

  it('are stored later when the transaction fails in which they were', async () => {
    const repository = new WatchedRepository();
    const { values } = new StateEncoder().encode('run', { list: list(100) });
    const failure = new Error('the transaction fails');
    const failed = unitOfWork.run(async (scope) => {
      await storeValues(repository, values, scope);
      throw failure;
    });
    await expect(failed).rejects.toBe(failure);
    expect(await store(repository, values)).toBe(bytesOf(values));
  });

  it('are what a checkpoint adds to the store', async () => {
    const repository = new WatchedRepository();
    const { values, ...parts } = new StateEncoder().encode('run', { list: list(10) });
    const { storedBytes: _, ...rest } = makeCheckpoint();
    const draft = { checkpoint: { ...rest, ...parts }, values };
    const stored = await unitOfWork.run((scope) => storeCheckpoint(repository, draft, scope));
    expect(stored.storedBytes).toBe(bytesOf(values));
    expect(await repository.find(stored.id)).toStrictEqual(stored);
  });
});
