import { z } from 'zod';
import { defineEvent } from '../define-event.js';
import { count, error, id, ordinal, words } from './fields.js';

const family = { version: 1, category: 'operations', emitter: 'engine' } as const;

const eventId = id('The event it was given');
const eventType = words("The event's type");
const handler = words('The name of the handler');

/** A handler threw. */
export class BusHandlerFailed extends defineEvent('bus.handler_failed', {
  ...family,
  severity: 'error',
  outcome: 'failure',
  description: 'A handler on the bus threw or rejected. Neither the publisher nor any other handler noticed.',
  message: (p) => `handler ${p.handler} failed on ${p.eventType}: ${p.error.message}`,
  payload: z.object({ eventId, eventType, handler, error: error('What it threw'), attempt: ordinal('The n-th try') }),
}) {}

/** A handler's owner was garbage collected. */
export class BusHandlerCollected extends defineEvent('bus.handler_collected', {
  ...family,
  severity: 'warning',
  description:
    'The owner of a handler is gone and never unsubscribed it. Emitted when the bus dropped the subscription.',
  message: (p) => `handler ${p.handler} on ${p.topic} was collected`,
  payload: z.object({ handler, topic: words('What it listened to') }),
}) {}

/** An event did not reach a handler that can't keep up. */
export class BusEventDropped extends defineEvent('bus.event_dropped', {
  ...family,
  severity: 'warning',
  description:
    "A handler can't keep up, its queue is full, and events were left out. Emitted when its policy drops one.",
  message: (p) => `${p.dropped} event(s) dropped for ${p.handler} (${p.policy})`,
  payload: z.object({
    eventType,
    handler,
    policy: words('What decides which event is left out'),
    dropped: count('Events left out so far'),
  }),
}) {}

/** An event that a handler can't take was put aside. */
export class BusDeadLettered extends defineEvent('bus.dead_lettered', {
  ...family,
  severity: 'error',
  outcome: 'failure',
  description:
    'A handler failed on an event as often as it may. Emitted when the event is put aside, to be sent again by hand.',
  message: (p) => `${p.eventType} put aside for ${p.handler} after ${p.attempts} attempt(s): ${p.error.message}`,
  payload: z.object({
    eventId,
    eventType,
    handler,
    error: error('What the last try threw'),
    attempts: ordinal('How often it was tried'),
  }),
}) {}

/** An event that was put aside was sent again. */
export class BusDeadLetterRedriven extends defineEvent('bus.dead_letter_redriven', {
  ...family,
  severity: 'info',
  description:
    'An event that had been put aside was given to its handler again. Emitted when the handler is done with it.',
  message: (p) => `${p.eventType} sent to ${p.handler} again: ${p.outcome}`,
  payload: z.object({ eventId, eventType, handler, outcome: words('What came of it') }),
}) {}

/** Every type of the family. */
export const BUS_EVENTS = [
  BusHandlerFailed,
  BusHandlerCollected,
  BusEventDropped,
  BusDeadLettered,
  BusDeadLetterRedriven,
] as const;
