import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { inspect } from 'node:util';
import Database from 'better-sqlite3';
import {
  type AuditEntry,
  ERASED,
  InMemoryStore,
  type JsonObject,
  proveInclusion,
  type StoredEntry,
  subtreesOfLog,
  UnknownEvent,
  verifyInclusion,
  verifyExport,
  type Waymark,
  type WaymarkConfig,
} from '../../src/index.js';
import { openWaymark } from '../support/open-waymark.js';
import { OfferSent, TeamFormed } from '../support/people.js';
import { dropSchemas, hasPostgres, postgresOptions, postgresUrl } from '../support/postgres.js';
import { makeTemporaryFolder } from '../support/temporary-folder.js';

const EMAIL = 'PLANTED-ada@example.com';
const STREET = 'PLANTED-1 Main Street';
const NOTE = 'PLANTED-prefers tea';
const FULL = {
  offerId: 'o-1',
  customerId: 'ada',
  email: EMAIL,
  age: 36,
  address: { street: STREET, zip: '1234' },
  notes: [{ at: 'noon', text: NOTE }],
};
const GONE = {
  offerId: 'o-1',
  customerId: 'ada',
  email: ERASED,
  age: null,
  address: null,
  notes: [{ at: 'noon', text: ERASED }],
};
const BECAUSE = { reason: 'request 4711', actor: 'user:officer' };

/** Stores that several Waymarks can be opened on, as several processes would. */
const PLACES: readonly (readonly [name: string, make: () => Promise<Place>])[] = [
  ['in memory', inMemory],
  ['on SQLite', onSqlite],
  ...(hasPostgres ? [['on PostgreSQL', onPostgres] as const] : []),
];

