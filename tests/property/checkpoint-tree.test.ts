import fc from 'fast-check';
import { type Branch, type Checkpoint, CheckpointTree, renderCheckpointTree } from '../../src/index.js';
import { makeBranch, makeCheckpoint } from '../support/checkpoints.js';

/** A tree as a naive model has it: for each checkpoint the index of the one before it. */
interface Grown {
  readonly parents: readonly (number | null)[];
  readonly tree: CheckpointTree;
}

/** Trees of any shape: each checkpoint follows one that is there already; branches end anywhere. */
const grown: fc.Arbitrary<Grown> = fc
  .tuple(
    fc.array(fc.tuple(fc.nat(), fc.constantFrom(null, 'load', 'gate', 'report')), { minLength: 1, maxLength: 40 }),
    fc.array(fc.tuple(fc.nat(), fc.boolean()), { minLength: 1, maxLength: 6 }),
  )
  .map(([steps, ends]) => {
    const parents = steps.map(([parent], index) => (index === 0 ? null : parent % index));
    const checkpoints = steps.map(([, nodeId], index): Checkpoint => ({
      ...makeCheckpoint(`c${index}`, parents[index] === null ? null : `c${parents[index]}`),
      nodeId,
      sequence: index,
    }));
    const branches = ends.map(([end, abandoned], index): Branch =>
      makeBranch(`b${index}`, `c${end % steps.length}`, abandoned),
    );
    return { parents, tree: new CheckpointTree(checkpoints, branches) };
  });
const withTwo = grown.chain((each) =>
  fc.tuple(fc.constant(each), fc.nat(each.parents.length - 1), fc.nat(each.parents.length - 1)),
);

/** A checkpoint and all before it, by looking at one parent after the other. */
function wayUp(parents: readonly (number | null)[], index: number): string[] {
  const parent = parents[index] ?? null;
  return [`c${index}`, ...(parent === null ? [] : wayUp(parents, parent))];
}

const ids = (checkpoints: readonly Checkpoint[]): string[] => checkpoints.map(({ id }) => id);

describe('a checkpoint tree and a naive model of it', () => {
  it('agree on what is before and after a checkpoint', () => {
    fc.assert(
      fc.property(withTwo, ([{ parents, tree }, index]) => {
        const up = wayUp(parents, index);
        expect(ids(tree.path(`c${index}`))).toStrictEqual(up.toReversed());
        expect(ids(tree.ancestors(`c${index}`))).toStrictEqual(up.slice(1));
        const after = parents
          .map((_, each) => each)
          .filter((each) => wayUp(parents, each).slice(1).includes(`c${index}`));
        const found = ids(tree.descendants(`c${index}`));
        expect(found.toSorted()).toStrictEqual(after.map((each) => `c${each}`).toSorted());
        // Each after the one that it follows.
        for (const [at, id] of found.entries()) {
          const parent = `c${parents[Number(id.slice(1))]}`;
          expect(parent === `c${index}` || found.indexOf(parent) < at).toBe(true);
        }
      }),
    );
  });

  it('agree on the way between two and where it turns', () => {
    fc.assert(
      fc.property(withTwo, ([{ parents, tree }, from, to]) => {
        const [up, down] = [wayUp(parents, from), wayUp(parents, to)];
        const common = up.find((id) => down.includes(id));
        const way = tree.between(`c${from}`, `c${to}`);
        expect(way.commonAncestor?.id).toBe(common);
        expect(tree.commonAncestor(`c${to}`, `c${from}`)?.id).toBe(common);
        expect(ids(way.up)).toStrictEqual(up.slice(0, up.indexOf(common ?? '')));
        expect(ids(way.down)).toStrictEqual(down.slice(0, down.indexOf(common ?? '')).toReversed());
      }),
    );
  });

  it('agree on heads, on what is abandoned and on every time a node was come by', () => {
    fc.assert(
      fc.property(grown, ({ parents, tree }) => {
        expect(ids(tree.heads)).toStrictEqual(tree.branches.map(({ headCheckpointId }) => headCheckpointId));
        const used = tree.branches
          .filter(({ abandoned }) => !abandoned)
          .flatMap(({ headCheckpointId }) => wayUp(parents, Number(headCheckpointId.slice(1))));
        for (const { id } of tree.checkpoints) expect(tree.isAbandoned(id)).toBe(!used.includes(id));
        const rounds = tree.checkpoints.filter(({ nodeId }) => nodeId === 'gate');
        expect(tree.occurrences('gate')).toStrictEqual(rounds);
        const [first] = tree.branches;
        const onFirst = wayUp(parents, Number(first?.headCheckpointId.slice(1)));
        expect(tree.occurrences('gate', 'b0')).toStrictEqual(rounds.filter(({ id }) => onFirst.includes(id)));
      }),
    );
  });

  it('agree on what a drawing shows, each checkpoint once, whatever is left out', () => {
    fc.assert(
      fc.property(grown, fc.nat(6), ({ tree }, every) => {
        const only = ({ sequence }: Checkpoint): boolean => sequence % (every + 1) === 0;
        const drawn = renderCheckpointTree(tree, { only })
          .split('\n')
          .flatMap((line) => /[●×] (c\d+) /.exec(line)?.[1] ?? []);
        expect(drawn.toSorted()).toStrictEqual(ids(tree.checkpoints.filter(only)).toSorted());
      }),
    );
  });
});
