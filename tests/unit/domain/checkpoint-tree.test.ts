import { type Branch, type Checkpoint, CheckpointTree } from '../../../src/index.js';
import { codeOf } from '../../support/caught.js';

/** A checkpoint after another. */
function checkpoint(id: string, parentId: string | null, branchId = 'main'): Checkpoint {
  return {
    id,
    executionId: 'e',
    parentId,
    branchId,
    sequence: 0,
    kind: 'auto',
    nodeId: null,
    occurrence: null,
    position: { completed: [], nextNodeIds: [] },
    stateHash: '',
    manifest: [],
    stateBytes: 0,
    storedBytes: 0,
    createdAt: '2026-01-01T00:00:00.000Z',
  };
}

function branch(branchId: string, headCheckpointId: string, abandoned: boolean): Branch {
  return {
    executionId: 'e',
    branchId,
    parentBranchId: branchId === 'main' ? null : 'main',
    startCheckpointId: branchId === 'main' ? null : 'c1',
    headCheckpointId,
    abandoned,
  };
}

/**
 *     c0 ─ c1 ─ c2 ─ c3      main, abandoned at c1
 *            └─ r1 ─ r2      rollback-1
 */
const tree = new CheckpointTree(
  [
    checkpoint('c0', null),
    checkpoint('c1', 'c0'),
    checkpoint('c2', 'c1'),
    checkpoint('c3', 'c2'),
    checkpoint('r1', 'c1', 'rollback-1'),
    checkpoint('r2', 'r1', 'rollback-1'),
  ],
  [branch('main', 'c3', true), branch('rollback-1', 'r2', false)],
);
const next = (made: Checkpoint, nodeId: string, kind: Checkpoint['kind'] = 'exit'): Checkpoint => ({
  ...made,
  kind,
  position: { completed: [], nextNodeIds: [nodeId] },
});
const ids = (checkpoints: readonly Checkpoint[]): readonly string[] => checkpoints.map(({ id }) => id);

describe('a checkpoint tree', () => {
  it('leads from the root to any checkpoint', () => {
    expect(ids(tree.roots)).toStrictEqual(['c0']);
    expect(ids(tree.path('r2'))).toStrictEqual(['c0', 'c1', 'r1', 'r2']);
    expect(ids(tree.path('c0'))).toStrictEqual(['c0']);
    expect(ids(tree.children('c1'))).toStrictEqual(['c2', 'r1']);
    expect(ids(tree.children('r2'))).toStrictEqual([]);
  });

  it('finds where two ways part', () => {
    expect(tree.commonAncestor('c3', 'r2')?.id).toBe('c1');
    expect(tree.commonAncestor('c2', 'c3')?.id).toBe('c2');
    expect(tree.commonAncestor('r1', 'r1')?.id).toBe('r1');
  });

  it('knows the head of a branch by the branch, never by the newest checkpoint', () => {
    expect(tree.head('main').id).toBe('c3');
    expect(tree.head('rollback-1').id).toBe('r2');
  });

  it('calls abandoned what no branch in use goes through', () => {
    const abandoned = tree.checkpoints.filter(({ id }) => tree.isAbandoned(id));
    expect(ids(abandoned)).toStrictEqual(['c2', 'c3']);
  });

  it('says so when it has no such checkpoint or branch', async () => {
    expect(await codeOf(() => tree.get('nowhere'))).toBe('WAYMARK_CHECKPOINT_NOT_FOUND');
    expect(await codeOf(() => tree.path('__proto__'))).toBe('WAYMARK_CHECKPOINT_NOT_FOUND');
    expect(await codeOf(() => tree.commonAncestor('c1', 'x'))).toBe('WAYMARK_CHECKPOINT_NOT_FOUND');
    expect(await codeOf(() => tree.isAbandoned('nowhere'))).toBe('WAYMARK_CHECKPOINT_NOT_FOUND');
    expect(await codeOf(() => tree.head('toString'))).toBe('WAYMARK_BRANCH_NOT_FOUND');
  });

  it('may be empty', () => {
    expect(ids(new CheckpointTree([], []).roots)).toStrictEqual([]);
  });
});

describe('checkpoints that follow each other in a circle', () => {
  const circle = new CheckpointTree(
    [checkpoint('c1', 'c3'), checkpoint('c2', 'c1'), checkpoint('c3', 'c2')],
    [branch('main', 'c3', false)],
  );

  // It would take all the memory there is.
  it.each([
    ['the path to one of them', () => circle.path('c2')],
    ['what they have in common', () => circle.commonAncestor('c1', 'c2')],
    ['the way back', () => circle.before('gate')],
    ['what is in use', () => circle.isAbandoned('c1')],
  ])('are told as damage: %s', async (_, look) => {
    expect(await codeOf(look)).toBe('WAYMARK_STORE_CORRUPT');
  });
});

describe('before', () => {
  const run = new CheckpointTree(
    [
      next(checkpoint('c0', null), 'load'),
      next(checkpoint('c1', 'c0'), 'gate'),
      next(checkpoint('c2', 'c1'), 'gate', 'error'),
      next(checkpoint('r1', 'c1', 'rollback-1'), 'gate', 'manual'),
      next(checkpoint('r2', 'r1', 'rollback-1'), 'report'),
    ],
    [branch('main', 'c2', true), branch('rollback-1', 'r2', false)],
  );

  it('is where the execution stood last when the node was next, on the branch in use', () => {
    expect(run.before('gate').id).toBe('r1');
    expect(run.before('load').id).toBe('c0');
  });

  it('looks at another branch when asked to, and passes over the checkpoint of the failure', () => {
    expect(run.before('gate', 'main').id).toBe('c1');
  });

  it('says when the node was never next there', async () => {
    expect(await codeOf(() => run.before('report', 'main'))).toBe('WAYMARK_CHECKPOINT_NOT_FOUND');
    expect(await codeOf(() => run.before('gate', 'nowhere'))).toBe('WAYMARK_BRANCH_NOT_FOUND');
  });
});
