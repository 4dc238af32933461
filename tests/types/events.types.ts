import type { Observable } from 'rxjs';
import { z } from 'zod';
import {
  type AuditEntry,
  defineEvent,
  type DomainEvent,
  type EventBus,
  type ExecutionFailed,
  NodeCompleted,
  NodeFailed,
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
