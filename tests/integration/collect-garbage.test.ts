import { jest } from '@jest/globals';
import { storeCheckpoint } from '../../src/application/checkpoint/store-checkpoint.js';
import { StateEncoder } from '../../src/domain/checkpoint/content/state-encoder.js';
import { createWaymark, type Store, type Waymark, WaymarkError } from '../../src/index.js';
import { codeOf } from '../support/caught.js';
import { settle } from '../support/deferred.js';
import { type HeldCollection, withHeldCollections } from '../support/held-collection.js';
import { openWaymark } from '../support/open-waymark.js';
import { dropSchemas, hasPostgres, postgresOptions, postgresUrl } from '../support/postgres.js';
import { runProgram } from '../support/run-program.js';
import { UNOPENED_STORES } from '../support/stores.js';
import { makeTemporaryFolder } from '../support/temporary-folder.js';

// Some tests start programs.
jest.setTimeout(60_000);

let store: Store;
let waymark: Waymark;
let encoder: StateEncoder;
let made: number;
let held: HeldCollection;
let remove: () => Promise<void> | void;

beforeEach(() => {
  encoder = new StateEncoder();
  made = 0;
});

afterEach(async () => {
  await waymark.close();
  await remove();
});

describe.each(UNOPENED_STORES)('a collection %s', (_, make) => {
  beforeEach(async () => {
    const unopened = await make();
    remove = () => unopened.remove?.();
    ({ store, held } = withHeldCollections(unopened.store));
    waymark = await openWaymark({}, store);
  });

  it.each(['onBegun', 'onLooked'] as const)(
    'leaves what a checkpoint is stored with meanwhile, though nothing held on to it when it began: %s',
    async (moment) => {
      const state = { items: Array.from({ length: 50 }, (__, index) => ({ index, text: 'x'.repeat(300) })) };
      await put('run-1', state);
      await waymark.checkpoints.delete('run-1');
      held[moment] = async () => {
        await put('run-2', state);
      };
      await waymark.checkpoints.collectGarbage();
      const [kept] = await waymark.checkpoints.list('run-2');
      expect(await waymark.checkpoints.state(kept!.id)).toStrictEqual(state);
    },
  );

  it('leaves what is stored meanwhile on top of what was there', async () => {
    const items = Array.from({ length: 50 }, (__, index) => ({ index, text: 'x'.repeat(300) }));
    await put('run-1', { items });
    await waymark.checkpoints.delete('run-1');
    const longer = { items: [...items, 'one more'], other: 'y'.repeat(300) };
    held.onLooked = async () => {
      await put('run-2', longer);
    };
    await waymark.checkpoints.collectGarbage();
    const [kept] = await waymark.checkpoints.list('run-2');
    expect(await waymark.checkpoints.state(kept!.id)).toStrictEqual(longer);
  });

  it('makes whoever knew a content to be there look for it again', async () => {
    const state = { text: 'what nobody holds on to '.repeat(50) };
    await put('run-1', state);
    await waymark.checkpoints.delete('run-1');
    expect(await waymark.checkpoints.collectGarbage()).toMatchObject({ contents: 1 });
    expect(await contentCount()).toBe(0);
    // The encoder gives the very same piece, which it had marked as stored.
    await put('run-1', state);
    const [again] = await waymark.checkpoints.list('run-1');
    expect(await waymark.checkpoints.state(again!.id)).toStrictEqual(state);
  });

  it('leaves everything as it was where a transaction of it fails, and ends', async () => {
    await put('run-1', { text: 'gone '.repeat(100) });
    await waymark.checkpoints.delete('run-1');
    held.failsWith = new Error('the disk');
    await expect(waymark.checkpoints.collectGarbage()).rejects.toThrow('the disk');
    expect(await contentCount()).toBe(1);
    held.failsWith = undefined;
    expect(await waymark.checkpoints.collectGarbage()).toMatchObject({ contents: 1 });
  });

  it('stops between two transactions, leaves every checkpoint whole, and is gone on with by the next one', async () => {
    await put('run-1', { items: Array.from({ length: 3_000 }, (__, index) => ({ index, text: 'x'.repeat(300) })) });
    await waymark.checkpoints.delete('run-1');
    const kept = { items: Array.from({ length: 5 }, (__, index) => ({ index, text: 'x'.repeat(300) })) };
    await put('run-2', kept);
    const before = await contentCount();
    const enough = new AbortController();
    const collecting = waymark.checkpoints.collectGarbage({
      signal: enough.signal,
      onProgress: () => enough.abort(new Error('enough')),
    });
    await expect(collecting).rejects.toThrow('enough');
    const between = await contentCount();
    expect(between).toBeLessThan(before);
    await assertWhole();
    const [checkpoint] = await waymark.checkpoints.list('run-2');
    expect(await waymark.checkpoints.state(checkpoint!.id)).toStrictEqual(kept);
    const { contents } = await waymark.checkpoints.collectGarbage();
    expect(await contentCount()).toBe(between - contents);
    expect(await waymark.checkpoints.state(checkpoint!.id)).toStrictEqual(kept);
  });

  it('gives way to another one that is begun, and nothing is lost', async () => {
    const state = { text: 'kept '.repeat(100) };
    await put('run-1', state);
    await put('run-2', { text: 'gone '.repeat(100) });
    await waymark.checkpoints.delete('run-2');
    held.onLooked = () => store.unitOfWork.run((scope) => store.contents.begin('another', scope));
    expect(await codeOf(() => waymark.checkpoints.collectGarbage())).toBe('WAYMARK_COLLECTION_SUPERSEDED');
    held.onLooked = () => Promise.resolve();
    await waymark.checkpoints.collectGarbage();
    const [checkpoint] = await waymark.checkpoints.list('run-1');
    expect(await waymark.checkpoints.state(checkpoint!.id)).toStrictEqual(state);
    expect(await contentCount()).toBe(1);
  });

  it('refuses to remove anything while it can not be told what a content refers to', async () => {
    await put('run-1', { text: 'gone '.repeat(100) });
    await waymark.checkpoints.delete('run-1');
    const body = '{"$":"what a newer version might write"}';
    const hash = 'A'.repeat(43);
    await store.unitOfWork.run((scope) => store.checkpoints.addContents([{ hash, body }], scope));
    expect(await codeOf(() => waymark.checkpoints.collectGarbage())).toBe('WAYMARK_CHECKPOINT_FORMAT');
    expect(await contentCount()).toBe(2);
  });
});

