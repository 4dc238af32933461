import { z } from 'zod';
import {
  type AnyEventClass,
  EventCatalog,
  type EventRecord,
  type JsonObject,
  WAYMARK_EVENTS,
} from '../../../../src/index.js';
import { examplePayload } from '../../../../src/domain/events/example-event.js';

const events: readonly AnyEventClass[] = WAYMARK_EVENTS;
const cases = events.map((event) => [event.type, event, examplePayload(event.definition) as JsonObject] as const);

describe.each(cases)('the example of %s', (_, Event, payload) => {
  it('is a valid payload with every field', () => {
    expect(new Event(payload).payload).toStrictEqual(payload);
    expect(Object.keys(payload)).toStrictEqual(Object.keys(Event.definition.schema.shape as object));
  });

  it('has a message for people, on one line', () => {
    const message = Event.definition.message(payload);
    expect(message).toMatch(/^\S.{2,199}$/);
    expect(message).not.toMatch(/undefined|\[object|NaN/);
  });

  it('survives a round trip through a store', () => {
    const event = new Event(payload);
    const stored = JSON.stringify(event);
    const record = JSON.parse(stored) as EventRecord;
    const decoded = new EventCatalog(events).decode(record);
    expect(decoded).toBeInstanceOf(Event);
    expect(decoded.toJSON()).toStrictEqual(event.toJSON());
  });

  it('is valid without what is optional, and not without anything else', () => {
    const optional = Object.keys(payload).filter(
      (name) => Event.definition.schema.shape[name].safeParse(undefined).success,
    );
    const minimal = without(payload, ...optional);
    expect(new Event(minimal).payload).toStrictEqual(minimal);
    expect(Event.definition.message(minimal)).not.toMatch(/undefined|\[object|NaN/);
    for (const name of Object.keys(minimal)) expect(() => new Event(without(minimal, name))).toThrow(Event.type);
  });

  it('is not valid with a field that the type does not have', () => {
    expect(() => new Event({ ...payload, surplus: 1 })).toThrow('surplus');
  });
});

describe('an example', () => {
  it('is the same on every call', () => {
    for (const [, Event, payload] of cases) expect(examplePayload(Event.definition)).toStrictEqual(payload);
  });

  it('is made for the schemas of a host as well', () => {
    const schema = z.object({
      ratio: z.number().min(0.2).max(0.4),
      step: z.int().min(7),
      code: z.string().min(12).max(14),
      at: z.iso.datetime(),
      key: z.uuid(),
      kind: z.literal('deal'),
      either: z.union([z.boolean(), z.string()]),
      byName: z.record(z.string(), z.number()),
      parts: z.array(z.strictObject({ partId: z.string() })).min(2),
      nothing: z.null(),
      perhaps: z.string().nullable().optional(),
    });
    const payload = examplePayload({ type: 'deal.created', schema });
    expect(schema.parse(payload)).toStrictEqual(payload);
    expect(payload).toMatchObject({ parts: [{ partId: 'part-1' }, { partId: 'part-1' }] });
  });

  it('comes to an end where a schema contains itself', () => {
    interface Tree {
      readonly below?: Tree | undefined;
    }
    const tree: z.ZodType<Tree> = z.lazy(() => z.strictObject({ below: tree.optional() }));
    expect(examplePayload({ type: 'deal.created', schema: z.object({ tree }) })).toStrictEqual({ tree: { below: {} } });
  });

  it.each([
    ['a type that is not JSON', z.date()],
    ['a pattern that it does not know', z.string().regex(/^\d{3}-[xyz]$/)],
    ['a condition that nothing meets', z.string().refine(() => false)],
  ])('is refused for %s', (_, field) => {
    const make = (): unknown => examplePayload({ type: 'deal.created', schema: z.object({ field }) });
    expect(make).toThrow(RangeError);
    expect(make).toThrow('field');
  });
});

function without(payload: JsonObject, ...names: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(payload).filter(([name]) => !names.includes(name)));
}
