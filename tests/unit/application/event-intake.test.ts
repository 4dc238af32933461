import { type DomainEvent, type EventContext, InvalidEventError, UnknownEvent } from '../../../src/index.js';
import { caught } from '../../support/caught.js';
import { deal, DealCreated } from '../../support/deals.js';
import { openWaymark } from '../../support/open-waymark.js';
import { makeTemporaryFolder } from '../../support/temporary-folder.js';

const { context } = deal();
const changed = (changes: Record<string, unknown>): EventContext => ({ ...context, ...changes });

/** Events that nobody's constructor checked: what was read back, or comes from another copy of the package. */
const MALFORMED: readonly (readonly [string, string, () => DomainEvent])[] = [
  ['without a context', 'id', () => new UnknownEvent('deal.shelved', {}, {} as EventContext)],
  ['restored with half a context', 'stream', () => DealCreated.restore({ dealId: 'd' }, { id: 'x' } as EventContext)],
  ['with a reserved id', 'id', () => new UnknownEvent('deal.shelved', {}, changed({ id: '__proto__' }))],
  ['with an empty stream', 'stream', () => new UnknownEvent('deal.shelved', {}, changed({ stream: '' }))],
  ['with no time', 'occurredAt', () => new UnknownEvent('deal.shelved', {}, changed({ occurredAt: 'not a time' }))],
  ['with a control character', 'context', () => new UnknownEvent('deal.shelved', {}, changed({ actor: 'a\u0000b' }))],
  ['of version -3', 'schemaVersion', () => new UnknownEvent('deal.shelved', {}, changed({ schemaVersion: -3 }))],
  ['of a type with an escape', 'type', () => new UnknownEvent('Bad\u001b[31m', {}, context)],
];

describe.each(MALFORMED)('an event %s', (_, field, make) => {
  it('is refused by the log and by the bus, which name the field', async () => {
    const waymark = await openWaymark();
    for (const attempt of [() => waymark.log.append([make()]), () => waymark.bus.publish(make())]) {
      const error = await caught(attempt);
      if (!(error instanceof InvalidEventError)) throw error;
      expect(error.issues.map(({ path }) => path[0])).toContain(field);
    }
    expect((await waymark.log.head()).size).toBe(0);
    expect(waymark.bus.history().newest).toBe(0);
  });
});

describe.each(['memory:', 'sqlite'])('a malformed event on %s', (kind) => {
  it('takes nothing with it that was handed over beside it', async () => {
    const folder = makeTemporaryFolder();
    try {
      const storage = kind === 'sqlite' ? `sqlite:${folder.file('waymark.db')}` : kind;
      await using waymark = await openWaymark({ storage });
      const malformed = new UnknownEvent('deal.shelved', {}, {} as EventContext);
      const outcomes = await Promise.allSettled([
        waymark.log.append([deal('before')]),
        waymark.log.append([malformed]),
        waymark.log.append([deal('after')]),
      ]);
      expect(outcomes.map(({ status }) => status)).toStrictEqual(['fulfilled', 'rejected', 'fulfilled']);
      expect((await waymark.log.verify()).verdict).toBe('ok');
      expect(await waymark.log.query()).toHaveLength(2);
    } finally {
      folder.remove();
    }
  });
});

it('an event that was read back is taken as it is', async () => {
  const [from, to] = [await openWaymark(), await openWaymark()];
  await from.log.append([deal('a'), new UnknownEvent('deal.shelved', { why: 'no money' }, context)]);
  const copied = (await from.log.query()).map(({ event }) => event);
  await to.log.append(copied);
  expect((await to.log.query()).map(({ event }) => event.toJSON())).toStrictEqual(
    copied.map((event) => event.toJSON()),
  );
});
