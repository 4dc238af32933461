import { pino } from 'pino';
import { z } from 'zod';
import { logEvents, type LogEventsOptions } from '../../../../src/consumers.js';
import {
  BusHandlerFailed,
  type DomainEvent,
  defineEvent,
  NodeCompensationFailed,
  NodeFailed,
  NodeStarted,
  runWithContext,
  secret,
  UnknownEvent,
} from '../../../../src/index.js';
import { makeBus } from '../../../support/bus.js';
import { codeOf } from '../../../support/caught.js';
import { deal, DealNoteAdded, DealWon } from '../../../support/deals.js';
import { OfferSent } from '../../../support/people.js';

class KeyIssued extends defineEvent('key.issued', {
  version: 1,
  severity: 'info',
  category: 'operations',
  emitter: 'host',
  description: 'A key was issued.',
  message: ({ owner }) => `key for ${owner} issued, 100%s`,
  payload: z.object({ owner: z.string(), key: secret(z.string()) }),
}) {}

const node = { executionId: 'e-1', nodeId: 'pay', occurrence: 1, attempt: 1 };
const error = { name: 'Error', message: 'no money' };

/** A bus whose events a real pino logs, and the lines that it wrote. */
function logged(options?: LogEventsOptions) {
  const bus = makeBus();
  const lines: Record<string, unknown>[] = [];
  const destination = { write: (line: string) => void lines.push(JSON.parse(line)) };
  const logger = pino({ level: 'trace', base: null, timestamp: false }, destination);
  const subscription = logEvents(bus, logger, options);
  return { bus, lines, subscription };
}

describe('events in a structured log', () => {
  it('have the level of their severity, and the message of the catalog', () => {
    const { bus, lines } = logged();
    bus.publish(new NodeStarted({ ...node, nodeName: 'Pay', nodeKind: 'task' }));
    bus.publish(deal('d-1'));
    bus.publish(new DealWon({ dealId: 'd-1' }));
    bus.publish(new NodeFailed({ ...node, error, durationMs: 3, recoverable: false }));
    bus.publish(new NodeCompensationFailed({ ...node, error, checkpointId: 'c-1' }));
    const { debug, info, warn, error: failed, fatal } = pino.levels.values;
    expect(lines.map(({ level, msg }) => [level, msg])).toStrictEqual([
      [debug, 'pay started'],
      [info, 'deal d-1 created'],
      [warn, 'deal d-1 won'],
      [failed, 'pay failed: no money'],
      [fatal, 'pay could not be compensated: no money'],
    ]);
  });

  it('tell what belongs together, who did it, and where they are in the log', () => {
    const { bus, lines } = logged();
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const context = { correlationId: 'order-1', causationId: 'id-0', actor: 'user:ada', traceparent };
    const started = runWithContext(context, () => new NodeStarted({ ...node, nodeName: 'Pay', nodeKind: 'task' }));
    bus.publishRecorded(started, 41);
    expect(lines).toStrictEqual([
      {
        level: 20,
        event: 'node.started',
        eventId: started.id,
        position: 41,
        executionId: 'e-1',
        ...context,
        msg: 'pay started',
      },
    ]);
  });

  it('have no fields without a value', () => {
    const { bus, lines } = logged();
    const created = deal('d-1');
    bus.publish(created);
    expect(lines).toStrictEqual([{ level: 30, event: 'deal.created', eventId: created.id, msg: 'deal d-1 created' }]);
  });

  it('have their payload where it is asked for, without secrets', () => {
    const { bus, lines } = logged({ payload: true });
    bus.publish(new KeyIssued({ owner: 'ada', key: 'k-123' }));
    expect(lines[0]).toMatchObject({ payload: { owner: 'ada', key: '[redacted]' }, msg: 'key for ada issued, 100%s' });
    expect(JSON.stringify(lines)).not.toContain('k-123');
  });

  it('have placeholders for what is personal, in their message and payload, unless it is asked for', () => {
    const offer = new OfferSent({ offerId: 'o-1', customerId: 'ada', email: 'ada@example.com' });
    const shown = logged({ payload: true });
    shown.bus.publish(offer);
    expect(shown.lines).toMatchObject([
      { payload: { ...offer.payload, email: '[personal]' }, msg: 'Offer o-1 sent to [personal]' },
    ]);
    const whole = logged({ payload: true, personal: true });
    whole.bus.publish(offer);
    expect(whole.lines).toMatchObject([{ payload: offer.payload, msg: 'Offer o-1 sent to ada@example.com' }]);
  });

  it('are info, and told by their type, where the type is unknown', () => {
    const { bus, lines } = logged();
    bus.publishRecorded(new UnknownEvent('plugin.loaded', { executionId: 'e-9' }, deal().context), 3);
    expect(lines[0]).toMatchObject({ level: 30, event: 'plugin.loaded', executionId: 'e-9', msg: 'plugin.loaded' });
  });

  it('are those of a topic that matter enough', () => {
    const { bus, lines } = logged({ topic: ['deal.**', 'node.*'], minSeverity: 'warning' });
    bus.publish(new DealNoteAdded({ dealId: 'd-1' }));
    bus.publish(deal('d-1'));
    bus.publish(new KeyIssued({ owner: 'ada', key: 'k-123' }));
    bus.publish(new DealWon({ dealId: 'd-1' }));
    expect(lines.map(({ event }) => event)).toStrictEqual(['deal.won']);
  });

  it('end with the subscription, which has a name', () => {
    const { bus, lines, subscription } = logged({ name: 'console' });
    expect(bus.subscriptions().map(({ name }) => name)).toStrictEqual(['console']);
    subscription.unsubscribe();
    bus.publish(deal());
    expect(lines).toStrictEqual([]);
    expect(subscription.active).toBe(false);
  });
});

