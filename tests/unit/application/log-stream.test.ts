import { type AuditQuery, InMemoryStore, type StoredEntry, type Waymark } from '../../../src/index.js';
import { caught, codeOf } from '../../support/caught.js';
import { deals } from '../../support/deals.js';
import { openWaymark } from '../../support/open-waymark.js';

/** A store that counts how many of the entries it gave out are not used up yet. */
class CountingStore extends InMemoryStore {
  readonly asked: number[] = [];
  #held = 0;
  mostHeld = 0;

  constructor() {
    super();
    const find = this.auditLog.find.bind(this.auditLog);
    this.auditLog.find = async (query: AuditQuery) => {
      // What was given before can be let go of: a reader that asks for more is done with it.
      this.#held = 0;
      this.asked.push(query.limit);
      const found: readonly StoredEntry[] = await find(query);
      this.#held += found.length;
      this.mostHeld = Math.max(this.mostHeld, this.#held);
      return found;
    };
  }
}

async function openWith(
  count: number,
  store = new CountingStore(),
): Promise<{ waymark: Waymark; store: CountingStore }> {
  const waymark = await openWaymark({}, store);
  await waymark.log.append(deals(...Array.from({ length: count }, (_, index) => `d-${index}`)));
  return { waymark, store };
}

async function positions(waymark: Waymark, filter: object = {}, options: object = {}): Promise<readonly number[]> {
  const seen: number[] = [];
  for await (const { position } of waymark.log.stream(filter, options)) seen.push(position);
  return seen;
}

const upTo = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index);

describe('stream', () => {
  it('gives everything, a page at a time, and never holds more than one', async () => {
    const { waymark, store } = await openWith(2_345);
    expect(await positions(waymark, {}, { pageSize: 100 })).toStrictEqual(upTo(2_345));
    expect(store.mostHeld).toBe(100);
    expect(new Set(store.asked)).toStrictEqual(new Set([100]));
    expect(store.asked).toHaveLength(24);
  });

  it('reads no page before it is wanted', async () => {
    const { waymark, store } = await openWith(1_000);
    const reading = waymark.log.stream({}, { pageSize: 10 });
    for (let index = 0; index < 10; index += 1) await reading.next();
    expect(store.asked).toHaveLength(1);
    await reading.next();
    expect(store.asked).toHaveLength(2);
    await reading.return();
  });

  it('is the log as it was when the reading began, in both orders', async () => {
    for (const order of ['asc', 'desc'] as const) {
      const { waymark } = await openWith(25);
      const seen: number[] = [];
      for await (const { position } of waymark.log.stream({}, { order, pageSize: 10 })) {
        seen.push(position);
        await waymark.log.append(deals('meanwhile'));
      }
      expect(seen).toStrictEqual(order === 'asc' ? upTo(25) : upTo(25).toReversed());
    }
  });

  it('begins beyond a position, and filters', async () => {
    const { waymark } = await openWith(12);
    expect(await positions(waymark, {}, { after: 8 })).toStrictEqual([9, 10, 11]);
    expect(await positions(waymark, {}, { after: 3, order: 'desc' })).toStrictEqual([2, 1, 0]);
    expect(await positions(waymark, {}, { after: 99 })).toStrictEqual([]);
    expect(await positions(waymark, { text: 'd-11' }, { pageSize: 2 })).toStrictEqual([11]);
    expect(await positions(waymark, { types: ['node.*'] })).toStrictEqual([]);
  });

  it('gives the rest of the program its turn between pages', async () => {
    const { waymark } = await openWith(50);
    let turns = 0;
    let going = true;
    const count = (): void => {
      turns += 1;
      if (going) setImmediate(count);
    };
    setImmediate(count);
    await positions(waymark, {}, { pageSize: 5 });
    going = false;
    expect(turns).toBeGreaterThanOrEqual(9);
  });

  it('throws the reason of its signal: what was read is not everything', async () => {
    const { waymark } = await openWith(5);
    const controller = new AbortController();
    const reason = new Error('enough');
    const seen: number[] = [];
    const reading = async (): Promise<void> => {
      for await (const { position } of waymark.log.stream({}, { signal: controller.signal })) {
        seen.push(position);
        controller.abort(reason);
      }
    };
    expect(await caught(reading())).toBe(reason);
    expect(seen).toStrictEqual([0]);
  });

  it.each<[string, object, object]>([
    ['a misspelt option', {}, { limit: 5 }],
    ['a page without entries', {}, { pageSize: 0 }],
    ['an order that there is not', {}, { order: 'up' }],
    ['a misspelt filter', { excutionId: 'e' }, {}],
  ])('refuses %s', async (_, filter, options) => {
    const { waymark } = await openWith(1);
    expect(await codeOf(waymark.log.stream(filter, options).next())).toBe('WAYMARK_INVALID_QUERY');
  });
});
