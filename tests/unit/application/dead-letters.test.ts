import { jest } from '@jest/globals';
import {
  DeadLetters,
  type DeadLetterServices,
  type HandlerFailure,
} from '../../../src/application/bus/dead-letters.js';
import type { DeadLetterStorage } from '../../../src/application/bus/recorded-event-bus.port.js';
import type { HandlerOutcome } from '../../../src/application/bus/subscription.js';
import { EventCatalog } from '../../../src/domain/events/event-catalog.js';
import { type DomainEvent, EventFactory, InMemoryDeadLetterRepository, WaymarkError } from '../../../src/index.js';
import { caught, caughtWaymark, codeOf } from '../../support/caught.js';
import { DealCreated, deal, DealWon } from '../../support/deals.js';
import { deferred, settle } from '../../support/deferred.js';
import { FakeClock } from '../../support/fake-clock.js';
import { FaultyUnitOfWork } from '../../support/faulty-store.js';
import { ManualScheduler } from '../../support/manual-scheduler.js';
import { SequenceIds } from '../../support/sequence-ids.js';

/** What JavaScript may pass, and TypeScript would not. */
type Anything = any; // oxlint-disable-line typescript/no-explicit-any

/** A storage in memory that the test can take down, and the events that were recorded with it. */
class Shelf implements DeadLetterStorage {
  readonly repository = new InMemoryDeadLetterRepository();
  readonly unitOfWork = new FaultyUnitOfWork();
  readonly recorded: DomainEvent[] = [];

  commit: DeadLetterStorage['commit'] = async (event, write) => {
    await this.unitOfWork.run(write);
    this.recorded.push(event);
  };

  /** What was recorded, in short. */
  get told(): readonly string[] {
    return this.recorded.map(({ type, payload }) => {
      const { outcome, attempts } = payload as { outcome?: string; attempts?: number };
      return `${type} ${outcome ?? attempts}`;
    });
  }
}

let shelf: Shelf;
let scheduler: ManualScheduler;
let letters: DeadLetters;
/** What the handler does with an event that is sent again. */
let handle: DeadLetterServices['redrive'];
/** The events that it was given. */
let sent: DomainEvent[];

beforeEach(() => {
  shelf = new Shelf();
  scheduler = new ManualScheduler();
  sent = [];
  handle = () => Promise.resolve(outcome('handled'));
  const catalog = new EventCatalog([DealCreated, DealWon]);
  letters = new DeadLetters({
    storage: shelf,
    factory: new EventFactory(new FakeClock(), new SequenceIds()),
    scheduler,
    decode: (record) => catalog.decode(record),
    redrive: (letter, event) => {
      sent.push(event ?? catalog.decode(letter.event));
      return handle(letter, event);
    },
  });
});

function outcome(status: HandlerOutcome['status'], error?: unknown): HandlerOutcome {
  return { handler: 'crm', status, attempts: 3, durationMs: 1, ...(error === undefined ? {} : { error }) };
}

function failure(fields: Partial<HandlerFailure> = {}): HandlerFailure {
  const error = new TypeError('no connection');
  return { event: deal(), position: 7, handler: 'crm', topic: 'deal.*', error, attempts: 2, ...fields };
}

/** Puts events aside, and gives the ids of their letters. */
async function parked(...handlers: readonly string[]): Promise<readonly string[]> {
  for (const handler of handlers) expect(await letters.park(failure({ handler }))).toBe(true);
  return (await letters.list({}, { limit: 1_000 })).map(({ id }) => id).slice(-handlers.length);
}

function noHandler(): WaymarkError {
  return new WaymarkError('WAYMARK_HANDLER_NOT_FOUND', 'No such handler is subscribed.');
}

const fails = (): Promise<HandlerOutcome> => Promise.resolve(outcome('failed', new RangeError('again')));

