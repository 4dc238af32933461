import assert from 'node:assert/strict';
import type { Content } from '../../domain/checkpoint/checkpoint.js';
import type { ContentSummary } from '../../domain/checkpoint/content-collection.port.js';
import type { Hash } from '../../domain/shared/hash.js';
import type { TransactionScope } from '../../domain/shared/transaction.js';
import { rejectsWith, same } from '../expectations.js';
import { makeCheckpoint, makeContent } from '../fixtures.js';
import type { StoreTest, TestHarness } from '../harness.js';
import { add, type CheckpointStore, failAfter, follow, makeLine } from './checkpoint-store.js';

export function collectionTests(harness: TestHarness, test: StoreTest<CheckpointStore>): void {
  harness.describe('a collection of contents', () => {
    test('raises the epoch when it begins, and leaves it when it ends', async (store) => {
      const before = await epoch(store);
      await begin(store, 'one');
      const during = await epoch(store);
      assert.ok(during > before);
      await run(store, (scope) => store.contents.end('one', scope));
      assert.equal(await epoch(store), during);
      await begin(store, 'two');
      assert.ok((await epoch(store)) > during);
    });

    test('looks at every content, with its size, and its body where that refers to others', async (store) => {
      const plain = [
        makeContent('short'),
        makeContent('東京'),
        makeContent({ $: 'what the first format says is data' }),
      ];
      const referring = typed('[{"$":"@x"}]');
      await run(store, (scope) => store.checkpoints.addContents([...plain, referring], scope));
      const found = new Map((await summaries(store)).map((summary) => [summary.hash, summary]));
      assert.equal(found.size, 4);
      for (const { hash, body } of plain) {
        same(found.get(hash), { hash, bytes: Buffer.byteLength(body), body: undefined });
      }
      same(found.get(referring.hash), { ...referring, bytes: Buffer.byteLength(referring.body) });
    });

    test('looks at more than fit on a page', async (store) => {
      const contents = Array.from({ length: 2_500 }, (_, index) => makeContent({ index }));
      await run(store, (scope) => store.checkpoints.addContents(contents, scope));
      same((await summaries(store)).map(({ hash }) => hash).toSorted(), contents.map(({ hash }) => hash).toSorted());
    });

    test('takes note of what is asked for, added and referred to, until it is told', async (store) => {
      const [asked, added, again, referred, lost] = ['asked', 'added', 'again', 'referred', 'lost'].map(
        makeContent,
      ) as [Content, Content, Content, Content, Content];
      await run(store, (scope) => store.checkpoints.addContents([asked, again, referred], scope));
      await begin(store, 'one');
      same(await takeNoted(store, 'one'), []);
      await run(store, async (scope) => {
        await store.checkpoints.missing([asked.hash, lost.hash], scope);
        await store.checkpoints.addContents([added, again], scope);
        await store.checkpoints.add(makeCheckpoint({ manifest: [['key', referred.hash]] }), [], scope);
      });
      same(
        (await takeNoted(store, 'one')).toSorted(),
        [asked, added, again, referred].map(({ hash }) => hash).toSorted(),
      );
      same(await takeNoted(store, 'one'), []);
    });

    test('misses nothing of what moves from one checkpoint to another while references are read', async (store) => {
      const line = makeLine(700);
      await run(store, async (scope) => {
        for (const checkpoint of line) await store.checkpoints.add(checkpoint, [], scope);
      });
      await begin(store, 'one');
      const pages = store.checkpoints.references()[Symbol.asyncIterator]();
      const found = new Set(((await pages.next()).value as readonly string[] | undefined) ?? []);
      // What those that stay had from those that go is theirs now, on whichever page they are.
      const kept = line.filter(({ sequence }) => sequence % 37 === 0);
      const gone = line.filter((checkpoint) => !kept.includes(checkpoint)).map(({ id }) => id);
      await run(store, (scope) => store.checkpoints.remove('run-1', gone, scope));
      for (let page = await pages.next(); page.done !== true; page = await pages.next()) {
        for (const ref of page.value) found.add(ref);
      }
      for (const hash of await takeNoted(store, 'one')) found.add(hash);
      same(
        [...refsOf(kept)].filter((ref) => !found.has(ref)),
        [],
      );
    });

    test('takes note of nothing while there is none, and of nothing that was taken back', async (store) => {
      const content = makeContent('content');
      await run(store, (scope) => store.checkpoints.addContents([content], scope));
      await begin(store, 'one');
      await failAfter(store, (scope) => store.checkpoints.addContents([makeContent('lost')], scope));
      await failAfter(store, async (scope) => {
        await store.checkpoints.addContents([makeContent('kept')], scope);
        await store.contents.takeNoted('one', scope);
      });
      assert.ok((await takeNoted(store, 'one')).every((hash) => hash !== content.hash));
      await run(store, (scope) => store.contents.end('one', scope));
      await run(store, (scope) => store.checkpoints.missing([content.hash], scope));
      await begin(store, 'two');
      same(await takeNoted(store, 'two'), []);
    });

    test('removes contents, which are missing then', async (store) => {
      const [kept, gone] = [makeContent('kept'), makeContent('gone')];
      await run(store, (scope) => store.checkpoints.addContents([kept, gone], scope));
      await begin(store, 'one');
      await failAfter(store, (scope) => store.contents.remove('one', [kept.hash], scope));
      await run(store, (scope) => store.contents.remove('one', [gone.hash, makeContent('no such').hash], scope));
      same([...(await store.checkpoints.contents([kept.hash, gone.hash])).keys()], [kept.hash]);
      same([...(await run(store, (scope) => store.checkpoints.missing([kept.hash, gone.hash], scope)))], [gone.hash]);
    });

    test('gives way to another one that is begun', async (store) => {
      const content = makeContent('content');
      await run(store, (scope) => store.checkpoints.addContents([content], scope));
      await begin(store, 'one');
      await begin(store, 'two');
      await rejectsWith('WAYMARK_COLLECTION_SUPERSEDED', takeNoted(store, 'one'));
      await rejectsWith(
        'WAYMARK_COLLECTION_SUPERSEDED',
        run(store, (scope) => store.contents.remove('one', [content.hash], scope)),
      );
      await run(store, (scope) => store.contents.end('one', scope));
      await run(store, (scope) => store.checkpoints.missing([content.hash], scope));
      same(await takeNoted(store, 'two'), [content.hash]);
    });
  });

  harness.describe('references', () => {
    test('are those of every manifest', async (store) => {
      const line = makeLine(40);
      for (const checkpoint of line) await add(store, checkpoint);
      await add(store, makeCheckpoint({ id: 'other', executionId: 'run-2', manifest: [['key', makeContent(1).hash]] }));
      same([...(await references(store))].toSorted(), [...refsOf(line), makeContent(1).hash].toSorted());
    });

    test('are as if checkpoints were removed that are named, and those that stay held what they had of them', async (store) => {
      const line = makeLine(40);
      for (const checkpoint of line) await add(store, checkpoint);
      const fork = follow(line[9] as (typeof line)[number], { id: 'fork', sequence: 40, branchId: 'b' }, ['other']);
      await add(store, fork);
      await add(store, makeCheckpoint({ id: 'other', executionId: 'run-2', manifest: [['key', makeContent(1).hash]] }));
      const without = new Set(line.slice(5, 40).map(({ id }) => id));
      const kept = [...line.slice(0, 5), fork];
      same([...(await references(store, without))].toSorted(), [...refsOf(kept), makeContent(1).hash].toSorted());
      await run(store, (scope) => store.checkpoints.remove('run-1', [...without], scope));
      same([...(await references(store))].toSorted(), [...refsOf(kept), makeContent(1).hash].toSorted());
    });
  });
}

