import { readdirSync, readFileSync } from 'node:fs';
import { ERASED, type Waymark, type WaymarkConfig } from '../../src/index.js';
import { deals } from '../support/deals.js';
import { deferred } from '../support/deferred.js';
import { FaultyStore } from '../support/faulty-store.js';
import { ManualScheduler } from '../support/manual-scheduler.js';
import { openWaymark } from '../support/open-waymark.js';
import { OfferSent, TeamFormed } from '../support/people.js';
import { Processes } from '../support/processes.js';
import { makeTemporaryFolder, type TemporaryFolder } from '../support/temporary-folder.js';

const SECRETS = ['PLANTED-ada@example.com', 'PLANTED-1 Main Street', 'PLANTED-prefers tea', 'PLANTED-555'];
const [EMAIL = '', STREET = '', NOTE = '', PHONE = ''] = SECRETS;
const MASTER = 'ab'.repeat(32);
const OTHER = 'cd'.repeat(32);
const BECAUSE = { reason: 'request 4711', actor: 'user:officer' };

const offer = (customerId: string): OfferSent =>
  new OfferSent({
    offerId: `offer-of-${customerId}`,
    customerId,
    email: EMAIL,
    age: 36,
    address: { street: STREET, zip: '1234' },
    notes: [{ at: 'noon', text: NOTE }],
  });
const team = (): TeamFormed => new TeamFormed({ name: 'red', members: [{ personId: 'ben', phone: PHONE }] });

let folder: TemporaryFolder;
let processes: Processes;
let store: FaultyStore;
const opened: Waymark[] = [];

beforeEach(() => {
  folder = makeTemporaryFolder();
  processes = new Processes();
  store = new FaultyStore();
});
afterEach(async () => {
  store.unitOfWork.fails = () => false;
  for (const waymark of opened.splice(0)) await waymark.close().catch(() => undefined);
  folder.remove();
});

type PersonalKeys = NonNullable<WaymarkConfig['personalKeys']>;

/** One process of several over the same store, which keeps two events in memory. */
async function open(self: string, personalKeys: PersonalKeys = {}, types = [OfferSent, TeamFormed]) {
  const scheduler = new ManualScheduler();
  const log = { bufferEvents: 2, spill: folder.file('log.spill') };
  const waymark = await openWaymark({ scheduler, identity: processes.identity(self), log, personalKeys }, store);
  for (const type of types) waymark.catalog.register(type);
  opened.push(waymark);
  return { waymark, scheduler };
}

/** Takes the store away, publishes until everything is in the file, and ends the process. */
async function spillAndDie(
  { waymark, scheduler }: Awaited<ReturnType<typeof open>>,
  self: string,
  ...events: readonly (OfferSent | TeamFormed)[]
): Promise<void> {
  store.unitOfWork.fails = () => true;
  const [first, ...rest] = [...deals('a', 'b', 'c'), ...events];
  if (first !== undefined) waymark.bus.publish(first);
  await scheduler.untilAsked(1);
  for (const event of rest) waymark.bus.publish(event);
  scheduler.elapse();
  await scheduler.untilAsked(2);
  expect(waymark.pending()).toMatchObject({ buffered: 0, lost: 0 });
  processes.kill(self);
  store.unitOfWork.fails = () => false;
}

const files = (): readonly string[] => readdirSync(folder.path).filter((name) => name.startsWith('log.spill'));
const spilled = (): string =>
  files()
    .map((name) => readFileSync(folder.file(name), 'latin1'))
    .join('');

function expectNothingPlain(text: string): void {
  for (const secret of SECRETS) expect(text).not.toContain(secret);
}

async function payloads(waymark: Waymark, type: string): Promise<readonly unknown[]> {
  return (await waymark.log.query({ types: [type] })).map(({ event }) => event.payload);
}

async function gaps(waymark: Waymark): Promise<readonly unknown[]> {
  return payloads(waymark, 'audit.gap_recorded');
}