describe('putting an event aside', () => {
  it('keeps all that there is to know about it, and records that in the same transaction', async () => {
    const event = deal('d-9');
    expect(await letters.park(failure({ event }))).toBe(true);
    const [letter] = await letters.list();
    expect(letter).toStrictEqual({
      id: expect.any(String),
      event: event.toJSON(),
      position: 7,
      handler: 'crm',
      topic: 'deal.*',
      error: expect.objectContaining({ name: 'TypeError', message: 'no connection' }),
      attempts: 2,
      parkedAt: '2026-01-01T00:00:00.000Z',
    });
    expect(await letters.get(letter?.id ?? '')).toStrictEqual(letter);
    expect(shelf.unitOfWork.begun).toBe(1);
    expect(shelf.recorded).toMatchObject([
      {
        type: 'bus.dead_lettered',
        context: { causationId: event.id, occurredAt: letter?.parkedAt },
        payload: { eventId: event.id, eventType: 'deal.created', handler: 'crm', error: letter?.error, attempts: 2 },
      },
    ]);
  });

  it('belongs to what the event belongs to', async () => {
    const event = new DealCreated({ dealId: 'd-1' }, { correlationId: 'import-7' });
    await letters.park(failure({ event }));
    const id = (await letters.list())[0]?.id ?? '';
    await letters.discard(id);
    expect(shelf.recorded.map(({ context }) => context)).toMatchObject([
      { causationId: event.id, correlationId: 'import-7' },
      { causationId: event.id, correlationId: 'import-7' },
    ]);
  });

  it('takes whatever a handler throws', async () => {
    expect(await letters.park(failure({ error: 'just a string', position: undefined }))).toBe(true);
    expect(await letters.list()).toMatchObject([
      { position: undefined, error: { name: 'NonError', message: 'just a string' } },
    ]);
  });

  it('is tried again while the store is down, for longer each time, and recorded once', async () => {
    shelf.unitOfWork.fails = (transaction) => transaction <= 3;
    const parking = letters.park(failure());
    for (const count of [1, 2, 3]) {
      await scheduler.untilAsked(count);
      expect(await shelf.repository.count({})).toBe(0);
      scheduler.elapse();
    }
    expect(await parking).toBe(true);
    expect(scheduler.asked).toStrictEqual([50, 100, 200]);
    expect(shelf.told).toStrictEqual(['bus.dead_lettered 2']);
    expect(await letters.count()).toBe(1);
  });

  it('is given up after six tries, and says so', async () => {
    shelf.unitOfWork.fails = () => true;
    const parking = letters.park(failure());
    for (const count of [1, 2, 3, 4, 5]) {
      await scheduler.untilAsked(count);
      scheduler.elapse();
    }
    expect(await parking).toBe(false);
    expect(scheduler.asked).toStrictEqual([50, 100, 200, 500, 1_000]);
    expect(shelf.unitOfWork.begun).toBe(6);
    expect([await letters.count(), shelf.told]).toStrictEqual([0, []]);
  });

  it('does not wait between tries once it was stopped', async () => {
    shelf.unitOfWork.fails = () => true;
    const waiting = letters.park(failure());
    await scheduler.untilAsked(1);
    letters.stop();
    expect(await waiting).toBe(false);
    expect(await letters.park(failure())).toBe(false);
    expect(scheduler.asked).toStrictEqual([50]);
    expect(shelf.unitOfWork.begun).toBe(12);
  });

  it('is given up where the event that tells of it can not be made', async () => {
    expect(await letters.park(failure({ attempts: 0 }))).toBe(false);
    expect(await letters.count()).toBe(0);
  });
});

