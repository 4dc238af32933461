import fc from 'fast-check';
import { type AnyEventClass, EXPORT_FORMATS, verifyExport, type Waymark, WAYMARK_EVENTS } from '../../src/index.js';
import { bodiesOf } from '../support/exports.js';
import { openWaymark } from '../support/open-waymark.js';
import { makeTemporaryFolder } from '../support/temporary-folder.js';
import { arbitraryOf, identifiers } from '../support/zod-arbitrary.js';

// Whatever a log holds, it comes out of an export as it went in: byte for byte, with the same root.

const classes: readonly AnyEventClass[] = WAYMARK_EVENTS;

const event = fc
  .constantFrom(...classes)
  .chain((type) =>
    fc
      .tuple(
        arbitraryOf(type.definition.schema as never),
        fc.record({ actor: identifiers, source: identifiers, correlationId: identifiers }, { requiredKeys: [] }),
      )
      .map(([payload, context]) => new type(payload, context)),
  );

const options = fc.record({
  format: fc.constantFrom(...EXPORT_FORMATS),
  gzip: fc.boolean(),
  /** Where the log is cut in two exports. */
  cut: fc.nat(40),
});

const folder = makeTemporaryFolder();
afterAll(() => folder.remove());

let count = 0;
const openOn = (kind: string): Promise<Waymark> =>
  openWaymark({ storage: kind === 'memory' ? 'memory:' : `sqlite:${folder.file(`${(count += 1)}.db`)}` });

describe.each([
  ['memory', 'memory', 40],
  ['memory', 'SQLite', 15],
  ['SQLite', 'memory', 15],
] as const)('from %s to %s', (from, to, numRuns) => {
  it('arbitrary events come out of an export and an import as they were, with the same root', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(event, { maxLength: 40 }), options, async (events, { format, gzip, cut }) => {
        await using source = await openOn(from);
        await using target = await openOn(to);
        await source.log.append(events);
        const { size } = await source.log.head();
        const middle = Math.min(cut, size);
        const withEntry = format.startsWith('cloudevents') ? { withEntry: true } : {};
        for (const range of [{ until: middle }, { from: middle }]) {
          const path = folder.file('export');
          await source.log.export({ to: path, format, gzip, record: false, ...withEntry, ...range });
          expect(await verifyExport(path)).toMatchObject({ verdict: 'ok' });
          await target.log.import({ from: path });
        }
        expect(await bodiesOf(target)).toStrictEqual(await bodiesOf(source));
        expect(await target.log.head()).toStrictEqual(await source.log.head());
        // An event that tells of a seal which nobody made is a contradiction; that is kept too.
        expect(await target.log.verify()).toStrictEqual(await source.log.verify());
      }),
      { numRuns },
    );
  }, 60_000);
});