const SHARED: readonly (readonly [name: string, make: () => Place])[] = [
  ['SQLite', onSqlite],
  ...(hasPostgres ? [['PostgreSQL', onPostgres] as const] : []),
];

interface Place {
  readonly storage: string;
  remove(): Promise<void> | void;
}

describe.each(SHARED)('collections on %s beside processes that write', (_, make) => {
  let place: Place;
  beforeEach(async () => {
    place = make();
    remove = () => place.remove();
    waymark = await createWaymark({ storage: place.storage });
    ({ store } = waymark);
  });

  it('never take what one of them relies on', async () => {
    const names = ['a', 'b'];
    let isDone = false;
    const writing = Promise.all(names.map((name) => runProgram('checkpoint-process.mjs', [place.storage, name, '60'])));
    const done = writing.finally(() => (isDone = true));
    let collected = 0;
    do {
      const { contents } = await waymark.checkpoints.collectGarbage();
      collected += contents;
      await assertWhole();
      await settle();
    } while (!isDone);
    expect((await done).map((lines) => lines.length)).toStrictEqual([61, 61]);
    expect(collected).toBeGreaterThan(0);
    await waymark.checkpoints.collectGarbage();
    for (const name of names) {
      const list = await waymark.checkpoints.list(name);
      expect(list.map(({ id }) => id)).toStrictEqual([`${name}-59`]);
      expect(await waymark.checkpoints.state(list[0]!.id)).toMatchObject({
        own: `${name} 59 `.repeat(60),
        shared: 'what all have in common 2 '.repeat(100),
      });
    }
    // The one that both have, and the two that each has alone.
    expect(await contentCount()).toBe(3);
  });
});

/** Stores a checkpoint as the head of an execution. */
async function put(executionId: string, state: Readonly<Record<string, unknown>>): Promise<void> {
  const { values, ...encoded } = encoder.encode(executionId, state);
  const id = `${executionId}/${(made += 1)}`;
  const place = { id, executionId, parentId: null, branchId: 'main', sequence: 0, kind: 'auto' } as const;
  const rest = { nodeId: null, occurrence: null, position: { completed: [], nextNodeIds: [] } };
  const checkpoint = { ...place, ...rest, ...encoded, createdAt: '2026-01-01T00:00:00.000Z' };
  await store.unitOfWork.run((scope) => storeCheckpoint(store.checkpoints, { checkpoint, values }, scope));
}

/** Every content that is stored has beside it what it refers to, and every checkpoint its state. */
async function assertWhole(): Promise<void> {
  for (const executionId of await store.checkpoints.executionIds(100)) {
    for (const { id } of await waymark.checkpoints.list(executionId)) {
      // It may be gone by now; what is there is whole.
      const failed = await waymark.checkpoints.state(id).then(
        () => undefined,
        (error: unknown) => (WaymarkError.is(error) ? error.code : error),
      );
      expect([undefined, 'WAYMARK_CHECKPOINT_NOT_FOUND']).toContain(failed);
    }
  }
}

async function contentCount(): Promise<number> {
  let count = 0;
  for await (const page of store.contents.summaries()) count += page.length;
  return count;
}

function onSqlite(): Place {
  const folder = makeTemporaryFolder();
  return { storage: `sqlite:${folder.file('waymark.db')}`, remove: () => folder.remove() };
}

function onPostgres(): Place {
  const { schema } = postgresOptions();
  return { storage: postgresUrl(schema), remove: () => dropSchemas([schema]) };
}