describe('personal values of events that are spilled', () => {
  it("are encrypted with their person's key where it is in memory, and are read back equal", async () => {
    const process = await open('host/1');
    const before = offer('ada');
    await process.waymark.log.append([before]);
    const during = offer('ada');
    await spillAndDie(process, 'host/1', during);
    expect(spilled()).toContain('offer-of-ada');
    expect(spilled()).toContain('$personal');
    expectNothingPlain(spilled());

    const { waymark } = await open('host/2');
    await waymark.flush();
    const entries = await waymark.log.query({ types: ['offer.sent'] });
    expect(entries.map(({ event }) => event.toJSON())).toStrictEqual([before.toJSON(), during.toJSON()]);
    expect(entries[1]?.unreadable).toBeUndefined();
    expect(entries[1]?.message).toBe('Offer offer-of-ada sent to [personal]');
    expect(await gaps(waymark)).toStrictEqual([]);
    expect(files()).toStrictEqual([]);
    expect(await waymark.log.verify()).toMatchObject({ verdict: 'ok' });
  });

  it('are unreadable in the file, and in the log, once their person is erased', async () => {
    const process = await open('host/1');
    await process.waymark.log.append([offer('ada')]);
    await spillAndDie(process, 'host/1', offer('ada'));
    const other = await openWaymark({}, store);
    opened.push(other);
    other.catalog.register(OfferSent);
    await other.log.erase('ada', BECAUSE);
    const { waymark } = await open('host/2');
    await waymark.flush();
    const [, entry] = await waymark.log.query({ types: ['offer.sent'] });
    expect(entry?.event.payload).toMatchObject({ email: ERASED, age: null, address: null });
    expect(entry?.erased).toContain('/email');
  });

  it('are encrypted with a key of the process where only a master key is at hand, and are read back equal', async () => {
    const process = await open('host/1', { masterKey: MASTER });
    const events = [offer('ada'), team(), offer('ben')];
    await spillAndDie(process, 'host/1', ...events);
    expect(spilled()).toContain('offer-of-ada');
    expect(spilled()).toContain('gcm:');
    expect(spilled()).not.toContain('plain:');
    expectNothingPlain(spilled());

    const { waymark } = await open('host/2', { masterKey: MASTER });
    await waymark.flush();
    const recorded = await waymark.log.query({ types: ['offer.sent', 'team.formed'] });
    expect(recorded.map(({ event }) => event.toJSON())).toStrictEqual(events.map((event) => event.toJSON()));
    expect(await gaps(waymark)).toStrictEqual([]);
    const bodies = (await store.auditLog.readRange(0, 100)).map(({ body }) => body).join('');
    expectNothingPlain(bodies);
    // They are under the keys of their people now: who is erased is erased.
    expect(bodies).not.toContain('spill:');
    await waymark.log.erase('ada', BECAUSE);
    expect((await payloads(waymark, 'offer.sent'))[0]).toMatchObject({ email: ERASED });
    expect((await payloads(waymark, 'offer.sent'))[1]).toMatchObject({ email: EMAIL });
  });

  it('stay encrypted for a process that does not know their type, and are stored with the key of their person', async () => {
    await spillAndDie(await open('host/1', { masterKey: MASTER }), 'host/1', offer('ada'));
    const { waymark: stranger } = await open('host/2', { masterKey: MASTER }, []);
    await stranger.flush();
    expectNothingPlain((await store.auditLog.readRange(0, 100)).map(({ body }) => body).join(''));
    const { waymark } = await open('host/3', { masterKey: MASTER });
    expect(await payloads(waymark, 'offer.sent')).toStrictEqual([offer('ada').payload]);
  });

  it('wait for a process with their master key: another one leaves the file alone', async () => {
    await spillAndDie(await open('host/1', { masterKey: MASTER }), 'host/1', offer('ada'));
    for (const [self, keys] of [
      ['host/2', {}],
      ['host/3', { masterKey: OTHER }],
    ] as const) {
      const { waymark } = await open(self, keys);
      await waymark.flush();
      expect(await payloads(waymark, 'offer.sent')).toStrictEqual([]);
      expect(files()).toHaveLength(1);
    }
    const { waymark } = await open('host/4', { masterKey: MASTER });
    await waymark.flush();
    expect(await payloads(waymark, 'offer.sent')).toStrictEqual([offer('ada').payload]);
    expect(files()).toStrictEqual([]);
  });

  it('are left out where no key is at hand, and audit.gap_recorded tells of how many events, and when', async () => {
    const process = await open('host/1');
    const events = [offer('ada'), team(), offer('ben')];
    await spillAndDie(process, 'host/1', ...events);
    expectNothingPlain(spilled());
    const { waymark } = await open('host/2');
    await waymark.flush();
    expect((await payloads(waymark, 'offer.sent'))[0]).toMatchObject({ offerId: 'offer-of-ada', email: '[personal]' });
    const told = await gaps(waymark);
    expect(told).toMatchObject([{ lost: 0, since: events[0]?.occurredAt, until: events[2]?.occurredAt }]);
    expect(told).toMatchObject([
      { reason: expect.stringMatching(/^the personal values of 3 event\(s\) were left out/) },
    ]);
    const [entry] = await waymark.log.query({ types: ['audit.gap_recorded'] });
    expect(entry).toMatchObject({ severity: 'critical', message: expect.stringMatching(/^the personal values of 3/) });
  });

  it('are not encrypted with a key whose transaction was taken back: nobody would have it', async () => {
    const process = await open('host/1');
    // The salt is known from here on, and the key of ben is not.
    await process.waymark.log.append([offer('ada')]);
    store.unitOfWork.fails = () => true;
    await expect(process.waymark.log.append([offer('ben')])).rejects.toMatchObject({
      code: 'WAYMARK_STORE_UNAVAILABLE',
    });
    await spillAndDie(process, 'host/1', offer('ben'));
    const { waymark } = await open('host/2');
    await waymark.flush();
    const [, entry] = await waymark.log.query({ types: ['offer.sent'] });
    expect(entry?.event.payload).toMatchObject({ email: '[personal]' });
    expect(entry?.unreadable).toBeUndefined();
    expect(await gaps(waymark)).toHaveLength(1);
  });

  it('are not encrypted with a key whose transaction is still open: it may be taken back', async () => {
    const { waymark, scheduler } = await open('host/1');
    await waymark.log.append([offer('ada')]);
    const { begun } = store.unitOfWork;
    const [reached, gate] = [deferred(), deferred()];
    store.unitOfWork.fails = (transaction) => transaction <= begun + 2;
    store.unitOfWork.hold = (transaction) => {
      if (transaction !== begun + 2) return undefined;
      reached.resolve();
      return gate.promise;
    };
    waymark.bus.publish(team());
    await scheduler.untilAsked(1);
    const appended = waymark.log.append([offer('ben')]);
    await reached.promise;
    for (let count = 0; count < 3; count += 1) waymark.bus.publish(offer('ben'));
    expect(waymark.pending().spilled).toBeGreaterThan(0);
    gate.resolve();
    await expect(appended).rejects.toMatchObject({ code: 'WAYMARK_STORE_UNAVAILABLE' });
    processes.kill('host/1');
    const next = await open('host/2');
    await next.waymark.flush();
    const entries = await next.waymark.log.query({ types: ['offer.sent'] });
    expect(entries.map(({ unreadable }) => unreadable)).toStrictEqual(entries.map(() => undefined));
    expect(entries.at(-1)?.event.payload).toMatchObject({ offerId: 'offer-of-ben', email: '[personal]' });
  });
});
