import { type Checkpoint, CheckpointTree, renderCheckpointTree } from '../../../src/index.js';
import { caughtWaymark, codeOf } from '../../support/caught.js';
import { makeBranch as branch, makeCheckpoint as checkpoint } from '../../support/checkpoints.js';

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

  it('goes back from one to where the ways part, and on to the other', () => {
    const way = tree.between('c3', 'r2');
    expect(way.commonAncestor?.id).toBe('c1');
    expect(ids(way.up)).toStrictEqual(['c3', 'c2']);
    expect(ids(way.down)).toStrictEqual(['r1', 'r2']);
    expect(tree.between('c1', 'c3')).toMatchObject({ up: [], commonAncestor: { id: 'c1' } });
    expect(tree.between('r1', 'r1')).toMatchObject({ up: [], down: [], commonAncestor: { id: 'r1' } });
  });

  it('knows what is before and after one', () => {
    expect(ids(tree.ancestors('r1'))).toStrictEqual(['c1', 'c0']);
    expect(ids(tree.ancestors('c0'))).toStrictEqual([]);
    expect(ids(tree.descendants('c1'))).toStrictEqual(['c2', 'c3', 'r1', 'r2']);
    expect(ids(tree.descendants('r2'))).toStrictEqual([]);
  });

  it('takes the head of the branch in use for the latest, unless a branch is named', () => {
    expect(ids(tree.heads)).toStrictEqual(['c3', 'r2']);
    expect(tree.latest().id).toBe('r2');
    expect(tree.latest('main').id).toBe('c3');
  });

  it('finds the one with a label', async () => {
    const named = new CheckpointTree([checkpoint('c0', null), { ...checkpoint('c1', 'c0'), label: 'approved' }], []);
    expect(named.labelled('approved').id).toBe('c1');
    const error = await caughtWaymark(() => named.labelled('other'));
    expect(error).toMatchObject({ code: 'WAYMARK_CHECKPOINT_NOT_FOUND', hint: 'It has approved.' });
  });

  it('says so when it has no such checkpoint or branch', async () => {
    expect(await codeOf(() => tree.get('nowhere'))).toBe('WAYMARK_CHECKPOINT_NOT_FOUND');
    expect(await codeOf(() => tree.path('__proto__'))).toBe('WAYMARK_CHECKPOINT_NOT_FOUND');
    expect(await codeOf(() => tree.commonAncestor('c1', 'x'))).toBe('WAYMARK_CHECKPOINT_NOT_FOUND');
    expect(await codeOf(() => tree.descendants('nowhere'))).toBe('WAYMARK_CHECKPOINT_NOT_FOUND');
    expect(await codeOf(() => tree.latest('toString'))).toBe('WAYMARK_BRANCH_NOT_FOUND');
    expect(await codeOf(() => tree.isAbandoned('nowhere'))).toBe('WAYMARK_CHECKPOINT_NOT_FOUND');
    expect(await codeOf(() => tree.head('toString'))).toBe('WAYMARK_BRANCH_NOT_FOUND');
  });

  it('may be empty', () => {
    expect(ids(new CheckpointTree([], []).roots)).toStrictEqual([]);
  });
});

describe('a loop and parallel nodes', () => {
  const at = (id: string, parentId: string | null, nodeId: string, occurrence: number): Checkpoint => ({
    ...checkpoint(id, parentId),
    nodeId,
    occurrence,
  });
  const looped = new CheckpointTree(
    [at('a1', null, 'ask', 1), at('b1', 'a1', 'left', 1), at('c1', 'b1', 'right', 1), at('a2', 'c1', 'ask', 2)],
    [branch('main', 'a2', false)],
  );

  it('keep every occurrence', () => {
    expect(looped.occurrences('ask').map(({ id, occurrence }) => [id, occurrence])).toStrictEqual([
      ['a1', 1],
      ['a2', 2],
    ]);
    expect(ids(looped.occurrences('left'))).toStrictEqual(['b1']);
    expect(ids(looped.occurrences('right', 'main'))).toStrictEqual(['c1']);
    expect(looped.occurrences('nowhere')).toStrictEqual([]);
  });
});

describe('a very deep tree', () => {
  const depth = 20_000;
  // A branch leaves at every checkpoint, and each is left in turn: as deep as it gets.
  const deep = new CheckpointTree(
    Array.from({ length: depth }, (_, index) =>
      checkpoint(`c${index}`, index === 0 ? null : `c${index - 1}`, `b${index % 7}`),
    ),
    Array.from({ length: 500 }, (_, index) => branch(`b${index}`, `c${depth - 1 - index}`, index % 2 === 1)),
  );

  it('is walked without recursion', () => {
    const [first, last] = ['c0', `c${depth - 1}`];
    expect(deep.path(last)).toHaveLength(depth);
    expect(deep.ancestors(last)).toHaveLength(depth - 1);
    expect(deep.descendants(first)).toHaveLength(depth - 1);
    expect(deep.commonAncestor(last, `c${depth / 2}`)?.id).toBe(`c${depth / 2}`);
    expect(deep.checkpoints.filter(({ id }) => deep.isAbandoned(id))).toStrictEqual([]);
    expect(renderCheckpointTree(deep).split('\n').length).toBeGreaterThanOrEqual(depth);
  });

  it('is drawn where branches leave branches again and again', () => {
    // Two follow each one, and neither is in use: the first hangs to the side of the second, all the way down.
    const nested = Array.from({ length: 400 }, (_, index) =>
      checkpoint(`c${index}`, index === 0 ? null : `c${Math.floor((index - 1) / 2) * 2}`),
    );
    const drawn = renderCheckpointTree(new CheckpointTree(nested, []));
    for (const { id } of nested) expect(drawn).toContain(`× ${id} `);
  });
});

describe('a checkpoint whose parent is gone', () => {
  const torn = new CheckpointTree(
    [checkpoint('c0', null), checkpoint('c2', 'c1'), checkpoint('c3', 'c2')],
    [branch('main', 'c3', false)],
  );

  it('is told as damage by the way to it, and shown by the drawing', async () => {
    expect(ids(torn.orphans)).toStrictEqual(['c2']);
    expect((await caughtWaymark(() => torn.path('c3'))).message).toContain(
      'checkpoint c2 follows c1, which is not there',
    );
    expect(await codeOf(() => torn.between('c0', 'c3'))).toBe('WAYMARK_STORE_CORRUPT');
    const lines = renderCheckpointTree(torn).split('\n');
    expect(lines).toHaveLength(3);
    expect(lines[1]).toMatch(/^● c2 .*follows c1, which is not there$/);
    expect(ids(torn.descendants('c2'))).toStrictEqual(['c3']);
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
    ['what follows one', () => circle.descendants('c2')],
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