describe('sending a letter again', () => {
  it('gives the event, of its class, to the handler; the letter goes when that is done with it', async () => {
    const event = deal('d-9');
    await letters.park(failure({ event }));
    const id = (await letters.list())[0]?.id ?? '';
    expect(await letters.redrive(id)).toStrictEqual(outcome('handled'));
    expect(sent[0]).toBeInstanceOf(DealCreated);
    expect(sent[0]?.toJSON()).toStrictEqual(event.toJSON());
    expect(await letters.count()).toBe(0);
    expect(shelf.told).toStrictEqual(['bus.dead_lettered 2', 'bus.dead_letter_redriven handled']);
    expect(shelf.recorded[1]?.payload).toStrictEqual({
      eventId: event.id,
      eventType: 'deal.created',
      handler: 'crm',
      outcome: 'handled',
    });
  });

  it('keeps the letter in its place when it fails, with the new error and all the attempts', async () => {
    const [first, second] = (await parked('crm', 'mail')) as [string, string];
    const before = await letters.get(first);
    handle = fails;
    expect(await letters.redrive(first)).toMatchObject({ status: 'failed' });
    expect(await letters.list()).toStrictEqual([
      {
        ...before,
        attempts: 5,
        error: expect.objectContaining({ name: 'RangeError', message: 'again' }),
      },
      await letters.get(second),
    ]);
    expect(shelf.told.at(-1)).toBe('bus.dead_letter_redriven failed');
  });

  it.each(['dropped', 'cancelled'] as const)(
    'leaves the letter as it is when it was %s, and says so',
    async (status) => {
      const [id] = (await parked('crm')) as [string];
      const before = await letters.get(id);
      handle = () => Promise.resolve(outcome(status));
      expect(await letters.redrive(id)).toMatchObject({ status });
      expect(await letters.get(id)).toStrictEqual(before);
      expect(shelf.told.at(-1)).toBe(`bus.dead_letter_redriven ${status}`);
    },
  );

  it('changes nothing where the handler is not subscribed', async () => {
    const [id] = (await parked('crm')) as [string];
    const before = await letters.get(id);
    const error = noHandler();
    handle = () => Promise.reject(error);
    expect(await caught(letters.redrive(id))).toBe(error);
    expect(await letters.get(id)).toStrictEqual(before);
    expect(shelf.told).toHaveLength(1);
  });

  it('is done once at a time, and it can not be discarded meanwhile', async () => {
    const [id] = (await parked('crm')) as [string];
    const done = deferred<HandlerOutcome>();
    handle = () => done.promise;
    const first = letters.redrive(id);
    expect(await codeOf(letters.redrive(id))).toBe('WAYMARK_DEAD_LETTER_BUSY');
    expect(await codeOf(letters.discard(id))).toBe('WAYMARK_DEAD_LETTER_BUSY');
    done.resolve(outcome('failed', new Error('again')));
    await first;
    expect(sent).toHaveLength(1);
    handle = () => Promise.resolve(outcome('handled'));
    expect(await letters.redrive(id)).toMatchObject({ status: 'handled' });
  });

  it('keeps the letter, to be sent once more, when what came of it can not be recorded', async () => {
    const [id] = (await parked('crm')) as [string];
    shelf.unitOfWork.fails = () => true;
    expect(await codeOf(letters.redrive(id))).toBe('WAYMARK_STORE_UNAVAILABLE');
    shelf.unitOfWork.fails = () => false;
    expect(await letters.count()).toBe(1);
    expect(await letters.redrive(id)).toMatchObject({ status: 'handled' });
    expect(sent).toHaveLength(2);
  });

  it('fails by name for a letter that there is not', async () => {
    for (const verb of ['get', 'redrive', 'discard'] as const) {
      expect(await codeOf(letters[verb]('none'))).toBe('WAYMARK_DEAD_LETTER_NOT_FOUND');
    }
  });
});

