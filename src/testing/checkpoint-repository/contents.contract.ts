import assert from 'node:assert/strict';
import { sha256Hex } from '../../domain/shared/hash.js';
import { same } from '../expectations.js';
import { HOSTILE_TEXT, makeCheckpoint, makeContent } from '../fixtures.js';
import type { StoreTest, TestHarness } from '../harness.js';
import { add, missing, sorted, type CheckpointStore } from './checkpoint-store.js';

export function contentTests(harness: TestHarness, test: StoreTest<CheckpointStore>): void {
  harness.describe('contents', () => {
    test('are missing until they are stored', async (store) => {
      const [a, b] = [makeContent({ rows: [1] }), makeContent('text')];
      same(sorted(await missing(store, [a, b])), sorted([a.hash, b.hash]));
      await add(store, makeCheckpoint(), [a]);
      same(sorted(await missing(store, [a, b])), [b.hash]);
      same(sorted(await missing(store, [a])), []);
      same(sorted(await missing(store, [])), []);
    });

    test('are not missing once they were added in the same transaction', async ({ unitOfWork, checkpoints }) => {
      const content = makeContent([1, 2, 3]);
      const found = await unitOfWork.run(async (scope) => {
        await checkpoints.add(makeCheckpoint(), [content], scope);
        return checkpoints.missing([content.hash], scope);
      });
      assert.equal(found.size, 0);
    });

    test('are given back by hash, without those that are not stored', async (store) => {
      const [a, b] = [makeContent({ rows: [1] }), makeContent(null)];
      await add(store, makeCheckpoint(), [a, b]);
      const found = await store.checkpoints.contents([b.hash, sha256Hex('not stored'), a.hash, a.hash]);
      same(
        sorted(found.entries(), ([hash]) => hash),
        sorted([[a.hash, a.body] as const, [b.hash, b.body] as const], ([hash]) => hash),
      );
      assert.equal((await store.checkpoints.contents([])).size, 0);
    });

    test('that are there already are left alone', async (store) => {
      const content = makeContent({ rows: [1] });
      await add(store, makeCheckpoint(), [content]);
      // A body that does not belong to the hash shows which of the two was kept.
      await add(store, makeCheckpoint({ id: 'second' }), [{ hash: content.hash, body: '"other"' }, makeContent('new')]);
      assert.equal((await store.checkpoints.contents([content.hash])).get(content.hash), content.body);
      assert.equal((await store.checkpoints.contents([makeContent('new').hash])).size, 1);
    });

    test('may come twice in one call', async (store) => {
      const content = makeContent('twice');
      await add(store, makeCheckpoint(), [content, content]);
      same([...(await store.checkpoints.contents([content.hash])).values()], [content.body]);
    });

    test('are kept exactly as they were written, hostile text included', async (store) => {
      const contents = [...HOSTILE_TEXT.map(makeContent), { hash: sha256Hex('odd'), body: ' {"b":1.0,\n"a":1e2} ' }];
      await add(store, makeCheckpoint(), contents);
      const found = await store.checkpoints.contents(contents.map((content) => content.hash));
      for (const content of contents) assert.equal(found.get(content.hash), content.body);
    });

    test('can be many, and large', async (store) => {
      const contents = Array.from({ length: 1_500 }, (_, index) => makeContent({ index }));
      const large = makeContent('x'.repeat(2_000_000));
      await add(store, makeCheckpoint(), [...contents, large]);
      const hashes = [...contents, large].map((content) => content.hash);
      same(sorted(await missing(store, [...contents, makeContent('not stored')])), [makeContent('not stored').hash]);
      const found = await store.checkpoints.contents(hashes);
      assert.equal(found.size, hashes.length);
      assert.equal(found.get(large.hash), large.body);
    });
  });
}
