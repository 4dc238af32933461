import fc from 'fast-check';
import { leafHash, MerkleFrontier } from '../../src/domain/audit/integrity/merkle-tree.js';
import { naiveMerkleRoot } from '../../src/testing/naive-merkle.js';

describe('the Merkle tree', () => {
  it('has the published roots of Certificate Transparency', () => {
    // The test vectors of RFC 6962's reference implementation (google/certificate-transparency, merkle_tree_test.cc).
    const leaves = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f'];
    const roots = [
      '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
      'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
      'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
      'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
      '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
      '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
      'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
      '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
    ];
    let frontier = MerkleFrontier.EMPTY;
    const found = leaves.map((leaf) => {
      frontier = frontier.append(leafHash(Buffer.from(leaf, 'hex')));
      return frontier.root().toString('hex');
    });
    expect(found).toStrictEqual(roots);
    expect(naiveMerkleRoot(leaves.map((leaf) => Buffer.from(leaf, 'hex')))).toBe(roots.at(-1));
  });

  it('has the published root of no leaves', () => {
    expect(MerkleFrontier.EMPTY.root().toString('hex')).toBe(
      'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    );
  });

  it('has the root of RFC 9162, however many leaves there are', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' }), { maxLength: 300 }), (leaves) => {
        expect(rootOf(MerkleFrontier.EMPTY.appendAll(leaves.map(leafHash)))).toBe(naiveMerkleRoot(leaves));
      }),
    );
  });

  it('has the same root in whatever portions the leaves come, stored and read in between', () => {
    fc.assert(
      fc.property(fc.array(fc.array(fc.string(), { maxLength: 20 }), { maxLength: 15 }), (portions) => {
        let frontier = MerkleFrontier.EMPTY;
        for (const portion of portions) {
          frontier = MerkleFrontier.from(frontier.size, frontier.hashes()).appendAll(portion.map(leafHash));
        }
        const leaves = portions.flat();
        expect([frontier.size, rootOf(frontier)]).toStrictEqual([leaves.length, naiveMerkleRoot(leaves)]);
      }),
    );
  });

  it('has a frontier of the roots of its perfect subtrees', () => {
    fc.assert(
      fc.property(fc.array(fc.string(), { maxLength: 200 }), (leaves) => {
        const frontier = MerkleFrontier.EMPTY.appendAll(leaves.map(leafHash));
        const roots = frontier.ranges().map(({ from, size }) => naiveMerkleRoot(leaves.slice(from, from + size)));
        expect(frontier.hashes()).toStrictEqual(roots);
        expect(frontier.ranges().reduce((sum, range) => sum + range.size, 0)).toBe(leaves.length);
      }),
    );
  });

  it('has another root when one leaf is another', () => {
    fc.assert(
      fc.property(fc.array(fc.string(), { minLength: 1, maxLength: 100 }), fc.nat(), (leaves, at) => {
        const index = at % leaves.length;
        const changed = leaves.with(index, `${leaves[index]}!`);
        expect(rootOf(MerkleFrontier.EMPTY.appendAll(changed.map(leafHash)))).not.toBe(naiveMerkleRoot(leaves));
      }),
    );
  });

  it('refuses a frontier that does not fit its size', () => {
    const hash = 'ab'.repeat(32);
    expect(() => MerkleFrontier.from(3, [hash])).toThrow(RangeError);
    expect(() => MerkleFrontier.from(0, [hash])).toThrow(RangeError);
    expect(() => MerkleFrontier.from(-1, [])).toThrow(RangeError);
    expect(() => MerkleFrontier.from(1, ['abcd'])).toThrow(RangeError);
  });
});

function rootOf(frontier: MerkleFrontier): string {
  return frontier.root().toString('hex');
}
