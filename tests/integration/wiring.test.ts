import { type DomainEvent, type EventDefinition, type JsonObject, WAYMARK_EVENTS } from '../../src/index.js';
import { COLLECTING_MS } from '../support/collect-garbage.js';
import { AWAITING } from '../support/awaiting.js';
import { OfferSent } from '../support/people.js';
import { type Scenario, scenario } from '../support/scenario.js';
import { WIRED_TYPES, wiringOf } from '../support/wiring.js';

let seen: Scenario;
beforeAll(async () => {
  seen = await scenario();
}, COLLECTING_MS);

const wired = WIRED_TYPES.filter((type) => !Object.hasOwn(AWAITING, type));
const awaiting = Object.entries(AWAITING);

describe('every type that is declared for code of our own', () => {
  it.each(wired)('%s is emitted by real code, recorded, and read back equal', (type) => {
    const emitted = seen.emitted.filter((event) => event.type === type);
    expect(emitted.length).toBeGreaterThan(0);
    const recorded = new Map(seen.entries.map(({ event }) => [event.id, event]));
    for (const event of emitted) {
      expect(recorded.get(event.id)).toStrictEqual(event);
      expect(recorded.get(event.id)?.constructor).toBe(event.constructor);
    }
  });

  it.each(awaiting)('%s is not emitted yet: it waits for %s', (type) => {
    expect(WIRED_TYPES).toContain(type);
    expect(seen.emitted.map((event) => event.type)).not.toContain(type);
  });
});

describe('the account of them', () => {
  it('has each under one heading only: emitted, or waiting for something that is named', () => {
    const { emitted, awaiting: waiting, ...wrong } = wiringOf(seen.emitted.map((event) => event.type));
    expect(wrong).toStrictEqual({ missing: [], both: [], foreign: [] });
    expect([...emitted, ...waiting].toSorted()).toStrictEqual(WIRED_TYPES.toSorted());
    expect(Object.values(AWAITING).every((capability) => /^\S.{3,}$/.test(capability))).toBe(true);
  });

  it('tells what is missing, what is under both, and what it does not know', () => {
    const everything = wiringOf(WIRED_TYPES);
    expect(everything).toMatchObject({ missing: [], awaiting: [] });
    expect(everything.both.toSorted()).toStrictEqual(Object.keys(AWAITING).toSorted());
    expect(wiringOf([])).toMatchObject({ emitted: [], missing: everything.emitted, both: [] });
  });
});

describe('and the other way round', () => {
  it('every event on the bus is in the log, once, and every entry was on the bus', () => {
    const emitted = seen.emitted.map((event) => event.id);
    const recorded = seen.entries.map(({ event }) => event.id);
    expect(new Set(emitted).size).toBe(emitted.length);
    expect(recorded.toSorted()).toStrictEqual(emitted.toSorted());
  });

  it('every entry says what its definition says, in words for people', () => {
    const definitions = new Map<string, EventDefinition>(
      [...WAYMARK_EVENTS, OfferSent].map(({ type, definition }) => [type, definition as EventDefinition]),
    );
    for (const { event, severity, outcome, category, message } of seen.entries) {
      expect({ severity, outcome, category }).toStrictEqual(saidOf(event, definitions.get(event.type)));
      expect(message).toMatch(/\S/);
      expect(message).not.toMatch(/undefined|NaN|\[object|could not be made/);
    }
  });

  it('the log that came of it is intact', () => {
    expect(seen.verification).toMatchObject({ verdict: 'ok', checked: seen.entries.length - seen.removed });
  });
});

function saidOf(event: DomainEvent, definition: EventDefinition | undefined): object {
  if (definition === undefined) return {};
  const { severity, outcome, category } = definition;
  return {
    severity: typeof severity === 'function' ? severity(event.payload as JsonObject) : severity,
    outcome,
    category,
  };
}