describe('a logger that throws', () => {
  it('is reported, and leaves no dead letter', async () => {
    const bus = makeBus();
    const failures: DomainEvent[] = [];
    bus.subscribe(BusHandlerFailed, (failure) => void failures.push(failure));
    const broken = (): never => {
      throw new Error('the pipe is broken');
    };
    logEvents(bus, { debug: broken, info: broken, warn: broken, error: broken, fatal: broken }, { topic: 'deal.*' });
    bus.publish(deal());
    await bus.settled();
    expect(failures.map(({ payload }) => payload)).toMatchObject([
      { eventType: 'deal.created', handler: 'logEvents', error: { message: 'the pipe is broken' } },
    ]);
    expect(await bus.deadLetters.count()).toBe(0);
  });

  it('does not go round in circles over the reports of its own failures', async () => {
    const bus = makeBus();
    const broken = (): never => {
      throw new Error('the pipe is broken');
    };
    logEvents(bus, { debug: broken, info: broken, warn: broken, error: broken, fatal: broken });
    bus.publish(deal());
    await bus.settled();
    expect(bus.history().events.map(({ type }) => type)).toStrictEqual(['deal.created', 'bus.handler_failed']);
  });
});

describe('logging refuses', () => {
  const noop = (): void => undefined;
  const logger = { debug: noop, info: noop, warn: noop, error: noop, fatal: noop };

  it('a logger that lacks a method, and names it', () => {
    const { fatal: _, ...rest } = logger;
    expect(() => logEvents(makeBus(), rest as never)).toThrow('The logger has no method fatal.');
    expect(() => logEvents(makeBus(), undefined as never)).toThrow('debug, info, warn, error, fatal');
  });

  it('options that there are not', async () => {
    const refuse = (options: unknown): Promise<string> =>
      codeOf(() => logEvents(makeBus(), logger, options as LogEventsOptions));
    expect(await refuse({ severity: 'info' })).toBe('WAYMARK_INVALID_ARGUMENT');
    expect(await refuse({ minSeverity: 'warn' })).toBe('WAYMARK_INVALID_ARGUMENT');
    expect(await refuse({ payload: 'yes' })).toBe('WAYMARK_INVALID_ARGUMENT');
    expect(await refuse({ personal: 'yes' })).toBe('WAYMARK_INVALID_ARGUMENT');
    expect(await refuse({ topic: 'Deal' })).toBe('WAYMARK_INVALID_TOPIC');
  });
});
