import assert from 'node:assert/strict';
import type { Checkpoint } from '../../domain/checkpoint/checkpoint.js';
import { sha256Hex } from '../../domain/shared/hash.js';
import { rejectsWithSame, Thrown, same } from '../expectations.js';
import { makeCheckpoint } from '../fixtures.js';
import type { StoreTest, TestHarness } from '../harness.js';
import { add, follow, makeLine, type CheckpointStore } from './checkpoint-store.js';

export function listTests(harness: TestHarness, test: StoreTest<CheckpointStore>): void {
  harness.describe('positions and manifests', () => {
    test('grow along a line of checkpoints, and each is given back as it was', async (store) => {
      const line = makeLine(40);
      for (const checkpoint of line) await add(store, checkpoint);
      same(await store.checkpoints.list('run-1'), line);
      for (const checkpoint of line) same(await store.checkpoints.find(checkpoint.id), checkpoint);
    });

    test('go on from the checkpoint they follow, however many do', async (store) => {
      const line = makeLine(10);
      for (const checkpoint of line) await add(store, checkpoint);
      const forks = [2, 9, 2, 5].map((from, index) =>
        follow(line[from] as Checkpoint, { id: `fork-${index}`, sequence: 10 + index, branchId: `b-${index}` }, [
          `other-${index}`,
        ]),
      );
      for (const fork of forks) await add(store, fork);
      for (const fork of forks) same(await store.checkpoints.find(fork.id), fork);
      same(await store.checkpoints.list('run-1'), [...line, ...forks]);
    });

    test('may shrink, change places, repeat themselves or have nothing in common with those before', async (store) => {
      const lists = [['a', 'b', 'c'], ['c', 'a', 'b'], ['b'], [], ['b', 'b'], ['x', 'b', 'y', 'b'], ['b', 'x']];
      const line: Checkpoint[] = [];
      for (const [sequence, ids] of lists.entries()) {
        line.push(
          makeCheckpoint({
            id: `checkpoint-${sequence}`,
            sequence,
            parentId: sequence === 0 ? null : `checkpoint-${sequence - 1}`,
            position: {
              completed: ids.map((nodeId, index) => ({
                nodeId,
                occurrence: sequence,
                ...(index === 1 ? { at: `in[${sequence}]/${nodeId}` } : {}),
              })),
              nextNodeIds: ids,
              ...(sequence % 3 === 0 ? {} : { outputKeys: ids }),
            },
            manifest: ids.map((key) => [key, sha256Hex(`${key}${sequence % 2}`)] as const),
          }),
        );
      }
      for (const checkpoint of line) await add(store, checkpoint);
      same(await store.checkpoints.list('run-1'), line);
    });

    test('follow a checkpoint that was taken back and stored again with others', async (store) => {
      const [first, second, third] = makeLine(3) as [Checkpoint, Checkpoint, Checkpoint];
      await add(store, first);
      const thrown = new Thrown('the transaction fails');
      const work = store.unitOfWork.run(async (scope) => {
        await store.checkpoints.add(follow(first, { id: second.id, sequence: 1 }, ['lost']), [], scope);
        throw thrown;
      });
      await rejectsWithSame(thrown, work);
      await add(store, second);
      await add(store, third);
      same(await store.checkpoints.list('run-1'), [first, second, third]);
    });

    test('can not be changed by whoever was given them', async (store) => {
      for (const checkpoint of makeLine(3)) await add(store, checkpoint);
      for (const { position } of await store.checkpoints.list('run-1')) {
        assert.ok(Object.isFrozen(position.completed));
      }
    });
  });
}
