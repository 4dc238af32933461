import assert from 'node:assert/strict';
import type { DeadLetter, DeadLetterFilter } from '../application/bus/dead-letter.js';
import type { DeadLetterRepository } from '../application/bus/dead-letter.repository.port.js';
import type { JsonObject } from '../domain/shared/json.js';
import type { UnitOfWork } from '../domain/shared/transaction.js';
import { rejectsWithSame, same, Thrown } from './expectations.js';
import { HOSTILE_STRINGS, HOSTILE_TEXT, makeDeadLetter } from './fixtures.js';
import { type StoreFactory, storeTests, type StoreUnderTest, type TestHarness } from './harness.js';

/** Dead letters, and the transactions in which they are kept. */
export interface DeadLetterStore extends StoreUnderTest {
  readonly unitOfWork: UnitOfWork;
  readonly deadLetters: DeadLetterRepository;
}

/**
 * The contract of {@link DeadLetterRepository}, as tests.
 *
 * @example
 * deadLetterRepositoryContract({ describe, it }, async () => ({
 *   unitOfWork: new InMemoryUnitOfWork(),
 *   deadLetters: new InMemoryDeadLetterRepository(),
 *   close: async () => {},
 * }));
 */
export function deadLetterRepositoryContract(harness: TestHarness, makeStore: StoreFactory<DeadLetterStore>): void {
  const test = storeTests(harness, makeStore);

  harness.describe('DeadLetterRepository', () => {
    harness.describe('save and get', () => {
      test('gives undefined for a letter that is not there', async ({ deadLetters }) => {
        for (const id of ['no-such-letter', '__proto__', "' OR '1'='1"]) {
          assert.equal(await deadLetters.get(id), undefined);
        }
      });

      test('gives back every field as it was', async (store) => {
        await save(store, FULL);
        same(await store.deadLetters.get(FULL.id), FULL);
      });

      test('knows a letter without a position from one at position 0', async (store) => {
        await save(store, makeDeadLetter({ id: 'none' }));
        await save(store, makeDeadLetter({ id: 'first', position: 0 }));
        assert.equal((await store.deadLetters.get('none'))?.position, undefined);
        assert.equal((await store.deadLetters.get('first'))?.position, 0);
      });

      test('keeps the letter that came last in the place of one of the same id, and changes no other', async (store) => {
        for (const id of ['a', 'b', 'c']) await save(store, makeDeadLetter({ id }));
        await save(store, { ...FULL, id: 'a' });
        same(await store.deadLetters.get('a'), { ...FULL, id: 'a' });
        same(await find(store), [{ ...FULL, id: 'a' }, makeDeadLetter({ id: 'b' }), makeDeadLetter({ id: 'c' })]);
      });

      test('keeps hostile text as it is, in ids, handlers, topics and errors', async (store) => {
        const letters = HOSTILE_STRINGS.map((text) =>
          makeDeadLetter({ id: text, handler: text, topic: text, error: { name: text, message: text, stack: text } }),
        );
        for (const letter of letters) await save(store, letter);
        for (const letter of letters) same(await store.deadLetters.get(letter.id), letter);
      });

      test('keeps hostile keys and texts of the event as data', async (store) => {
        const texts = JSON.stringify(HOSTILE_TEXT);
        const payload = JSON.parse(`{"texts":${texts},"__proto__":{"polluted":true},"constructor":1}`) as JsonObject;
        await save(store, makeDeadLetter({ event: { ...FULL.event, payload } }));
        const found = await store.deadLetters.get('letter-1');
        assert.equal(JSON.stringify(found?.event.payload), JSON.stringify(payload));
        assert.equal(({} as { polluted?: unknown }).polluted, undefined);
      });

      test('gives what was saved, whatever is done to a copy of it', async (store) => {
        await save(store, makeDeadLetter());
        const found = (await store.deadLetters.get('letter-1')) as DeadLetter;
        try {
          (found as { handler: string }).handler = 'changed by a reader';
        } catch (error) {
          // Frozen: that is the other way to keep the rule.
          assert.ok(error instanceof Error);
        }
        assert.equal((await store.deadLetters.get('letter-1'))?.handler, 'send-mail');
      });
    });

    harness.describe('update', () => {
      test('changes a letter in its place, and tells that it was there', async (store) => {
        for (const id of ['a', 'b']) await save(store, makeDeadLetter({ id }));
        const changed = { ...FULL, id: 'a' };
        assert.equal(await update(store, changed), true);
        same(await find(store), [changed, makeDeadLetter({ id: 'b' })]);
      });

      test('brings back none that is gone', async (store) => {
        await save(store, makeDeadLetter({ id: 'a' }));
        await remove(store, 'a');
        for (const id of ['a', 'never']) assert.equal(await update(store, makeDeadLetter({ id })), false);
        same(await find(store), []);
      });
    });

    harness.describe('remove', () => {
      test('tells whether the letter was there, and takes no other', async (store) => {
        for (const id of ['a', 'b']) await save(store, makeDeadLetter({ id }));
        assert.equal(await remove(store, 'a'), true);
        assert.equal(await remove(store, 'a'), false);
        assert.equal(await remove(store, '%'), false);
        same(idsOf(await find(store)), ['b']);
      });

      test('ends the place of a letter: kept again, it is the newest', async (store) => {
        for (const id of ['a', 'b']) await save(store, makeDeadLetter({ id }));
        await remove(store, 'a');
        await save(store, makeDeadLetter({ id: 'a' }));
        same(idsOf(await find(store)), ['b', 'a']);
      });
    });

    harness.describe('find and count', () => {
      test('are empty for an empty store', async (store) => {
        same(await find(store), []);
        same(await find(store, {}, 'no-such-letter'), []);
        assert.equal(await store.deadLetters.count({}), 0);
      });

      test('give letters in the order in which they were first kept, whatever their ids', async (store) => {
        for (const id of ['b', 'c', 'a']) await save(store, makeDeadLetter({ id }));
        await save(store, makeDeadLetter({ id: 'b', attempts: 2 }));
        same(idsOf(await find(store)), ['b', 'c', 'a']);
        assert.equal(await store.deadLetters.count({}), 3);
      });

      test('give page after page', async (store) => {
        for (const id of ['b', 'c', 'a', 'd', 'e']) await save(store, makeDeadLetter({ id }));
        same(idsOf(await find(store, {}, undefined, 2)), ['b', 'c']);
        same(idsOf(await find(store, {}, 'c', 2)), ['a', 'd']);
        same(idsOf(await find(store, {}, 'd', 2)), ['e']);
        same(await find(store, {}, 'e', 2), []);
      });

      test('go on after a letter that is gone', async (store) => {
        for (const id of ['1', '2', '3', '4']) await save(store, makeDeadLetter({ id }));
        for (const id of ['1', '3']) await remove(store, id);
        same(idsOf(await find(store, {}, '1')), ['2', '4']);
        same(idsOf(await find(store, {}, '3')), ['4']);
        await remove(store, '4');
        same(await find(store, {}, '4'), []);
      });

      test('filter by handler and by the type of the event, all that is given together', async (store) => {
        await save(store, makeDeadLetter({ id: '1', handler: 'mail', eventType: 'node.failed' }));
        await save(store, makeDeadLetter({ id: '2', handler: 'mail', eventType: 'node.completed' }));
        await save(store, makeDeadLetter({ id: '3', handler: 'crm', eventType: 'node.failed' }));
        await save(store, makeDeadLetter({ id: '4', handler: 'mail', eventType: 'node.failed' }));
        const expectations: readonly (readonly [DeadLetterFilter, readonly string[]])[] = [
          [{ handler: 'mail' }, ['1', '2', '4']],
          [{ eventType: 'node.failed' }, ['1', '3', '4']],
          [{ handler: 'mail', eventType: 'node.failed' }, ['1', '4']],
          [{ handler: 'crm', eventType: 'node.completed' }, []],
          [{ handler: '%' }, []],
          [{ handler: 'MAIL' }, []],
          [{ eventType: "' OR '1'='1" }, []],
        ];
        for (const [filter, expected] of expectations) {
          same(idsOf(await find(store, filter)), expected);
          assert.equal(await store.deadLetters.count(filter), expected.length);
        }
        // A page may begin after a letter that the filter does not take.
        same(idsOf(await find(store, { handler: 'mail' }, '3')), ['4']);
        same(idsOf(await find(store, { handler: 'mail' }, '1', 1)), ['2']);
      });
    });

    harness.describe('rollback', () => {
      test('takes back new letters, changes and removals, and every letter has its place again', async (store) => {
        for (const id of ['b', 'a', 'c']) await save(store, makeDeadLetter({ id }));
        const before = await find(store);
        const thrown = new Thrown('the transaction fails');
        const work = store.unitOfWork.run(async (scope) => {
          await store.deadLetters.remove('b', scope);
          await store.deadLetters.save(makeDeadLetter({ id: 'a', attempts: 9 }), scope);
          await store.deadLetters.save(makeDeadLetter({ id: 'd' }), scope);
          await store.deadLetters.remove('c', scope);
          await store.deadLetters.save(makeDeadLetter({ id: 'c' }), scope);
          throw thrown;
        });
        await rejectsWithSame(thrown, work);
        same(await find(store), before);
        same(idsOf(before), ['b', 'a', 'c']);
        assert.equal(await store.deadLetters.count({}), 3);
      });

      test('takes back a nested part alone', async ({ unitOfWork, deadLetters }) => {
        const thrown = new Thrown('the part fails');
        await unitOfWork.run(async (scope) => {
          await deadLetters.save(makeDeadLetter({ id: 'kept' }), scope);
          const part = scope.nested(async () => {
            await deadLetters.remove('kept', scope);
            await deadLetters.save(makeDeadLetter({ id: 'lost' }), scope);
            throw thrown;
          });
          await rejectsWithSame(thrown, part);
        });
        same(idsOf(await deadLetters.find({}, undefined, 10)), ['kept']);
      });
    });
  });
}

