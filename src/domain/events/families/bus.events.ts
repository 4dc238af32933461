import { z } from 'zod';
import { defineEvent } from '../define-event.js';
import { error, id, ordinal, words } from './fields.js';

/** A handler threw. */
export class BusHandlerFailed extends defineEvent('bus.handler_failed', {
  version: 1,
  severity: 'error',
  category: 'operations',
  emitter: 'engine',
  outcome: 'failure',
  description: 'A handler on the bus threw or rejected. Neither the publisher nor any other handler noticed.',
  message: (p) => `handler ${p.handler} failed on ${p.eventType}: ${p.error.message}`,
  payload: z.object({
    eventId: id('The event it was given'),
    eventType: words("The event's type"),
    handler: words('The name of the handler'),
    error: error('What it threw'),
    attempt: ordinal('The n-th try'),
  }),
}) {}

/** Every type of the family so far. */
export const BUS_EVENTS = [BusHandlerFailed] as const;