describe('sending all of them again', () => {
  it('takes each once, oldest first, over many pages: those that fail stay', async () => {
    const ids = await parked(...Array.from({ length: 250 }, (_, index) => (index % 2 === 0 ? 'crm' : 'mail')));
    handle = ({ handler }) => (handler === 'crm' ? Promise.resolve(outcome('handled')) : fails());
    const steps: number[] = [];
    const result = await letters.redriveAll({}, { onProgress: ({ handled, failed }) => steps.push(handled + failed) });
    expect(result).toStrictEqual({ handled: 125, failed: 125, skipped: 0 });
    expect(steps).toStrictEqual(ids.map((_, index) => index + 1));
    expect(new Set(sent.map((event) => event.id)).size).toBe(250);
    expect((await letters.list({}, { limit: 1_000 })).map(({ id }) => id)).toStrictEqual(
      ids.filter((_, index) => index % 2 === 1),
    );
  });

  it('sends those that a filter takes', async () => {
    await parked('crm', 'mail', 'crm');
    await letters.park(failure({ handler: 'crm', event: new DealWon({ dealId: 'd-1' }) }));
    expect(await letters.redriveAll({ handler: 'crm', eventType: 'deal.created' })).toMatchObject({ handled: 2 });
    expect(await letters.list()).toMatchObject([{ handler: 'mail' }, { event: { type: 'deal.won' } }]);
  });

  it('passes over those whose handler is not there, that are busy, or that never had their turn', async () => {
    const [busy] = (await parked('busy', 'gone', 'full', 'crm')) as [string];
    const done = deferred<HandlerOutcome>();
    handle = (letter) => {
      if (letter.handler === 'busy') return done.promise;
      if (letter.handler === 'gone') return Promise.reject(noHandler());
      return Promise.resolve(outcome(letter.handler === 'full' ? 'dropped' : 'handled'));
    };
    const sending = letters.redrive(busy);
    expect(await letters.redriveAll()).toStrictEqual({ handled: 1, failed: 0, skipped: 3 });
    done.resolve(outcome('handled'));
    await sending;
    expect((await letters.list()).map(({ handler }) => handler)).toStrictEqual(['gone', 'full']);
  });

  it('passes over one that somebody else has seen to meanwhile', async () => {
    const [, second] = (await parked('crm', 'crm', 'crm')) as [string, string];
    handle = async () => {
      if (sent.length === 1) await letters.discard(second);
      return outcome('handled');
    };
    expect(await letters.redriveAll()).toStrictEqual({ handled: 2, failed: 0, skipped: 1 });
  });

  it('goes on after one that can not be read any more', async () => {
    await parked('crm', 'crm');
    let first = true;
    handle = () => {
      if (!first) return Promise.resolve(outcome('handled'));
      first = false;
      return Promise.reject(new WaymarkError('WAYMARK_UPCAST_FAILED', 'The upcaster threw.'));
    };
    expect(await letters.redriveAll()).toStrictEqual({ handled: 1, failed: 1, skipped: 0 });
  });

  it('ends with those that were there, though handlers bring about new ones', async () => {
    await parked('crm', 'crm');
    handle = async () => {
      await letters.park(failure());
      return outcome('handled');
    };
    expect(await letters.redriveAll()).toMatchObject({ handled: 2 });
    expect(await letters.count()).toBe(2);
  });

  it('ends early when its signal aborts, and tells how far it has come', async () => {
    await parked('crm', 'crm', 'crm');
    const stop = new AbortController();
    const onProgress = (): void => stop.abort();
    expect(await letters.redriveAll({}, { signal: stop.signal, onProgress })).toMatchObject({ handled: 1 });
    expect(await letters.count()).toBe(2);
    expect(await letters.redriveAll({}, { signal: AbortSignal.abort() })).toMatchObject({ handled: 0 });
  });

  it('stops with the error of the store where that fails', async () => {
    await parked('crm', 'crm');
    shelf.unitOfWork.fails = () => true;
    expect(await codeOf(letters.redriveAll())).toBe('WAYMARK_STORE_UNAVAILABLE');
    expect(sent).toHaveLength(1);
  });
});

