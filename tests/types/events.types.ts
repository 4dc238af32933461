import type { Observable } from 'rxjs';
import { z } from 'zod';
import {
  type AuditEntry,
  defineEvent,
  type DomainEvent,
  emits,
  type EventBus,
  type ExecutionFailed,
  type LlmCompleted,
  NodeCompleted,
  NodeFailed,
  secret,
  type WAYMARK_EVENTS,
  type Waymark,
  type WaymarkEvent,
} from '../../src/index.js';
import { assertType, type Equal } from './equal.js';

// Compiled by `npm run typecheck`, never run: each line is a promise of the types to those who use them.

class DealCreated extends defineEvent('deal.created', {
  version: 1,
  severity: 'info',
  category: 'workflow',
  emitter: 'host',
  description: 'A deal was entered.',
  message: (deal) => `deal ${deal.dealId}`,
  payload: z.object({ dealId: z.string(), stage: z.enum(['new', 'won']).default('new'), note: z.string().optional() }),
}) {}

/** A class from defineEvent is a type: input on the way in, output on the way out. */
export function classes(): void {
  const event = new DealCreated({ dealId: 'd' });
  assertType<Equal<typeof event.type, 'deal.created'>>();
  assertType<Equal<typeof event.payload.stage, 'new' | 'won'>>();
  assertType<Equal<typeof event.payload.note, string | undefined>>();
  assertType<Equal<typeof DealCreated.type, 'deal.created'>>();

  // @ts-expect-error -- a required field is missing
  void new DealCreated({});
  // @ts-expect-error -- a field that there is not
  void new DealCreated({ dealId: 'd', owner: 'ada' });
  // @ts-expect-error -- a field of another type
  void new DealCreated({ dealId: 5 });
  // @ts-expect-error -- no such member of the enum
  void new DealCreated({ dealId: 'd', stage: 'lost' });
  // @ts-expect-error -- a context has no such part
  void new DealCreated({ dealId: 'd' }, { user: 'ada' });
  // @ts-expect-error -- an event can't be changed
  event.payload = { dealId: 'other', stage: 'new' };
  // @ts-expect-error -- nor can its context
  event.context.actor = 'user:eve';
  const options = { version: 1, severity: 'info', emitter: 'host', description: '', message: () => '' } as const;
  // @ts-expect-error -- a category that there is not
  defineEvent('deal.x', { ...options, category: 'sales', payload: z.object({}) });
}

/** `is` narrows. */
export function guards(event: DomainEvent): void {
  if (NodeCompleted.is(event)) assertType<Equal<typeof event.payload.durationMs, number>>();
  if (DealCreated.is(event)) assertType<Equal<typeof event.payload.dealId, string>>();
  // @ts-expect-error -- without a guard the payload is unknown
  void event.payload.durationMs;
}

/** The union of Waymark's own events narrows on `type`. */
export function union(event: WaymarkEvent): void {
  switch (event.type) {
    case 'node.completed':
      assertType<Equal<typeof event, NodeCompleted>>();
      assertType<Equal<typeof event.payload.durationMs, number>>();
      break;
    case 'execution.failed':
      assertType<Equal<typeof event, ExecutionFailed>>();
      assertType<Equal<typeof event.payload.error.message, string>>();
      break;
    // @ts-expect-error -- there is no such type
    case 'node.finished':
      break;
    default:
  }
  // @ts-expect-error -- not every event has it
  void event.payload.durationMs;
}

/** The bus knows what a topic delivers. */
export function bus(bus: EventBus): void {
  assertType<Equal<ReturnType<typeof bus.on<typeof NodeCompleted>>, Observable<NodeCompleted>>>();
  bus.on(NodeCompleted).subscribe((event) => assertType<Equal<typeof event.payload.durationMs, number>>());
  bus.subscribe(DealCreated, (event) => assertType<Equal<typeof event, DealCreated>>());
  bus.subscribe([NodeCompleted, NodeFailed], (event) => assertType<Equal<typeof event, NodeCompleted | NodeFailed>>());
  bus.subscribe([NodeCompleted, 'deal.*'], (event) => assertType<Equal<typeof event.type, string>>());
  bus.subscribe('node.*', (event) => assertType<Equal<typeof event, DomainEvent>>());
  bus.subscribe(DealCreated, () => undefined, { filter: (event) => event.payload.stage === 'won' });
  // @ts-expect-error -- the filter sees the event of the topic
  bus.subscribe(DealCreated, () => undefined, { filter: (event) => event.payload.durationMs > 1 });
  // @ts-expect-error -- a handler of another event
  bus.subscribe(DealCreated, (event: NodeCompleted) => event);
  // @ts-expect-error -- a plain object is no event
  bus.publish({ type: 'deal.created', payload: { dealId: 'd' } });
}

