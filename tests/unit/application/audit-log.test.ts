import { defineEvent, InvalidEventError, type Waymark } from '../../../src/index.js';
import { caught, caughtWaymark, codeOf } from '../../support/caught.js';
import { deal, DealCreated, deals, DealWon } from '../../support/deals.js';
import { openWaymark } from '../../support/open-waymark.js';

async function openWith(...ids: readonly string[]): Promise<Waymark> {
  const waymark = await openWaymark();
  waymark.catalog.register(DealCreated, DealWon);
  await waymark.log.append(deals(...ids));
  return waymark;
}

describe('append', () => {
  it('records without publishing, and gives the entries in order', async () => {
    const waymark = await openWith();
    const published: unknown[] = [];
    waymark.bus.subscribe('**', (event) => published.push(event));
    const events = [deal('a'), new DealWon({ dealId: 'a' })];
    const entries = await waymark.log.append(events);
    expect(published).toHaveLength(0);
    expect(
      entries.map(({ position, severity, outcome, message }) => [position, severity, outcome, message]),
    ).toStrictEqual([
      [0, 'info', 'none', 'deal a created'],
      [1, 'warning', 'success', 'deal a won'],
    ]);
    expect(entries.map(({ event }) => event)).toStrictEqual(events);
    expect(Object.isFrozen(entries[0])).toBe(true);
  });

  it('records an id once, however often it comes, and gives the entry that is there', async () => {
    const waymark = await openWith('x');
    const [first, second] = deals('a', 'b');
    await waymark.log.append([first!, second!, first!]);
    const again = await waymark.log.append([second!, deal('c'), first!]);
    expect(again.map(({ position }) => position)).toStrictEqual([2, 3, 1]);
    expect((await waymark.log.head()).size).toBe(4);
    expect(await waymark.log.verify()).toMatchObject({ verdict: 'ok', checked: 4 });
  });

  it('refuses what is no event, and records nothing of the list', async () => {
    const waymark = await openWith();
    for (const value of [null, { type: 'deal.created', payload: {} }, DealCreated, 'deal.created']) {
      expect(await caught(waymark.log.append([deal(), value as never]))).toBeInstanceOf(InvalidEventError);
    }
    expect((await waymark.log.head()).size).toBe(0);
  });

  it('of nothing does nothing', async () => {
    expect(await (await openWith()).log.append([])).toStrictEqual([]);
  });

  it('is not stopped by a message that can not be made', async () => {
    const { catalog, log } = await openWith();
    const throws = (): never => {
      throw new Error('no words');
    };
    const messages = [throws, () => 5n as never, () => undefined as never, () => Symbol('s') as never];
    for (const [index, message] of messages.entries()) {
      const { description, schema: payload } = DealWon.definition;
      const options = { version: 1, severity: 'info', category: 'workflow', emitter: 'host' } as const;
      const Wordless = defineEvent(`deal.wordless${index}`, { ...options, description, payload, message });
      catalog.register(Wordless);
      const [entry] = await log.append([new Wordless({ dealId: 'd' })]);
      expect(typeof entry?.message).toBe('string');
    }
  });
});

