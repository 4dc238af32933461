import assert from 'node:assert/strict';
import type { SubjectKeyRecord } from '../domain/audit/personal/subject-key.js';
import type { SubjectKeyRepository } from '../domain/audit/personal/subject-key.repository.port.js';
import type { UnitOfWork } from '../domain/shared/transaction.js';
import { rejectsWithSame, same, Thrown } from './expectations.js';
import { HOSTILE_STRINGS } from './fixtures.js';
import { type StoreFactory, storeTests, type StoreUnderTest, type TestHarness } from './harness.js';

/** The keys of people, and the unit of work that they take part in. */
export interface SubjectKeyStore extends StoreUnderTest {
  readonly unitOfWork: UnitOfWork;
  readonly subjectKeys: SubjectKeyRepository;
}

const CREATED = '2026-01-31T12:00:00.000Z';
const GONE = '2026-02-28T12:00:00.000Z';

/**
 * The contract of `SubjectKeyRepository`, as tests.
 *
 * @example
 * subjectKeyRepositoryContract({ describe, it }, async () => ({
 *   unitOfWork: new InMemoryUnitOfWork(),
 *   subjectKeys: new InMemorySubjectKeyRepository(),
 *   close: async () => {},
 * }));
 */
export function subjectKeyRepositoryContract(harness: TestHarness, makeStore: StoreFactory<SubjectKeyStore>): void {
  const test = storeTests(harness, makeStore);

  harness.describe('SubjectKeyRepository', () => {
    test('has a salt that never changes', async ({ subjectKeys, unitOfWork }) => {
      const salt = await subjectKeys.salt();
      assert.ok(salt.length >= 32);
      assert.equal(await subjectKeys.salt(), salt);
      assert.equal(await unitOfWork.run((scope) => subjectKeys.salt(scope)), salt);
    });

    test('knows nobody at first', async ({ subjectKeys }) => {
      same(await subjectKeys.newest(['ada']), new Map());
      same(await subjectKeys.newest([]), new Map());
      same(await subjectKeys.find(['k-1']), new Map());
      same(await subjectKeys.ofSubject('ada'), []);
      assert.equal(await subjectKeys.revision(), 0);
    });

    test('gives back what was added, by person and by id', async (store) => {
      const keys = [makeKey('k-1', 'ada'), makeKey('k-2', 'ben'), makeKey('k-3', 'ada', 2)] as const;
      await add(store, ...keys);
      const { subjectKeys } = store;
      same(
        await subjectKeys.newest(['ben', 'ada', 'eve']),
        new Map([
          ['ada', keys[2]],
          ['ben', keys[1]],
        ]),
      );
      same(
        await subjectKeys.find(['k-3', 'k-1', 'k-0']),
        new Map([
          ['k-1', keys[0]],
          ['k-3', keys[2]],
        ]),
      );
      same(await subjectKeys.ofSubject('ada'), [keys[0], keys[2]]);
    });

    test('finds more than one statement names', async (store) => {
      const keys = Array.from({ length: 150 }, (_, index) => makeKey(`k-${index}`, `subject-${index}`));
      await add(store, ...keys);
      assert.equal((await store.subjectKeys.find(keys.map(({ id }) => id))).size, 150);
      assert.equal((await store.subjectKeys.newest(keys.map(({ subjectId }) => subjectId))).size, 150);
    });

    test('takes every name as it is', async (store) => {
      await add(store, ...HOSTILE_STRINGS.map((name, index) => makeKey(`k-${index}`, name)));
      for (const name of HOSTILE_STRINGS) assert.equal((await store.subjectKeys.ofSubject(name)).length, 1);
    });

    test('sees within a transaction what it wrote itself', async ({ subjectKeys, unitOfWork }) => {
      await unitOfWork.run(async (scope) => {
        await subjectKeys.add(makeKey('k-1', 'ada'), scope);
        assert.equal((await subjectKeys.newest(['ada'], scope)).get('ada')?.id, 'k-1');
        await subjectKeys.destroy('ada', GONE, scope);
        assert.equal((await subjectKeys.ofSubject('ada', scope))[0]?.material, null);
        assert.equal(await subjectKeys.revision(scope), 1);
      });
    });

    test('destroys the bytes of all keys of one person, keeps that they were there, and counts it', async (store) => {
      const { subjectKeys, unitOfWork } = store;
      await add(store, makeKey('k-1', 'ada'), makeKey('k-2', 'ada', 2), makeKey('k-3', 'ben'));
      const destroyed = await unitOfWork.run((scope) => subjectKeys.destroy('ada', GONE, scope));
      const tombstones = [makeKey('k-1', 'ada'), makeKey('k-2', 'ada', 2)].map((key) => ({
        ...key,
        material: null,
        destroyedAt: GONE,
      }));
      same(destroyed, tombstones);
      same(await subjectKeys.ofSubject('ada'), tombstones);
      same(await subjectKeys.ofSubject('ben'), [makeKey('k-3', 'ben')]);
      assert.equal(await subjectKeys.revision(), 1);
    });

    test('destroys nothing twice, and nothing of who is not there', async (store) => {
      const { subjectKeys, unitOfWork } = store;
      await add(store, makeKey('k-1', 'ada'));
      await unitOfWork.run((scope) => subjectKeys.destroy('ada', GONE, scope));
      for (const subject of ['ada', 'eve']) {
        same(await unitOfWork.run((scope) => subjectKeys.destroy(subject, CREATED, scope)), []);
      }
      assert.equal((await subjectKeys.ofSubject('ada'))[0]?.destroyedAt, GONE);
      assert.equal(await subjectKeys.revision(), 1);
    });

    test('takes a later key of who was erased', async (store) => {
      const { subjectKeys, unitOfWork } = store;
      await add(store, makeKey('k-1', 'ada'));
      await unitOfWork.run((scope) => subjectKeys.destroy('ada', GONE, scope));
      await add(store, makeKey('k-2', 'ada', 2));
      assert.equal((await subjectKeys.newest(['ada'])).get('ada')?.id, 'k-2');
    });

    test('loses what a transaction did that fails: a key stays, and so does its absence', async (store) => {
      const { subjectKeys, unitOfWork } = store;
      await add(store, makeKey('k-1', 'ada'));
      const thrown = new Thrown('too late');
      const work = unitOfWork.run(async (scope) => {
        await subjectKeys.destroy('ada', GONE, scope);
        await subjectKeys.add(makeKey('k-2', 'ben'), scope);
        throw thrown;
      });
      await rejectsWithSame(thrown, work);
      same(await subjectKeys.ofSubject('ada'), [makeKey('k-1', 'ada')]);
      same(await subjectKeys.ofSubject('ben'), []);
      assert.equal(await subjectKeys.revision(), 0);
    });

    test('purges what was destroyed, as often as one likes', async (store) => {
      await add(store, makeKey('k-1', 'ada'));
      await store.unitOfWork.run((scope) => store.subjectKeys.destroy('ada', GONE, scope));
      assert.equal(await store.subjectKeys.purge(), true);
      assert.equal(await store.subjectKeys.purge(), true);
    });
  });
}

function makeKey(id: string, subjectId: string, generation = 1): SubjectKeyRecord {
  return { id, subjectId, generation, material: `plain:${id}`, createdAt: CREATED, destroyedAt: null };
}

async function add({ unitOfWork, subjectKeys }: SubjectKeyStore, ...keys: readonly SubjectKeyRecord[]): Promise<void> {
  await unitOfWork.run(async (scope) => {
    for (const key of keys) await subjectKeys.add(key, scope);
  });
}
