import { readdirSync, readFileSync } from 'node:fs';
import { Container } from 'inversify';
import { type DomainEvent, ERASED, TOKENS, type Waymark, waymarkModule } from '../../src/index.js';
import { codeOf } from '../support/caught.js';
import { openWaymark } from '../support/open-waymark.js';
import { OfferSent } from '../support/people.js';
import { dropSchemas, hasPostgres, postgresOptions, postgresUrl } from '../support/postgres.js';
import { makeTemporaryFolder, type TemporaryFolder } from '../support/temporary-folder.js';

const EMAIL = 'PLANTED-ada@example.com';
const OFFER = { offerId: 'o-1', customerId: 'ada', email: EMAIL, age: 36 };
const SHOWN = { offerId: 'o-1', customerId: 'ada', email: '[personal]', age: '[personal]' };

let folder: TemporaryFolder;
let waymark: Waymark;
/** What the handler was given. */
let given: DomainEvent[];
let isUp: boolean;

beforeEach(() => {
  folder = makeTemporaryFolder();
  given = [];
  isUp = false;
});
afterEach(async () => {
  await waymark.close();
  folder.remove();
});

async function open(storage: string, types = [OfferSent]): Promise<void> {
  waymark = await openWaymark({ storage });
  waymark.catalog.register(...types);
  waymark.bus.subscribe('offer.*', handle, { name: 'mail' });
}

function handle(event: DomainEvent): void {
  given.push(event);
  if (!isUp) throw new Error('no connection');
}

/** The id of the one letter there is, of an event that is published. */
async function parked(event = new OfferSent(OFFER)): Promise<string> {
  waymark.bus.publish(event);
  await waymark.bus.settled();
  await waymark.flush();
  const [letter] = await waymark.bus.deadLetters.list();
  return letter?.id ?? '';
}

/** Every byte in the folder: the file of the store, its write-ahead log, and what else may be there. */
function bytes(): string {
  return readdirSync(folder.path)
    .map((file) => readFileSync(folder.file(file)).toString('latin1'))
    .join('');
}

const schema = hasPostgres ? postgresOptions().schema : '';
const STORAGES: readonly (readonly [name: string, storage: () => string])[] = [
  ['in memory', () => 'memory:'],
  ['on SQLite', () => `sqlite:${folder.file('waymark.db')}`],
  ...(hasPostgres ? [['on PostgreSQL', () => postgresUrl(schema)] as const] : []),
];

describe.each(STORAGES)('the dead letter of a personal event %s', (_, storage) => {
  beforeEach(() => open(storage()));
  afterEach(async () => {
    if (hasPostgres) await dropSchemas([schema]);
  });

  it('is kept with placeholders, and gives the handler the real values', async () => {
    const offer = new OfferSent(OFFER);
    const id = await parked(offer);
    expect(await waymark.store.deadLetters.get(id)).toMatchObject({ event: { id: offer.id, payload: SHOWN } });
    expect(await waymark.bus.deadLetters.list()).toMatchObject([{ event: { payload: SHOWN } }]);
    expect(await waymark.bus.deadLetters.get(id)).toMatchObject({ event: offer.toJSON() });
    isUp = true;
    expect(await waymark.bus.deadLetters.redrive(id)).toMatchObject({ status: 'handled' });
    expect(given.at(-1)).toStrictEqual(offer);
    expect(await waymark.bus.deadLetters.count()).toBe(0);
  });

  it('is kept with placeholders when it fails again', async () => {
    const id = await parked();
    expect(await waymark.bus.deadLetters.redrive(id)).toMatchObject({ status: 'failed' });
    expect(await waymark.store.deadLetters.get(id)).toMatchObject({ attempts: 2, event: { payload: SHOWN } });
  });

  it('gives what is left once the person was erased', async () => {
    const id = await parked();
    await waymark.log.erase('ada', { reason: 'request 4711' });
    const left = { ...OFFER, email: ERASED, age: null };
    expect(await waymark.bus.deadLetters.get(id)).toMatchObject({ event: { payload: left } });
    isUp = true;
    expect(await waymark.bus.deadLetters.redriveAll()).toMatchObject({ handled: 1 });
    expect(given.at(-1)?.payload).toStrictEqual(left);
  });
});

describe('what is personal', () => {
  it('is in no byte of the file of SQLite after an event was put aside, nor of its write-ahead log', async () => {
    await open(`sqlite:${folder.file('waymark.db')}`);
    const id = await parked();
    await waymark.bus.deadLetters.redrive(id);
    expect(bytes().includes('[personal]')).toBe(true);
    expect(bytes().includes('PLANTED')).toBe(false);
    await waymark.close();
    expect(bytes().includes('PLANTED')).toBe(false);
  });

  it('is not in the letter of a type that nobody registered, which can be sent once it is', async () => {
    await open(`sqlite:${folder.file('waymark.db')}`, []);
    const id = await parked();
    expect(bytes().includes('PLANTED')).toBe(false);
    isUp = true;
    expect(await codeOf(waymark.bus.deadLetters.redrive(id))).toBe('WAYMARK_PERSONAL_UNREADABLE');
    expect(await waymark.bus.deadLetters.get(id)).toMatchObject({ event: { payload: SHOWN } });
    waymark.catalog.register(OfferSent);
    expect(await waymark.bus.deadLetters.redrive(id)).toMatchObject({ status: 'handled' });
    expect(given.at(-1)?.payload).toStrictEqual(OFFER);
  });

  it('does not come to the store with letters from before it was open', async () => {
    const container = new Container();
    container.load(waymarkModule({ storage: `sqlite:${folder.file('waymark.db')}` }));
    const bus = container.get(TOKENS.EventBus);
    bus.subscribe('offer.*', handle, { name: 'mail' });
    bus.publish(new OfferSent(OFFER));
    await bus.settled();
    waymark = await container.getAsync(TOKENS.Waymark);
    const [letter] = await waymark.bus.deadLetters.list();
    expect(letter).toMatchObject({ event: { payload: SHOWN } });
    expect(bytes().includes('PLANTED')).toBe(false);
    // Nothing was there to record the event: what was personal is gone.
    expect(await waymark.bus.deadLetters.redriveAll()).toStrictEqual({ handled: 0, failed: 1, skipped: 0 });
    expect(await waymark.bus.deadLetters.get(letter?.id ?? '')).toStrictEqual(letter);
  });
});
