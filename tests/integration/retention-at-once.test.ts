import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { generateSigningKey, type Retained, verifyExport, type Waymark, WaymarkError } from '../../src/index.js';
import { caughtWaymark } from '../support/caught.js';
import { DealCreated } from '../support/deals.js';
import { deferred } from '../support/deferred.js';
import { openWaymark } from '../support/open-waymark.js';
import { dropSchemas, hasPostgres, postgresOptions, postgresUrl } from '../support/postgres.js';
import { makeTemporaryFolder, type TemporaryFolder } from '../support/temporary-folder.js';

const KEY = generateSigningKey('example.com/retention');
const ENTRIES = 700;

const PLACES: readonly (readonly [name: string, make: (folder: TemporaryFolder) => Place])[] = [
  ['on SQLite', (folder) => ({ storage: `sqlite:${folder.file('waymark.db')}`, remove: () => Promise.resolve() })],
  ...(hasPostgres ? [['on PostgreSQL', onPostgres] as const] : []),
];

interface Place {
  readonly storage: string;
  remove(): Promise<void>;
}

function onPostgres(): Place {
  const { schema } = postgresOptions();
  return { storage: postgresUrl(schema), remove: () => dropSchemas([schema]) };
}

describe.each(PLACES)('two that cut the same part of a log at once %s', (_name, make) => {
  let folder: TemporaryFolder;
  let archives: string;
  let place: Place;
  let one: Waymark;
  let other: Waymark;

  beforeEach(async () => {
    folder = makeTemporaryFolder();
    archives = folder.file('archives');
    place = make(folder);
    const open = (): Promise<Waymark> => openWaymark({ storage: place.storage, seals: { key: KEY } });
    one = await open();
    other = await open();
    await one.log.append(Array.from({ length: ENTRIES }, (_, index) => new DealCreated({ dealId: `d-${index}` })));
  });
  afterEach(async () => {
    jest.restoreAllMocks();
    await one.close();
    await other.close();
    await place.remove();
    folder.remove();
  });

  const retain = (waymark: Waymark, before = 300): Promise<Retained> =>
    waymark.log.retain({ before, archiveTo: archives });

  /** One archive, which is that of the seam, beside nothing else; and a log that is sound. */
  async function expectSound(seams: number): Promise<void> {
    const cut = await one.log.seams();
    expect(cut).toHaveLength(seams);
    for (const { archive } of cut) {
      expect(await verifyExport(archive.path, { trusted: [KEY.verifier] })).toMatchObject({ verdict: 'ok' });
      expect(await other.log.verifyArchive(archive.path)).toMatchObject({ verdict: 'ok', isTrusted: true });
    }
    const left = readdirSync(archives);
    expect(left.filter((name) => !name.endsWith('.manifest.json'))).toHaveLength(seams);
    expect(left).toHaveLength(2 * seams);
    for (const waymark of [one, other]) {
      expect(await waymark.log.verify({ trusted: [KEY.verifier] })).toMatchObject({ verdict: 'ok' });
    }
    expect(await one.log.query({ types: ['audit.verification_failed'] })).toStrictEqual([]);
    expect(await one.log.query({ types: ['audit.retention_applied'] })).toHaveLength(seams);
  }

  it('remove everything once: one does, and the other is told so or finds nothing to do', async () => {
    const all = await Promise.allSettled([retain(one), retain(other)]);
    const removed = all.flatMap((each) => (each.status === 'fulfilled' ? [each.value.removed] : []));
    expect(removed.filter((count) => count > 0)).toStrictEqual([300]);
    for (const each of all) {
      if (each.status === 'fulfilled') continue;
      expect(WaymarkError.is(each.reason, 'WAYMARK_RETENTION_REFUSED')).toBe(true);
      expect((each.reason as Error).message).toContain('somebody else has cut it meanwhile');
    }
    await expectSound(1);
  });

  it('tell the one that has verified the log when the other one cuts it', async () => {
    const [verified, gate] = [deferred(), deferred()];
    const { seals } = one.store;
    const latest = seals.latest.bind(seals);
    // The last thing that is looked at before anything is written.
    jest.spyOn(seals, 'latest').mockImplementation(async (...args) => {
      const found = await latest(...args);
      if (found !== undefined && found.size >= ENTRIES) {
        verified.resolve();
        await gate.promise;
      }
      return found;
    });
    const slow = caughtWaymark(retain(one));
    await verified.promise;
    expect(await retain(other)).toMatchObject({ removed: 300 });
    gate.resolve();
    expect(await slow).toMatchObject({
      code: 'WAYMARK_RETENTION_REFUSED',
      message: expect.stringContaining('somebody else has cut it meanwhile'),
      hint: expect.stringContaining('--list'),
    });
    await expectSound(1);
    expect(await retain(one)).toMatchObject({ removed: 0 });
    expect(await retain(one, 400)).toMatchObject({ from: 300, removed: 100 });
    await expectSound(2);
  });

  it('leave the archive of the first one in its place when the second one is about to remove the same', async () => {
    const [archived, gate] = [deferred(), deferred()];
    const { auditLog } = one.store;
    const readLeaves = auditLog.readLeaves.bind(auditLog);
    let isWritten = false;
    // Asked for once more when the archive is written, for the root that it is to lead to.
    jest.spyOn(auditLog, 'readLeaves').mockImplementation(async (...args) => {
      const found = await readLeaves(...args);
      if (isWritten) {
        archived.resolve();
        await gate.promise;
      }
      return found;
    });
    const slow = caughtWaymark(
      one.log.retain({
        before: 300,
        archiveTo: archives,
        onProgress: (done, total) => {
          isWritten = done === total;
        },
      }),
    );
    await archived.promise;
    const { archive, seam } = await retain(other);
    gate.resolve();
    expect((await slow).code).toBe('WAYMARK_RETENTION_REFUSED');
    expect(await one.log.seams()).toStrictEqual([seam]);
    expect(await one.log.verifyArchive(archive)).toMatchObject({ verdict: 'ok' });
    await expectSound(1);
  });

  it('remove nothing when the archive can not be put in its place', async () => {
    const { archive } = await one.log.retain({ before: 300, archiveTo: archives, dryRun: true });
    const slow = one.log.retain({
      before: 300,
      archiveTo: archives,
      // A folder where the archive is to go, made after that was looked at.
      onProgress: () => void mkdirSync(join(archive, 'in-the-way'), { recursive: true }),
    });
    expect((await caughtWaymark(slow)).code).toBe('WAYMARK_EXPORT_FAILED');
    expect(await one.log.seams()).toStrictEqual([]);
    expect(await one.log.at(0)).toMatchObject({ position: 0 });
    expect(await other.log.verify()).toMatchObject({ verdict: 'ok' });
  });
});
