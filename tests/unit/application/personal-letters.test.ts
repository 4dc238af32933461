import { personalLetters } from '../../../src/application/audit/personal/personal-letters.js';
import type { AuditEntry } from '../../../src/domain/audit/audit-entry.js';
import { EventCatalog } from '../../../src/domain/events/event-catalog.js';
import { type DomainEvent, type JsonObject, UnknownEvent, WaymarkError } from '../../../src/index.js';
import { makeDeadLetter } from '../../../src/testing/fixtures.js';
import { caught, caughtWaymark } from '../../support/caught.js';
import { deal } from '../../support/deals.js';
import { OfferSent } from '../../support/people.js';

const OFFER = { offerId: 'o-1', customerId: 'ada', email: 'ada@example.com' };
const SHOWN = { ...OFFER, email: '[personal]' };

const catalog = new EventCatalog([OfferSent]);
const offer = new OfferSent(OFFER);

/** The letters of a log that has one entry, or that fails. */
function lettersOf(entry: Partial<AuditEntry> | Error) {
  const asked: string[] = [];
  const letters = personalLetters(catalog, (eventId) => {
    asked.push(eventId);
    return entry instanceof Error ? Promise.reject(entry) : Promise.resolve(entry as AuditEntry);
  });
  return { ...letters, asked };
}

const letterOf = (event: DomainEvent, payload: JsonObject) => makeDeadLetter({ event: { ...event.toJSON(), payload } });

describe('what is kept of a personal event', () => {
  const { conceal } = lettersOf(new Error('nobody asks'));

  it('has placeholders, and everything else', () => {
    expect(conceal(offer)).toStrictEqual({ ...offer.toJSON(), payload: SHOWN });
  });

  it('has them by the class of the event, or by the type', () => {
    const { conceal: strange } = personalLetters(new EventCatalog(), () => Promise.reject(new Error('nobody asks')));
    expect(strange(offer).payload).toStrictEqual(SHOWN);
    const unknown = new UnknownEvent(offer.type, OFFER, { ...offer.context, schemaVersion: 9 });
    expect(conceal(unknown).payload).toStrictEqual(SHOWN);
  });

  it('is all of it where nothing is personal', () => {
    const event = deal();
    expect(conceal(event)).toStrictEqual(event.toJSON());
  });
});

describe('the event of a letter', () => {
  it('is read from the log where something was left out, and only there', async () => {
    const { reveal, asked } = lettersOf({ event: offer });
    expect(await reveal(letterOf(offer, SHOWN))).toBe(offer);
    expect(await reveal(letterOf(deal(), { dealId: 'd-1' }))).toBeUndefined();
    expect(asked).toStrictEqual([offer.id]);
  });

  it.each<[string, Partial<AuditEntry> | Error, RegExp]>([
    ['the log does not have it', new WaymarkError('WAYMARK_EVENT_NOT_FOUND', 'no such event'), /not in the log/],
    ['the log has it without them', { event: new OfferSent(SHOWN) }, /from a spill file/],
  ])('is not to be had where %s', async (_, entry, why) => {
    const error = await caughtWaymark(lettersOf(entry).reveal(letterOf(offer, SHOWN)));
    expect(error.code).toBe('WAYMARK_PERSONAL_UNREADABLE');
    expect(error.message).toMatch(why);
    expect(error.hint).toContain('Discard');
    expect(error.details).toStrictEqual({ eventId: offer.id });
  });

  it('is not to be had where the log can not decrypt it, or be read', async () => {
    const locked = new WaymarkError('WAYMARK_PERSONAL_UNREADABLE', 'another master key');
    const entry = { event: offer, unreadable: [{ path: '/email', error: locked }] };
    expect(await caught(lettersOf(entry).reveal(letterOf(offer, SHOWN)))).toBe(locked);
    const down = new WaymarkError('WAYMARK_STORE_UNAVAILABLE', 'the server is away');
    expect(await caught(lettersOf(down).reveal(letterOf(offer, SHOWN)))).toBe(down);
  });
});