describe('query', () => {
  it.each<[string, object, object]>([
    ['a misspelt key', { excutionId: 'e' }, {}],
    ['a key that objects inherit', { constructor: 'e' }, {}],
    ['an inherited key as data', JSON.parse('{"__proto__":"e"}') as object, {}],
    ['a misspelt page option', {}, { offset: 3 }],
    ['a severity that there is not', { minSeverity: 'fatal' }, {}],
    ['a severity that there is not, in a list', { severities: ['error', 'fatal'] }, {}],
    ['severities that are no list', { severities: 'error' }, {}],
    ['a list of no severities', { severities: [] }, {}],
    ['no text', { text: '' }, {}],
    ['text without end', { text: 'x'.repeat(1_001) }, {}],
    ['text that is none', { text: /a.b/ }, {}],
    ['an outcome that there is not', { outcome: 'maybe' }, {}],
    ['a type that can be none', { types: ['Deal.Created'] }, {}],
    ['a pattern that is no family', { types: ['*.created'] }, {}],
    ['SQL instead of a type', { types: ["x' OR '1'='1"] }, {}],
    ['a type that is no list', { types: 'deal' }, {}],
    ['a time that is none', { since: 'yesterday' }, {}],
    ['a time that only Date understands', { since: '7' }, {}],
    ['a time without a zone', { until: '2026-01-31T12:00:00' }, {}],
    ['an invalid date', { until: new Date(Number.NaN) }, {}],
    ['no rows', {}, { limit: 0 }],
    ['too many rows', {}, { limit: 10_001 }],
    ['half a row', {}, { limit: 1.5 }],
    ['a limit in words', {}, { limit: '5' }],
    ['a position before the first', {}, { after: -2 }],
    ['an order that there is not', {}, { order: 'random' }],
  ])('refuses %s', async (_, filter, page) => {
    const error = await caughtWaymark((await openWith('a')).log.query(filter, page));
    expect(error.code).toBe('WAYMARK_INVALID_QUERY');
    expect(error.message).not.toBe('');
  });

  it.each(['eventId', 'executionId', 'stream', 'correlationId', 'actor'])('refuses a malformed %s', async (key) => {
    const { log } = await openWith();
    for (const value of ['', 'a\nb', '__proto__', 'x'.repeat(300), 5]) {
      expect(await codeOf(log.query({ [key]: value }))).toBe('WAYMARK_INVALID_ID');
    }
  });

  it('finds by everything that is given at once, and pages both ways', async () => {
    const { log } = await openWith('a', 'b', 'c', 'd');
    const positions = async (filter: object, page: object): Promise<readonly number[]> =>
      (await log.query(filter, page)).map((entry) => entry.position);
    expect(await positions({}, { limit: 2 })).toStrictEqual([0, 1]);
    expect(await positions({}, { after: 1 })).toStrictEqual([2, 3]);
    expect(await positions({}, { after: -1, limit: 1 })).toStrictEqual([0]);
    expect(await positions({}, { order: 'desc', limit: 2 })).toStrictEqual([3, 2]);
    expect(await positions({}, { order: 'desc', after: 2 })).toStrictEqual([1, 0]);
    expect(await positions({}, { order: 'desc', after: 99, limit: 1 })).toStrictEqual([3]);
    expect(await positions({}, { after: 99 })).toStrictEqual([]);
    expect(await positions({ types: ['deal.*'], outcome: 'success' }, {})).toStrictEqual([]);
    expect(await positions({ types: ['deal.created', 'x.*'], category: 'workflow' }, {})).toHaveLength(4);
    expect(await positions({ types: ['dea.*'] }, {})).toStrictEqual([]);
  });

  it('takes since as the first moment and until as the first one too late', async () => {
    const { log } = await openWith();
    const at = (time: string): DealCreated => new DealCreated({ dealId: time }, { occurredAt: time });
    const times = ['2026-01-31T00:00:00.000Z', '2026-01-31T12:00:00.000Z', '2026-02-01T00:00:00.000Z'];
    await log.append(times.map(at));
    const found = async (filter: object): Promise<number> => (await log.query(filter)).length;
    expect(await found({ since: '2026-01-31', until: '2026-02-01' })).toBe(2);
    expect(await found({ since: '2026-01-31T13:00:00+01:00' })).toBe(2);
    expect(await found({ since: new Date('2026-02-01') })).toBe(1);
    expect(await found({ minSeverity: 'warning' })).toBe(0);
  });
});

describe('get', () => {
  it('finds an event by its id, or says that there is none', async () => {
    const { log } = await openWith();
    const event = deal('a');
    await log.append([event]);
    expect((await log.get(event.id)).event).toStrictEqual(event);
    expect(await codeOf(log.get('no-such-id'))).toBe('WAYMARK_EVENT_NOT_FOUND');
    expect(await codeOf(log.get(''))).toBe('WAYMARK_INVALID_ID');
  });
});
