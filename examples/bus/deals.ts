import { defineEvent, DomainEvent } from 'waymark';
import { z } from 'zod';

const family = { version: 1, severity: 'info', category: 'workflow', emitter: 'host' } as const;
const dealId = z.string().describe('The deal');

/** What the ends of a deal have in common. No event is this alone. */
export abstract class DealEnded extends DomainEvent<string, { readonly dealId: string }> {
  get dealId(): string {
    return this.payload.dealId;
  }
}

/** A deal was entered. */
export class DealCreated extends defineEvent('deal.created', {
  ...family,
  description: 'A deal was entered.',
  message: (deal) => `deal ${deal.dealId} with ${deal.customer} created`,
  payload: z.object({ dealId, customer: z.string().describe('With whom') }),
}) {}

/** A deal was won. */
export class DealWon extends defineEvent('deal.won', {
  ...family,
  base: DealEnded,
  outcome: 'success',
  description: 'A deal was won.',
  message: (deal) => `deal ${deal.dealId} won`,
  payload: z.object({ dealId, amount: z.number().describe('Worth, in euros') }),
}) {}

/** A deal was lost. */
export class DealLost extends defineEvent('deal.lost', {
  ...family,
  base: DealEnded,
  severity: 'warning',
  outcome: 'failure',
  description: 'A deal was lost.',
  message: (deal) => `deal ${deal.dealId} lost`,
  payload: z.object({ dealId }),
}) {}

/** The family. */
export const DEAL_EVENTS = [DealCreated, DealWon, DealLost] as const;