describe.each(PLACES)('personal data %s', (name, make) => {
  let place: Place;
  let waymark: Waymark;
  beforeEach(async () => {
    place = await make();
    waymark = await place.open();
  });
  afterEach(() => place.remove());

  it('is plain on the bus, encrypted where it is stored, and plain again when it is read', async () => {
    const seen: unknown[] = [];
    waymark.bus.subscribe(OfferSent, ({ payload }) => void seen.push(payload));
    const offer = new OfferSent(FULL);
    waymark.bus.publish(offer);
    await waymark.flush();
    expect(seen).toStrictEqual([FULL]);
    const [entry] = await waymark.log.query();
    expect(entry?.event).toStrictEqual(offer);
    expect(entry).toHaveProperty('message', 'Offer o-1 sent to [personal]');
    const body = await place.body(0);
    expect(body).not.toMatch(/PLANTED|1234|"age":36/);
    expect(JSON.parse(body)).toHaveProperty('payload.email', {
      $personal: { v: 1, s: expect.any(String), t: 'text', n: expect.any(String), c: expect.any(String) },
    });
  });

  it('reads the same by every way to read', async () => {
    const { id } = (await waymark.log.append([new OfferSent(FULL)]))[0]?.event ?? {};
    for (const entry of await everyWay(waymark, id ?? '')) expect(entry.event.payload).toStrictEqual(FULL);
    await waymark.log.erase('ada', BECAUSE);
    for (const entry of await everyWay(waymark, id ?? '')) {
      expect(entry.event.payload).toStrictEqual(GONE);
      expect(entry.erased).toStrictEqual(['/email', '/age', '/address', '/notes/0/text']);
      expect(entry.message).not.toContain('PLANTED');
    }
  });

  it('is forgotten for one person alone; the root, the verdict and the proofs stay', async () => {
    await waymark.log.append([
      new OfferSent(FULL),
      new OfferSent({ offerId: 'o-2', customerId: 'ben', email: 'ben@example.com' }),
      new TeamFormed({
        name: 'a team',
        members: [
          { personId: 'ada', phone: '1' },
          { personId: 'ben', phone: '2' },
        ],
      }),
    ]);
    const before = await waymark.log.head();
    const bodies = await Promise.all([0, 1, 2].map((position) => place.body(position)));
    const erased = await waymark.log.erase('ada', BECAUSE);
    expect(erased).toStrictEqual({
      subjectId: expect.stringMatching(/^[0-9a-f]{32}$/),
      entriesAffected: 2,
      isErased: true,
      isPurged: true,
    });
    const [offer, other, team, told] = await waymark.log.query();
    expect(offer?.event.payload).toStrictEqual(GONE);
    expect(other?.event.payload).toHaveProperty('email', 'ben@example.com');
    expect(team?.event.payload).toHaveProperty('members', [
      { personId: 'ada', phone: ERASED },
      { personId: 'ben', phone: '2' },
    ]);
    expect(team?.erased).toStrictEqual(['/members/0/phone']);
    expect(told?.event).toMatchObject({
      type: 'audit.erased',
      payload: { subjectId: erased.subjectId, reason: 'request 4711', entriesAffected: 2 },
      context: { actor: 'user:officer' },
    });
    expect(await Promise.all([0, 1, 2].map((position) => place.body(position)))).toStrictEqual(bodies);
    const path = await place.prove(0, before.size);
    const leafHash = Buffer.from(offer?.leafHash ?? '', 'hex');
    const root = Buffer.from(before.rootHash, 'hex');
    expect(verifyInclusion({ leafHash, index: 0, size: before.size, path, root })).toBe(true);
    expect(await waymark.log.verify()).toMatchObject({ verdict: 'ok', checked: 4 });
  });

  it('is encrypted in every export, which verifies after an erasure too', async () => {
    await waymark.log.append([new OfferSent(FULL)]);
    const folder = makeTemporaryFolder();
    try {
      for (const format of ['jsonl', 'csv', 'cloudevents'] as const) {
        const to = folder.file(`log.${format}`);
        await waymark.log.export({ to, format, record: false });
        expect(readFileSync(to, 'utf8')).not.toMatch(/PLANTED|1234/);
      }
      await waymark.log.erase('ada', BECAUSE);
      expect(await verifyExport(folder.file('log.jsonl'))).toMatchObject({ verdict: 'ok' });
    } finally {
      folder.remove();
    }
  });

  it('is forgotten once: again changes nothing, and who was never there is told', async () => {
    await waymark.log.append([new OfferSent(FULL)]);
    const dry = await waymark.log.erase('ada', { ...BECAUSE, dryRun: true });
    expect(dry).toMatchObject({ entriesAffected: 1, isErased: false });
    expect((await waymark.log.query())[0]?.event.payload).toStrictEqual(FULL);
    const first = await waymark.log.erase('ada', BECAUSE);
    const again = await waymark.log.erase('ada', BECAUSE);
    expect(again).toStrictEqual({ ...first, isErased: false });
    expect(await waymark.log.query({ types: ['audit.erased'] })).toHaveLength(1);
    await expect(waymark.log.erase('Ada', BECAUSE)).rejects.toMatchObject({ code: 'WAYMARK_SUBJECT_UNKNOWN' });
    await expect(waymark.log.erase('ada', { reason: ' ' })).rejects.toMatchObject({ code: 'WAYMARK_INVALID_ARGUMENT' });
    await expect(waymark.log.erase('', BECAUSE)).rejects.toMatchObject({ code: 'WAYMARK_INVALID_ID' });
  });

  it('erases once when many ask at the same time', async () => {
    await waymark.log.append([new OfferSent(FULL)]);
    const all = await Promise.all(Array.from({ length: 4 }, () => waymark.log.erase('ada', BECAUSE)));
    expect(all.filter(({ isErased }) => isErased)).toHaveLength(1);
    expect(await waymark.log.query({ types: ['audit.erased'] })).toHaveLength(1);
  });

  it('keeps nothing of new events of who was erased, unless that is asked for', async () => {
    await waymark.log.append([new OfferSent(FULL)]);
    await waymark.log.erase('ada', BECAUSE);
    const [entry] = await waymark.log.append([new OfferSent({ ...FULL, offerId: 'o-2' })]);
    expect(entry?.event.payload).toStrictEqual({ ...GONE, offerId: 'o-2' });
    expect(entry?.erased).toContain('/email');
    expect(await place.body(2)).not.toMatch(/PLANTED|"c":/);

    const willing = await place.open({ personalKeys: { afterErasure: 'new-key' } });
    const [later] = await willing.log.append([new OfferSent({ ...FULL, offerId: 'o-3' })]);
    expect(later?.event.payload).toStrictEqual({ ...FULL, offerId: 'o-3' });
    expect((await willing.log.query())[0]?.event.payload).toStrictEqual(GONE);
    expect(await waymark.log.erase('ada', BECAUSE)).toMatchObject({ entriesAffected: 1, isErased: true });
    expect((await willing.log.query()).flatMap(({ erased = [] }) => erased)).toHaveLength(12);
  });

  it('is forgotten by every process at once: what one has in memory counts for nothing', async () => {
    const other = await place.open();
    await waymark.log.append([new OfferSent(FULL)]);
    const read = async (): Promise<unknown> => (await other.log.query())[0]?.event.payload;
    expect(await read()).toStrictEqual(FULL);
    await other.log.append([new OfferSent({ ...FULL, offerId: 'o-2' })]);
    await waymark.log.erase('ada', BECAUSE);
    expect(await read()).toStrictEqual(GONE);
    await other.log.append([new OfferSent({ ...FULL, offerId: 'o-3' })]);
    const entries = await waymark.log.query({ types: ['offer.sent'] });
    expect(entries.map(({ event }) => (event.payload as typeof FULL).email)).toStrictEqual([ERASED, ERASED, ERASED]);
    expect(await place.body(3)).not.toContain('"c":');
  });

  it('makes one key of a person, however many record at once', async () => {
    const other = await place.open();
    const offers = Array.from({ length: 20 }, (_, index) => new OfferSent({ ...FULL, offerId: `o-${index}` }));
    await Promise.all(offers.map((offer, index) => (index % 2 === 0 ? waymark : other).log.append([offer])));
    const bodies = await Promise.all(offers.map((_, position) => place.body(position)));
    const keys = bodies.flatMap((body) => Array.from(body.matchAll(/"s":"([^"]+)"/g), ([, id]) => id));
    expect(new Set(keys).size).toBe(1);
  });

  it('stays encrypted for who does not know the type, and says so where a master key is missing', async () => {
    const locked = await place.open({ personalKeys: { masterKey: '7'.repeat(64) } });
    await locked.log.append([new OfferSent(FULL)]);
    expect((await locked.log.query())[0]?.event.payload).toStrictEqual(FULL);
    const [entry] = await waymark.log.query();
    expect(entry?.erased).toBeUndefined();
    expect(entry?.unreadable?.map(({ path }) => path)).toContain('/email');
    expect(entry?.unreadable?.[0]?.error).toMatchObject({
      code: 'WAYMARK_PERSONAL_UNREADABLE',
      hint: expect.stringContaining('masterKey'),
    });
    expect(JSON.stringify(entry)).not.toContain('PLANTED');
    await expect(waymark.log.append([new OfferSent(FULL)])).rejects.toMatchObject({
      code: 'WAYMARK_PERSONAL_KEY_LOCKED',
    });
    // What is recorded together with it is recorded all the same.
    const together = await Promise.allSettled([
      waymark.log.append([new TeamFormed({ name: 'nobody', members: [] })]),
      waymark.log.append([new OfferSent(FULL)]),
      waymark.log.append([new OfferSent({ ...FULL, customerId: 'ben' })]),
    ]);
    expect(together.map(({ status }) => status)).toStrictEqual(['fulfilled', 'rejected', 'fulfilled']);
    // Who erases needs no key.
    expect(await waymark.log.erase('ada', BECAUSE)).toMatchObject({ isErased: true });
    expect((await locked.log.query())[0]?.event.payload).toStrictEqual(GONE);

    const stranger = await place.open({}, []);
    const [unknown] = await stranger.log.query();
    expect(unknown?.event).toBeInstanceOf(UnknownEvent);
    expect(unknown?.event.payload).toHaveProperty('email.$personal.v', 1);
    expect(unknown?.erased).toBeUndefined();
    // Who only shows events may have them decrypted all the same.
    const onlooker = await place.open({ personalKeys: { masterKey: '7'.repeat(64), unknownTypes: 'reveal' } }, []);
    const offers = await onlooker.log.query({ types: ['offer.sent'] });
    expect(offers.map(({ event }) => event.payload)).toStrictEqual([GONE, { ...FULL, customerId: 'ben' }]);
  });

  it(`tells which field is not what was written, and gives the others (${name})`, async () => {
    const [first] = await waymark.log.append([new OfferSent(FULL)]);
    const stolen = (JSON.parse(await place.body(0)) as { payload: { email: object } }).payload.email;
    // A copy of an encrypted value, in another event and at another place.
    const copy = new OfferSent({ ...FULL, offerId: 'o-2' });
    const payload = { ...copy.payload, stolen } as unknown as JsonObject;
    const event = new UnknownEvent(copy.type, payload, { ...copy.context, schemaVersion: 9 });
    await waymark.log.append([event]);
    const [, entry] = await waymark.log.query();
    expect(entry?.unreadable).toMatchObject([{ path: '/stolen', error: { code: 'WAYMARK_PERSONAL_UNREADABLE' } }]);
    expect(entry?.event.payload).toMatchObject({ offerId: 'o-2', email: EMAIL, stolen });
    expect(first?.unreadable).toBeUndefined();
  });
});

describe('the key of who was erased', () => {
  it('is in no byte of the file of SQLite, nor of its write-ahead log', async () => {
    const folder = makeTemporaryFolder();
    const path = folder.file('waymark.db');
    const bytes = (): string =>
      readdirSync(folder.path)
        .map((file) => readFileSync(folder.file(file)).toString('latin1'))
        .join('');
    try {
      const waymark = await openWaymark({ storage: `sqlite:${path}` });
      waymark.catalog.register(OfferSent);
      // Enough people for the tables to take many pages.
      const people = Array.from({ length: 300 }, (_, index) => `customer-${index}`);
      await waymark.log.append(
        people.map((customerId) => new OfferSent({ offerId: 'o-1', customerId, email: `${customerId}@example.com` })),
      );
      const keys = [...new Set(Array.from(bytes().matchAll(/plain:([\w-]{43})/g), ([, key]) => key as string))];
      expect(keys.length).toBe(300);
      const some = ['customer-0', 'customer-1', 'customer-77', 'customer-150', 'customer-298', 'customer-299'];
      for (const subject of some) {
        expect(await waymark.log.erase(subject, BECAUSE)).toMatchObject({ entriesAffected: 1, isPurged: true });
      }
      const left = bytes();
      expect(keys.filter((key) => !left.includes(key))).toHaveLength(some.length);
      const gone = (await waymark.log.query({ types: ['offer.sent'] }, { limit: 1_000 })).filter(
        ({ erased }) => erased,
      );
      expect(gone.map(({ position }) => position)).toStrictEqual([0, 1, 77, 150, 298, 299]);
      await waymark.close();
    } finally {
      folder.remove();
    }
  });

  it('is told to be there still while somebody reads what was before, and goes with the next try', async () => {
    const folder = makeTemporaryFolder();
    const waymark = await openWaymark({ storage: `sqlite:${folder.file('waymark.db')}` });
    const reader = new Database(folder.file('waymark.db'));
    try {
      await waymark.log.append([new OfferSent(FULL)]);
      reader.exec('BEGIN');
      reader.prepare('SELECT count(*) FROM subject_keys').get();
      expect(await waymark.log.erase('ada', BECAUSE)).toMatchObject({ isErased: true, isPurged: false });
      reader.exec('COMMIT');
      expect(await waymark.log.erase('ada', BECAUSE)).toMatchObject({ isErased: false, isPurged: true });
    } finally {
      reader.close();
      await waymark.close();
      folder.remove();
    }
  });

  it('is wrapped where there is a master key, from a file too; another one is refused', async () => {
    const folder = makeTemporaryFolder();
    const storage = `sqlite:${folder.file('waymark.db')}`;
    try {
      writeFileSync(folder.file('master.key'), `${'ab'.repeat(32)}\n`);
      const waymark = await openWaymark({ storage, personalKeys: { masterKey: folder.file('master.key') } });
      await waymark.log.append([new OfferSent(FULL)]);
      await waymark.close();
      const file = readFileSync(folder.file('waymark.db')).toString('latin1');
      expect(file).toMatch(/gcm:[\w-]{80}/);
      expect(file).not.toContain('plain:');
      for (const [masterKey, code] of [
        [folder.file('no-such.key'), 'WAYMARK_KEY_FILE_FAILED'],
        [folder.file('waymark.db'), 'WAYMARK_INVALID_KEY'],
        ['', 'WAYMARK_INVALID_KEY'],
      ] as const) {
        await expect(openWaymark({ storage, personalKeys: { masterKey } })).rejects.toMatchObject({ code });
      }
      for (const wrong of [{ afterErasure: 'never' }, { unknownTypes: 'guess' }] as never[]) {
        await expect(openWaymark({ personalKeys: wrong })).rejects.toMatchObject({ code: 'WAYMARK_INVALID_ARGUMENT' });
      }
    } finally {
      folder.remove();
    }
  });
});

/** A store that is there for one test. */
interface Place {
  open(config?: Partial<WaymarkConfig>, types?: readonly (typeof OfferSent | typeof TeamFormed)[]): Promise<Waymark>;
  /** The stored text of an entry. */
  body(position: number): Promise<string>;
  prove(position: number, size: number): Promise<readonly Buffer[]>;
  remove(): Promise<void>;
}

type Types = readonly (typeof OfferSent | typeof TeamFormed)[];

function placeOf(openOne: (config: Partial<WaymarkConfig>) => Promise<Waymark>, end: () => Promise<void>): Place {
  const opened: Waymark[] = [];
  const stored = async (position: number): Promise<StoredEntry> => {
    const [entry] = (await opened[0]?.store.auditLog.readRange(position, 1)) ?? [];
    if (entry === undefined) throw new RangeError(`no entry at ${position}`);
    return entry;
  };
  return {
    open: async (config = {}, types: Types = [OfferSent, TeamFormed]) => {
      const waymark = await openOne(config);
      for (const type of types) waymark.catalog.register(type);
      opened.push(waymark);
      return waymark;
    },
    body: async (position) => (await stored(position)).body,
    prove: (position, size) => proveInclusion(subtreesOfLog((opened[0] as Waymark).store.auditLog), position, size),
    remove: async () => {
      for (const waymark of opened) await waymark.close();
      await end();
    },
  };
}

function inMemory(): Promise<Place> {
  const store = new InMemoryStore();
  return Promise.resolve(
    placeOf(
      (config) => openWaymark(config, store),
      async () => undefined,
    ),
  );
}

function onSqlite(): Promise<Place> {
  const folder = makeTemporaryFolder();
  const storage = `sqlite:${folder.file('waymark.db')}`;
  return Promise.resolve(
    placeOf(
      (config) => openWaymark({ storage, ...config }),
      async () => folder.remove(),
    ),
  );
}

function onPostgres(): Promise<Place> {
  const { schema } = postgresOptions();
  const storage = postgresUrl(schema);
  return Promise.resolve(
    placeOf(
      (config) => openWaymark({ storage, ...config }),
      () => dropSchemas([schema]),
    ),
  );
}

async function everyWay({ log }: Waymark, id: string): Promise<readonly AuditEntry[]> {
  const types = { types: ['offer.sent'] };
  const streamed: AuditEntry[] = [];
  for await (const entry of log.stream(types)) streamed.push(entry);
  for await (const entry of log.tail(types, { after: -1 })) {
    streamed.push(entry);
    break;
  }
  const found = [
    ...streamed,
    ...(await log.query(types)),
    ...((await log.scan(types)) as readonly AuditEntry[]),
    ...(await log.page(types)).entries,
    ...((await log.scanPage(types)).entries as readonly AuditEntry[]),
    await log.get(id),
  ];
  expect(found).toHaveLength(7);
  expect(inspect(found)).not.toContain('$personal');
  return found;
}
