import { z } from 'zod';
import { defineEvent, personal } from '../../src/index.js';

const subject = 'customerId';

/** An event about one person, with what is personal in many places. */
export class OfferSent extends defineEvent('offer.sent', {
  version: 1,
  severity: 'info',
  category: 'workflow',
  emitter: 'host',
  description: 'An offer was sent to a customer.',
  message: (offer) => `Offer ${offer.offerId} sent to ${offer.email}`,
  payload: z.object({
    offerId: z.string().describe('The offer'),
    customerId: z.string().describe('The customer'),
    email: personal(z.string(), { subject }).describe('Where it was sent'),
    age: personal(z.number(), { subject }).optional().describe('How old they are'),
    address: personal(z.object({ street: z.string(), zip: z.string() }), { subject }).optional(),
    notes: z.array(z.object({ at: z.string(), text: personal(z.string(), { subject }) })).optional(),
  }),
}) {}

/** An event about several people. */
export class TeamFormed extends defineEvent('team.formed', {
  version: 1,
  severity: 'info',
  category: 'workflow',
  emitter: 'host',
  description: 'People were put together.',
  message: (team) => `Team ${team.name} formed`,
  payload: z.object({
    name: z.string(),
    members: z.array(z.object({ personId: z.string(), phone: personal(z.string(), { subject: 'personId' }) })),
  }),
}) {}
