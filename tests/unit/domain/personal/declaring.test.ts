import { z } from 'zod';
import {
  asyncApiDocument,
  defineEvent,
  EventCatalog,
  eventJsonSchema,
  InvalidEventError,
  personal,
} from '../../../../src/index.js';
import { caught } from '../../../support/caught.js';
import { OfferSent, TeamFormed } from '../../../support/people.js';

const options = {
  version: 1,
  severity: 'info',
  category: 'operations',
  emitter: 'host',
  description: 'A fixture.',
  message: () => 'a fixture',
} as const;

const declare = (payload: z.ZodObject, stream?: (payload: Record<string, unknown>) => string) =>
  defineEvent('fixture.made', { ...options, payload, ...(stream === undefined ? {} : { stream }) });

describe('declaring a personal field', () => {
  it('leaves its values as they are, for handlers', () => {
    const offer = new OfferSent({ offerId: 'o-1', customerId: 'c-1', email: 'ada@example.com' });
    expect(offer.payload.email).toBe('ada@example.com');
    expect(offer.toJSON().payload).toStrictEqual({ offerId: 'o-1', customerId: 'c-1', email: 'ada@example.com' });
    expect(() => new OfferSent({ offerId: 'o-1', customerId: 'c-1', email: 7 as never })).toThrow(InvalidEventError);
  });

  it('is told wherever the type is described', () => {
    expect(OfferSent.definition.holdsPersonal).toBe(true);
    const mark = { type: 'string', description: 'Where it was sent', 'x-personal': true };
    expect(eventJsonSchema(OfferSent.definition)).toHaveProperty('properties.payload.properties.email', mark);
    const document = asyncApiDocument(new EventCatalog([OfferSent]), { version: '1.0.0' });
    expect(JSON.stringify(document)).toContain('"x-personal":true');
  });

  it('has to say whom it is about', async () => {
    for (const given of [undefined, {}, { subject: '' }, { subject: 7 }, { subject: 'a', key: 'b' }]) {
      const error = await caught(() => personal(z.string(), given as never));
      expect(error).toMatchObject({ code: 'WAYMARK_INVALID_ARGUMENT' });
    }
  });

  it('is refused for what is stored beside the payload, for keys, and for a subject that there is not', async () => {
    const text = personal(z.string(), { subject: 'id' });
    const refused = { code: 'WAYMARK_INVALID_EVENT_TYPE' };
    expect(await caught(() => declare(z.object({ id: z.string(), executionId: text })))).toMatchObject(refused);
    expect(await caught(() => declare(z.object({ id: z.string(), by: z.record(text, z.string()) })))).toMatchObject(
      refused,
    );
    expect(await caught(() => declare(z.object({ name: text })))).toMatchObject(refused);
    expect(() => declare(z.object({ id: z.string(), name: text }))).not.toThrow();
  });
});

describe('making an event with personal fields', () => {
  it('is refused where the payload does not say whom they are about', async () => {
    for (const customerId of ['', 'with\nbreak', '__proto__', 'x'.repeat(300)]) {
      const error = await caught(() => new OfferSent({ offerId: 'o-1', customerId, email: 'ada@example.com' }));
      expect(error).toMatchObject({ code: 'WAYMARK_INVALID_EVENT', details: { fields: ['email'] } });
      expect(String(error)).not.toContain('ada@example.com');
    }
  });

  it('looks for the subject beside the field first, and then further out', async () => {
    const members = [
      { personId: 'p-1', phone: '1' },
      { personId: '', phone: '2' },
    ];
    const error = await caught(() => new TeamFormed({ name: 'a team', members }));
    expect(error).toMatchObject({ code: 'WAYMARK_INVALID_EVENT', details: { fields: ['members.1.phone'] } });
  });

  it('takes a number for an id, and the answer of a function; one that throws says nothing', async () => {
    const of = (subject: (payload: object) => string | undefined) =>
      declare(z.object({ id: z.number(), name: personal(z.string(), { subject }) }));
    const Numbered = declare(z.object({ id: z.number(), name: personal(z.string(), { subject: 'id' }) }));
    expect(() => new Numbered({ id: 7, name: 'Ada' })).not.toThrow();
    const Asked = of((payload) => `customer-${String((payload as { id: number }).id)}`);
    expect(() => new Asked({ id: 7, name: 'Ada' })).not.toThrow();
    const Throws = of(() => {
      throw new Error('no idea');
    });
    expect(await caught(() => new Throws({ id: 7, name: 'Ada' }))).toMatchObject({ code: 'WAYMARK_INVALID_EVENT' });
  });

  it('is refused where its stream would tell a personal value', async () => {
    const payload = z.object({ id: z.string(), name: personal(z.string(), { subject: 'id' }) });
    const Named = declare(payload, ({ name }) => `person/${String(name)}`);
    expect(await caught(() => new Named({ id: 'p-1', name: 'Ada' }))).toMatchObject({ code: 'WAYMARK_INVALID_EVENT' });
    const Numbered = declare(payload, ({ id }) => `person/${String(id)}`);
    expect(new Numbered({ id: 'p-1', name: 'Ada' }).context.stream).toBe('person/p-1');
  });
});