describe('a letter that another process sees to meanwhile', () => {
  it('does not come back when this one fails on it', async () => {
    const [id] = (await parked('crm')) as [string];
    handle = async () => {
      await shelf.unitOfWork.run((scope) => shelf.repository.remove(id, scope));
      return fails();
    };
    expect(await letters.redrive(id)).toMatchObject({ status: 'failed' });
    expect(await letters.count()).toBe(0);
  });
});

describe('what is told of the progress', () => {
  it.each<[string, () => unknown]>([
    [
      'throws',
      () => {
        throw new Error('no');
      },
    ],
    ['rejects', () => Promise.reject(new Error('no'))],
  ])('to somebody who %s is told no more, and everything goes on', async (_, onProgress) => {
    const warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    await parked('crm', 'crm', 'crm');
    expect(await letters.redriveAll({}, { onProgress })).toMatchObject({ handled: 3 });
    await settle();
    const warnings = warn.mock.calls.map(([text]) => text);
    warn.mockRestore();
    expect(warnings).toStrictEqual(['onProgress of redriveAll failed and is called no more: no']);
  });
});

describe('discarding a letter', () => {
  it('needs not be able to read it', async () => {
    const [id] = (await parked('crm')) as [string];
    shelf.repository.get = () => Promise.reject(new WaymarkError('WAYMARK_STORE_CORRUPT', 'The row is damaged.'));
    expect(await codeOf(letters.redrive(id))).toBe('WAYMARK_STORE_CORRUPT');
    await letters.discard(id);
    expect(await letters.count()).toBe(0);
    expect(shelf.told.at(-1)).toBe(`bus.dead_letter_redriven discarded, though damaged: letter ${id}`);
  });

  it('removes it for good, and leaves a trace', async () => {
    const [id] = (await parked('crm')) as [string];
    await letters.discard(id);
    expect(await letters.count()).toBe(0);
    expect(shelf.told.at(-1)).toBe('bus.dead_letter_redriven discarded');
    expect(sent).toStrictEqual([]);
    expect(await codeOf(letters.discard(id))).toBe('WAYMARK_DEAD_LETTER_NOT_FOUND');
  });

  it('leaves no trace of what another process was faster to do', async () => {
    const [id] = (await parked('crm')) as [string];
    const { commit } = shelf;
    shelf.commit = async (event, write) => {
      await shelf.unitOfWork.run((scope) => shelf.repository.remove(id, scope));
      await commit(event, write);
    };
    expect(await codeOf(letters.discard(id))).toBe('WAYMARK_DEAD_LETTER_NOT_FOUND');
    expect(shelf.told).toStrictEqual(['bus.dead_lettered 2']);
  });
});

