import { StreamConflictError, type Waymark } from '../../../src/index.js';
import { caught, codeOf } from '../../support/caught.js';
import { DealCreated, DealWon } from '../../support/deals.js';
import { FaultyStore } from '../../support/faulty-store.js';
import { openWaymark } from '../../support/open-waymark.js';

const on = (stream: string, dealId = 'd'): DealCreated => new DealCreated({ dealId }, { stream });

async function open(): Promise<{ waymark: Waymark; store: FaultyStore }> {
  const store = new FaultyStore();
  return { waymark: await openWaymark({}, store), store };
}

const size = async (waymark: Waymark): Promise<number> => (await waymark.log.head()).size;

describe('append with expected versions', () => {
  it('records where the stream is at its version, which is how many entries it has', async () => {
    const { waymark } = await open();
    expect(await waymark.log.streamVersion('deal/d')).toBe(0);
    await waymark.log.append([on('deal/d'), on('deal/d')], { expectedVersions: { 'deal/d': 0 } });
    await waymark.log.append([on('deal/other')]);
    const [entry] = await waymark.log.append([on('deal/d')], { expectedVersions: { 'deal/d': 2 } });
    expect(entry?.position).toBe(3);
    expect(await waymark.log.streamVersion('deal/d')).toBe(3);
    expect(await waymark.log.streamVersion('deal/none')).toBe(0);
  });

  it('refuses where it is at another, tells both, and records nothing of the list', async () => {
    const { waymark } = await open();
    await waymark.log.append([on('deal/d')]);
    for (const expected of [0, 2]) {
      const error = (await caught(
        waymark.log.append([on('deal/x'), on('deal/d')], { expectedVersions: { 'deal/x': 0, 'deal/d': expected } }),
      )) as StreamConflictError;
      expect(error).toBeInstanceOf(StreamConflictError);
      expect(error).toMatchObject({
        code: 'WAYMARK_STREAM_CONFLICT',
        stream: 'deal/d',
        expected,
        actual: 1,
        details: { stream: 'deal/d', expected, actual: 1 },
        hint: expect.stringContaining('expect 1'),
      });
    }
    expect(await size(waymark)).toBe(1);
    expect(await waymark.log.streamVersion('deal/x')).toBe(0);
  });

  it('can make an append depend on a stream that it does not append to, or be nothing but a question', async () => {
    const { waymark } = await open();
    await waymark.log.append([on('limits')]);
    const decided = { expectedVersions: { limits: 1 } };
    expect(await waymark.log.append([on('deal/d')], decided)).toHaveLength(1);
    expect(await waymark.log.append([], decided)).toStrictEqual([]);
    await waymark.log.append([on('limits')]);
    expect(await codeOf(waymark.log.append([on('deal/d')], decided))).toBe('WAYMARK_STREAM_CONFLICT');
    expect(await codeOf(waymark.log.append([], decided))).toBe('WAYMARK_STREAM_CONFLICT');
  });

  it('lets one of many win that decided upon the same version, in one commit and in several', async () => {
    const { waymark, store } = await open();
    const race = (names: readonly string[], version: number): Promise<readonly string[]> =>
      Promise.all(
        names.map((name) =>
          waymark.log.append([on('deal/d', name)], { expectedVersions: { 'deal/d': version } }).then(
            () => name,
            (error: unknown) => (error as StreamConflictError).code,
          ),
        ),
      );
    const lost = 'WAYMARK_STREAM_CONFLICT';
    expect(await race(['a', 'b', 'c'], 0)).toStrictEqual(['a', lost, lost]);
    expect(store.unitOfWork.begun).toBe(1);
    expect(await race(['d', 'e'], 1)).toStrictEqual(['d', lost]);
    expect(await size(waymark)).toBe(2);
  });

  it('counts what came before it in the same commit, and harms nobody else in it', async () => {
    const { waymark, store } = await open();
    const results = await Promise.allSettled([
      waymark.log.append([on('s', 'plain')]),
      waymark.log.append([on('s', 'wins')], { expectedVersions: { s: 1 } }),
      waymark.log.append([on('s', 'loses')], { expectedVersions: { s: 1 } }),
      waymark.log.append([on('t', 'plain too')]),
      waymark.log.append([on('s', 'wins too')], { expectedVersions: { s: 2, t: 1 } }),
    ]);
    expect(store.unitOfWork.begun).toBe(1);
    expect(
      results.map((result) => (result.status === 'fulfilled' ? result.value[0]?.position : 'refused')),
    ).toStrictEqual([0, 1, 'refused', 2, 3]);
    expect(await waymark.log.verify()).toMatchObject({ verdict: 'ok', checked: 4 });
  });

  it('is no conflict when it is repeated after it went well: the entries come back', async () => {
    const { waymark } = await open();
    const events = [on('s'), new DealWon({ dealId: 'd' }, { stream: 's' })];
    const options = { expectedVersions: { s: 0 } };
    const first = await waymark.log.append(events, options);
    expect(await waymark.log.append(events, options)).toStrictEqual(first);
    // In one commit too, where the first is not yet to be seen from outside.
    const event = on('u');
    const both = await Promise.all([1, 2].map(() => waymark.log.append([event], { expectedVersions: { u: 0 } })));
    expect(both[1]).toStrictEqual(both[0]);
    expect(await size(waymark)).toBe(3);
    // One that is new is a decision of its own.
    expect(await codeOf(waymark.log.append([...events, on('s')], options))).toBe('WAYMARK_STREAM_CONFLICT');
  });

  it('expects nothing of a commit that was taken back', async () => {
    const { waymark, store } = await open();
    store.unitOfWork.fails = (transaction) => transaction === 1;
    const events = [on('s')];
    expect(await codeOf(waymark.log.append(events, { expectedVersions: { s: 0 } }))).toBe('WAYMARK_STORE_UNAVAILABLE');
    expect(await waymark.log.append(events, { expectedVersions: { s: 0 } })).toHaveLength(1);
  });

  it.each<[string, object, string]>([
    ['a misspelt option', { expectedVersion: { s: 0 } }, 'WAYMARK_INVALID_ARGUMENT'],
    ['half a version', { expectedVersions: { s: 0.5 } }, 'WAYMARK_INVALID_ARGUMENT'],
    ['a version below none', { expectedVersions: { s: -1 } }, 'WAYMARK_INVALID_ARGUMENT'],
    ['a version in words', { expectedVersions: { s: '1' } }, 'WAYMARK_INVALID_ARGUMENT'],
    ['a map, whose keys would not be looked at', { expectedVersions: new Map([['s', 0]]) }, 'WAYMARK_INVALID_ARGUMENT'],
    ['a list', { expectedVersions: [0] }, 'WAYMARK_INVALID_ARGUMENT'],
    ['a number', { expectedVersions: 3 }, 'WAYMARK_INVALID_ARGUMENT'],
    ['no options', null as never, 'WAYMARK_INVALID_ARGUMENT'],
    ['a stream that can be none', { expectedVersions: { 'a\nb': 0 } }, 'WAYMARK_INVALID_ID'],
  ])('refuses %s, and records nothing', async (_, options, code) => {
    const { waymark } = await open();
    expect(await codeOf(waymark.log.append([on('s')], options))).toBe(code);
    expect(await size(waymark)).toBe(0);
  });

  it('refuses to tell the version of what can be no stream', async () => {
    const { waymark } = await open();
    for (const stream of ['', 'a\nb', '__proto__', 5]) {
      expect(await codeOf(waymark.log.streamVersion(stream as string))).toBe('WAYMARK_INVALID_ID');
    }
  });
});
