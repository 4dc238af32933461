import { generateSigningKey, verifyExport } from '../../src/index.js';
import { bodiesOf, writeDeals } from '../support/exports.js';
import { openWaymark } from '../support/open-waymark.js';
import { UNOPENED_STORES } from '../support/stores.js';
import { makeTemporaryFolder, type TemporaryFolder } from '../support/temporary-folder.js';

describe.each(UNOPENED_STORES)('a log %s', (_, make) => {
  let folder: TemporaryFolder;
  beforeEach(() => {
    folder = makeTemporaryFolder();
  });
  afterEach(() => folder.remove());

  it('is exported, and made again from that with the same bytes and the same root', async () => {
    const key = generateSigningKey('example.com/deals');
    const one = await make();
    const other = await make();
    try {
      await using source = await openWaymark({ seals: { key } }, one.store);
      await using target = await openWaymark({}, other.store);
      await writeDeals(source, 2_100);
      await source.log.seal();
      const path = folder.file('log.jsonl.gz');
      await source.log.export({ to: path, gzip: true });
      expect(await verifyExport(path, { trusted: [key.verifier] })).toMatchObject({ verdict: 'ok', isTrusted: true });
      await target.log.import({ from: path, trusted: [key.verifier] });
      expect(await target.log.verify()).toMatchObject({ verdict: 'ok', size: 2_101 });
      const bodies = await bodiesOf(source);
      expect(await bodiesOf(target)).toStrictEqual(bodies.slice(0, 2_101));
      // What the export itself added comes with the next one, and with a filter what it finds.
      await source.log.export({ to: path, gzip: true, from: 2_101, record: false });
      await target.log.import({ from: path });
      expect(await target.log.head()).toStrictEqual(await source.log.head());
      const won = await target.log.export({
        to: folder.file('won.csv'),
        format: 'csv',
        filter: { types: ['deal.won'] },
      });
      expect(won.entries).toBe(210);
    } finally {
      await one.remove?.();
      await other.remove?.();
    }
  }, 30_000);
});