describe('looking through them', () => {
  it('gives a hundred at a time unless told otherwise, and goes on after one', async () => {
    const ids = await parked(...Array<string>(103).fill('crm'));
    expect(await letters.list()).toHaveLength(100);
    expect((await letters.list({}, { after: ids[99] as string })).map(({ id }) => id)).toStrictEqual(ids.slice(100));
    expect(await letters.list({ handler: 'crm' }, { limit: 2 })).toHaveLength(2);
    expect([await letters.count({ handler: 'mail' }), await letters.count()]).toStrictEqual([0, 103]);
  });

  it.each<[string, (box: Anything) => Promise<unknown>, RegExp]>([
    ['a misspelt filter', (box) => box.list({ handlers: 'crm' }), /"handlers".*handler, eventType/],
    ['a misspelt filter of a count', (box) => box.count({ type: 'x' }), /"type"/],
    ['a misspelt filter of a pass', (box) => box.redriveAll({ type: 'x' }), /"type"/],
    ['a filter that is none', (box) => box.list(null), /null/],
    ['a number for a handler', (box) => box.list({ handler: 5 }), /handler is 5/],
    ['a misspelt page option', (box) => box.list({}, { offset: 5 }), /"offset".*after, limit/],
    ['no letters at all', (box) => box.list({}, { limit: 0 }), /limit is 0.*from 1 to 1000/],
    ['too many letters', (box) => box.list({}, { limit: 1_001 }), /limit is 1001/],
    ['a misspelt option of a pass', (box) => box.redriveAll({}, { progress: 5 }), /"progress".*signal, onProgress/],
    ['a signal that is none', (box) => box.redriveAll({}, { signal: {} }), /AbortSignal/],
    ['something to call that is no function', (box) => box.redriveAll({}, { onProgress: 5 }), /onProgress is 5/],
  ])('refuses %s', async (_, call, expected) => {
    await parked('crm');
    const error = await caughtWaymark(call(letters));
    expect(error.code).toBe('WAYMARK_INVALID_ARGUMENT');
    expect(error.message).toMatch(expected);
    expect(sent).toStrictEqual([]);
  });

  it('refuses an id that is none', async () => {
    for (const id of ['', 'a\u0000', 7] as Anything[]) {
      for (const call of [letters.get(id), letters.redrive(id), letters.discard(id), letters.list({}, { after: id })]) {
        expect(await codeOf(call)).toBe('WAYMARK_INVALID_ID');
      }
    }
  });
});

describe('keeping letters elsewhere', () => {
  it('moves those that were there already, in their order, and tells of them where they are now', async () => {
    const ids = await parked('crm', 'mail');
    const store = new Shelf();
    const moved = letters.keepIn(store);
    const parking = letters.park(failure({ handler: 'late' }));
    expect((await letters.list()).slice(0, 2).map(({ id }) => id)).toStrictEqual(ids);
    expect([await moved, await parking]).toStrictEqual([0, true]);
    expect((await store.repository.find({}, undefined, 10)).map(({ handler }) => handler)).toStrictEqual([
      'crm',
      'mail',
      'late',
    ]);
    expect(store.told).toStrictEqual(Array<string>(3).fill('bus.dead_lettered 2'));
    await letters.redrive(ids[0] as string);
    expect(await store.repository.count({})).toBe(2);
  });

  it('takes a letter along that is just being kept, and tells of it once', async () => {
    const committed = deferred();
    shelf.unitOfWork.hold = () => committed.promise;
    const parking = letters.park(failure());
    await settle();
    const store = new Shelf();
    const moved = letters.keepIn(store);
    committed.resolve();
    expect([await parking, await moved]).toStrictEqual([true, 0]);
    expect(await store.repository.count({})).toBe(1);
    expect(store.told).toHaveLength(1);
    expect(store.recorded[0]?.id).toBe(shelf.recorded[0]?.id);
  });

  it('waits for a store that is down, and tells how many letters it never took', async () => {
    await parked('crm', 'mail', 'late');
    const store = new Shelf();
    store.unitOfWork.fails = (transaction) => transaction > 1;
    const moved = letters.keepIn(store);
    for (const count of [1, 2, 3, 4, 5]) {
      await scheduler.untilAsked(count);
      scheduler.elapse();
    }
    expect(await moved).toBe(2);
    expect(await letters.list()).toMatchObject([{ handler: 'crm' }]);
  });

  it('a second time moves nothing: what a store has, it keeps', async () => {
    const [first, second] = [new Shelf(), new Shelf()];
    await letters.keepIn(first);
    await parked('crm');
    expect(await letters.keepIn(second)).toBe(0);
    expect([await first.repository.count({}), await letters.count()]).toStrictEqual([1, 0]);
  });

  it('goes on though the letters that were there can not be read', async () => {
    const broken = new Error('unreadable');
    shelf.repository.find = () => Promise.reject(broken);
    const store = new Shelf();
    expect(await caught(letters.keepIn(store))).toBe(broken);
    expect(await letters.park(failure())).toBe(true);
    expect(await store.repository.count({})).toBe(1);
  });
});