/** A letter in which every field has a value. */
const FULL = makeDeadLetter({
  id: 'letter-full',
  event: {
    type: 'deal.won',
    id: 'event-full',
    occurredAt: '2026-01-31T12:00:00.000Z',
    stream: 'deal/d-1',
    schemaVersion: 3,
    correlationId: 'correlation-1',
    causationId: 'event-0',
    actor: 'user:ada',
    source: 'crm',
    traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    payload: { nested: { list: [1, 'two', null, { three: 3.5 }] }, empty: {}, text: '' },
  },
  position: 41,
  handler: 'crm',
  topic: 'deal.*, node.failed',
  error: {
    name: 'TypeError',
    message: 'no rows',
    code: 'E_ROWS',
    stack: 'at fetch',
    cause: { name: 'Error', message: 'inner', cause: { name: 'Error', message: 'innermost' } },
  },
  attempts: 5,
  parkedAt: '2026-01-31T12:00:09.125Z',
});

function save(store: DeadLetterStore, letter: DeadLetter): Promise<void> {
  return store.unitOfWork.run((scope) => store.deadLetters.save(letter, scope));
}

function update(store: DeadLetterStore, letter: DeadLetter): Promise<boolean> {
  return store.unitOfWork.run((scope) => store.deadLetters.update(letter, scope));
}

function remove(store: DeadLetterStore, id: string): Promise<boolean> {
  return store.unitOfWork.run((scope) => store.deadLetters.remove(id, scope));
}

function find(
  store: DeadLetterStore,
  filter: DeadLetterFilter = {},
  after?: string,
  limit = 100,
): Promise<readonly DeadLetter[]> {
  return store.deadLetters.find(filter, after, limit);
}

function idsOf(letters: readonly DeadLetter[]): string[] {
  return letters.map((letter) => letter.id);
}