/** Queries have a closed list of keys. */
export async function log({ log }: Waymark): Promise<void> {
  assertType<Equal<Awaited<ReturnType<typeof log.query>>, readonly AuditEntry[]>>();
  await log.query({ minSeverity: 'error', types: ['node.*'] }, { order: 'desc' });
  // @ts-expect-error -- a misspelt key
  await log.query({ excutionId: 'e' });
  // @ts-expect-error -- a severity that there is not
  await log.query({ minSeverity: 'fatal' });
  // @ts-expect-error -- a misspelt page option
  await log.query({}, { offset: 5 });
}

/** The union reaches over every family. */
export function families(event: WaymarkEvent): void {
  assertType<Equal<WaymarkEvent['type'], (typeof WAYMARK_EVENTS)[number]['type']>>();
  switch (event.type) {
    case 'llm.completed':
      assertType<Equal<typeof event, LlmCompleted>>();
      assertType<Equal<typeof event.payload.inputTokens, number | undefined>>();
      break;
    case 'environment.dependencies_added':
      assertType<Equal<typeof event.payload.packages, string[]>>();
      break;
    case 'batch.cancelled':
      assertType<Equal<typeof event.payload.by, 'user' | 'timeout' | 'resource_limit'>>();
      break;
    case 'job.dead_lettered':
      assertType<Equal<typeof event.payload.attempts, number>>();
      break;
    case 'decision.made':
      assertType<Equal<typeof event.payload.reversible, boolean>>();
      break;
    case 'bus.handler_failed':
      assertType<Equal<typeof event.payload.error.message, string>>();
      break;
    // @ts-expect-error -- an alias is no type
    case 'tool.success':
      break;
    default:
  }
}

class ServiceCalled extends defineEvent('service.called', {
  version: 1,
  severity: 'info',
  category: 'operations',
  emitter: 'host',
  description: 'A service was called.',
  message: (call) => {
    assertType<Equal<typeof call.apiKey, '[redacted]'>>();
    return call.url;
  },
  payload: z.object({
    url: z.string(),
    apiKey: secret(z.string()),
    port: secret(z.number()).optional(),
    cookie: secret(z.string().optional()),
    login: z.object({ tokens: z.array(secret(z.string())) }),
  }),
}) {}

/** A secret goes in as what it is, and is never there to be read. */
export function secrets(): void {
  const { payload } = new ServiceCalled({ url: 'u', apiKey: 'key', port: 5432, cookie: 'c', login: { tokens: ['t'] } });
  assertType<Equal<typeof payload.apiKey, '[redacted]'>>();
  assertType<Equal<typeof payload.port, '[redacted]' | undefined>>();
  assertType<Equal<typeof payload.cookie, '[redacted]' | undefined>>();
  assertType<Equal<typeof payload.login.tokens, '[redacted]'[]>>();
  // @ts-expect-error -- it is checked like any other field
  void new ServiceCalled({ url: 'u', apiKey: 5, login: { tokens: [] } });
  // @ts-expect-error -- and has to be there like any other
  void new ServiceCalled({ url: 'u', login: { tokens: [] } });
}

/** A decorated method says what the functions of `emits` get. */
export class Desk {
  declare readonly bus: EventBus;

  @emits({
    bus: (desk) => desk.bus,
    success: (deal, args, desk) => {
      assertType<Equal<typeof deal, { id: string }>>();
      assertType<Equal<typeof args, [name: string, amount: number]>>();
      assertType<Equal<typeof desk, Desk>>();
      return new DealCreated({ dealId: deal.id });
    },
    failure: (error, [name]) => {
      assertType<Equal<typeof error, unknown>>();
      return new DealCreated({ dealId: name });
    },
  })
  async create(name: string, amount: number): Promise<{ id: string }> {
    return { id: `${name} ${amount}` };
  }

  @emits({
    bus: (desk) => desk.bus,
    started: ([first]) => (first === 1 ? undefined : new DealCreated({ dealId: 'd' })),
  })
  generic<Value>(value: Value): Value {
    return value;
  }

  // @ts-expect-error -- what it takes is not what the method returns
  @emits({ bus: (desk: Desk) => desk.bus, success: (result: string) => new DealCreated({ dealId: result }) })
  count(): number {
    return 1;
  }

  @emits({
    bus: (desk) => desk.bus,
    // @ts-expect-error -- a plain object is no event
    success: () => ({ type: 'deal.created' }),
  })
  plain(): void {
    // What it emits is what matters.
  }
}
