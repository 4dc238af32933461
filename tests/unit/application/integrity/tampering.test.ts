import { makeWorkbench } from '../../../support/integrity.js';
import { prepare, TAMPERINGS, told } from '../../../support/tamper-matrix.js';

describe('a log in memory', () => {
  it('is found intact, with its seals, as long as nobody lays hands on it', async () => {
    const bench = makeWorkbench();
    await prepare(bench);
    const { rootHash } = await bench.log.head();
    expect(await bench.integrity.verify()).toStrictEqual({
      verdict: 'ok',
      size: 142,
      rootHash,
      checked: 142,
      seals: { count: 2, upTo: 101 },
    });
  });

  it.each(TAMPERINGS.map((tampering) => [tampering.name, tampering] as const))(
    'tells of %s',
    async (_, { tamper, verdict, position, names }) => {
      const bench = makeWorkbench();
      await prepare(bench);
      await tamper(bench.hands);
      const found = await bench.integrity.verify();
      expect(told(found)).toStrictEqual([verdict, position]);
      expect(found.detail).toMatch(names);
    },
  );
});