/** A content of the typed format, whose hash has 43 characters. */
function typed(body: string): Content {
  return { hash: Buffer.from(makeContent(body).hash, 'hex').toString('base64url'), body };
}

function run<T>(store: CheckpointStore, work: (scope: TransactionScope) => Promise<T>): Promise<T> {
  return store.unitOfWork.run(work);
}

function begin(store: CheckpointStore, id: string): Promise<void> {
  return run(store, (scope) => store.contents.begin(id, scope));
}

function epoch(store: CheckpointStore): Promise<number> {
  return run(store, (scope) => store.checkpoints.contentEpoch(scope));
}

function takeNoted(store: CheckpointStore, id: string): Promise<readonly Hash[]> {
  return run(store, (scope) => store.contents.takeNoted(id, scope));
}

async function summaries(store: CheckpointStore): Promise<readonly ContentSummary[]> {
  const found: ContentSummary[] = [];
  for await (const page of store.contents.summaries()) found.push(...page);
  return found;
}

async function references(store: CheckpointStore, without?: ReadonlySet<string>): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  for await (const page of store.checkpoints.references(without)) for (const ref of page) found.add(ref);
  return found;
}

function refsOf(checkpoints: readonly { readonly manifest: readonly (readonly [string, string])[] }[]): Set<string> {
  return new Set(checkpoints.flatMap(({ manifest }) => manifest.map(([, ref]) => ref)));
}
