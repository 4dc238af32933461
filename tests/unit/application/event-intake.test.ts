import { z } from 'zod';
import {
  captured,
  defineEvent,
  type DomainEvent,
  type EventContext,
  InvalidEventError,
  type JsonObject,
  secret,
  UnknownEvent,
} from '../../../src/index.js';
import { caught, codeOf } from '../../support/caught.js';
import { deal, DealCreated } from '../../support/deals.js';
import { openWaymark } from '../../support/open-waymark.js';
import { chain } from '../../support/workflows.js';
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

describe('an event that no constructor here checked', () => {
  class DealKeyed extends defineEvent('deal.keyed', {
    version: 1,
    severity: 'info',
    category: 'workflow',
    emitter: 'host',
    description: 'A deal was given its key.',
    message: () => 'keyed',
    payload: z.object({
      key: secret(z.string()),
      keys: z.array(z.object({ inner: secret(z.string()) })).optional(),
      prompt: captured(z.string()).optional(),
    }),
  }) {}
  const planted = { key: 'PLANTED', keys: [{ inner: 'PLANTED' }], prompt: 'PLANTED' } as unknown as JsonObject;

  it.each([
    ['restored', () => DealKeyed.restore(planted, context)],
    ['unknown when it was made', () => new UnknownEvent('deal.keyed', planted, context)],
  ])('is kept without secrets and captured fields: %s', async (_, make) => {
    const waymark = await openWaymark();
    waymark.catalog.register(DealKeyed);
    waymark.bus.publish(make());
    await waymark.flush();
    await waymark.log.append([DealKeyed.restore(planted, { ...context, id: 'another' })]);
    const kept = [...waymark.bus.history().events, ...(await waymark.log.query()).map(({ event }) => event)];
    expect(kept).toHaveLength(3);
    expect(JSON.stringify(kept)).not.toContain('PLANTED');
    for (const event of kept) {
      expect(event.payload).toStrictEqual({ key: '[redacted]', keys: [{ inner: '[redacted]' }] });
    }
  });

  it('is copied: what its maker changes later changes nothing', async () => {
    const waymark = await openWaymark();
    const foreign = {
      [Symbol.for('waymark.domain-event')]: true,
      type: 'deal.shelved',
      payload: { nested: { amount: 1 } },
      context,
    };
    waymark.bus.publish(foreign as unknown as DomainEvent);
    foreign.payload.nested.amount = 2;
    foreign.type = 'deal.altered';
    await waymark.flush();
    const [entry] = await waymark.log.query();
    expect(entry?.event.toJSON()).toMatchObject({ type: 'deal.shelved', payload: { nested: { amount: 1 } } });
    expect(waymark.bus.history().events[0]?.payload).toStrictEqual({ nested: { amount: 1 } });
  });

  it('is refused when it is no JSON or over the limits', async () => {
    const waymark = await openWaymark();
    const made = (payload: unknown): DomainEvent =>
      ({
        [Symbol.for('waymark.domain-event')]: true,
        type: 'deal.shelved',
        payload,
        context,
      }) as unknown as DomainEvent;
    await expect(waymark.log.append([made({ amount: 1n })])).rejects.toBeInstanceOf(InvalidEventError);
    await expect(waymark.log.append([made({ text: 'x'.repeat(2 ** 21) })])).rejects.toThrow(/maxBytes/);
  });

  it('decides for no other class of the same type', async () => {
    const waymark = await openWaymark();
    waymark.bus.publish(new UnknownEvent('deal.keyed', { key: 'x' }, context));
    waymark.catalog.register(DealKeyed);
    waymark.bus.publish(new DealKeyed({ key: 'k', prompt: 'PLANTED' }));
    expect(JSON.stringify(waymark.bus.history().events)).not.toContain('PLANTED');
  });

  it('asks a policy that is a function for each event', async () => {
    let keeps = true;
    const waymark = await openWaymark({ capture: () => keeps });
    waymark.bus.publish(new DealKeyed({ key: 'k', prompt: 'kept' }));
    keeps = false;
    waymark.bus.publish(new DealKeyed({ key: 'k', prompt: 'dropped' }));
    expect(waymark.bus.history().events.map(({ payload }) => payload)).toStrictEqual([
      { key: '[redacted]', prompt: 'kept' },
      { key: '[redacted]' },
    ]);
  });

  it('never tells a secret through a check that throws, or a default', () => {
    const schema = z.object({
      key: secret(
        z.string().transform((value): string => {
          throw new Error(`bad key ${value}`);
        }),
      ),
    });
    class DealChecked extends defineEvent('deal.checked', { ...DealKeyed.definition, aliases: [], payload: schema }) {}
    let told: unknown;
    try {
      told = new DealChecked({ key: 'PLANTED' });
    } catch (error) {
      told = error;
    }
    if (!(told instanceof InvalidEventError)) throw told;
    expect(`${told.message} ${JSON.stringify(told.issues)} ${String(told.cause)}`).not.toContain('PLANTED');
    const payload = z.object({ key: secret(z.string()).default('PLANTED' as never) });
    class DealDefaulted extends defineEvent('deal.defaulted', { ...DealKeyed.definition, aliases: [], payload }) {}
    expect(new DealDefaulted({}).payload).toStrictEqual({ key: '[redacted]' });
  });
});

describe("a host's severity", () => {
  const declare = (severity: () => 'info') =>
    class DealRated extends defineEvent('deal.rated', {
      version: 1,
      severity,
      category: 'workflow',
      emitter: 'host',
      description: 'A deal was rated.',
      message: () => 'rated',
      payload: z.object({}),
    }) {};

  it.each([
    ['throws', declare(() => JSON.parse('no') as never)],
    ['is no severity', declare(() => 'fatal' as never)],
  ])('that %s keeps no event from being recorded, nor any other', async (_, Rated) => {
    const waymark = await openWaymark();
    waymark.bus.publish(new Rated({}));
    await waymark.log.append([deal()]);
    await waymark.flush();
    expect((await waymark.log.query({ types: ['deal.rated'] })).map(({ severity }) => severity)).toStrictEqual([
      'warning',
    ]);
    expect((await waymark.log.verify()).verdict).toBe('ok');
  });

  it('is refused at its declaration when it is a word that there is not', async () => {
    expect(await codeOf(() => defineEvent('deal.bad', { ...deal.prototype, severity: 'fatal' } as never))).toBe(
      'WAYMARK_INVALID_EVENT_TYPE',
    );
  });
});

describe('an error too large for an event', () => {
  const huge = (): never => {
    throw new Error('x'.repeat(2_000_000));
  };

  it('of a handler reaches nobody, and is reported in part', async () => {
    const waymark = await openWaymark();
    let second = 0;
    waymark.bus.subscribe('deal.*', huge);
    waymark.bus.subscribe('deal.*', () => Promise.reject(new Error('y'.repeat(2_000_000))));
    waymark.bus.subscribe('deal.*', () => void (second += 1));
    waymark.bus.publish(deal());
    await waymark.bus.settled();
    await waymark.flush();
    expect(second).toBe(1);
    expect(await waymark.log.query({ types: ['bus.handler_failed'] })).toHaveLength(2);
  });

  it('of a node is recorded in part, and the execution fails as ever', async () => {
    const waymark = await openWaymark();
    const run = await waymark.executions.start(chain({ b: huge }));
    expect(await run.result()).toMatchObject({ status: 'failed', nodeId: 'b' });
    const failures = await waymark.log.query({ executionId: run.id, minSeverity: 'error' });
    expect(failures.map(({ event }) => event.type)).toStrictEqual(['node.failed', 'execution.failed']);
  });
});
