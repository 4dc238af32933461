import { defineEvent, secret } from 'waymark';
import { z } from 'zod';

// A family of a host's own, declared as the library declares its families.
const family = {
  category: 'workflow',
  emitter: 'host',
  // One ordered sequence for each deal.
  stream: (deal: { readonly dealId: string }) => `deal/${deal.dealId}`,
} as const;

const dealId = z.string().min(1).describe('The deal');

/** The stages of a deal. */
export const STAGES = ['new', 'offered', 'won', 'lost'] as const;
export type Stage = (typeof STAGES)[number];
const stage = z.enum(STAGES);

/** A deal was entered. */
export class DealCreated extends defineEvent('deal.created', {
  ...family,
  version: 1,
  severity: 'info',
  description: 'A deal was entered at the desk.',
  message: (deal) => `deal ${deal.dealId} with ${deal.customer} created`,
  payload: z.object({
    dealId,
    customer: z.string().describe('With whom'),
    amount: z.number().min(0).describe('Worth, in euros'),
  }),
}) {}

/** What was agreed changed. Version 1 told of one field at a time, and an older system called it `deal.edited`. */
export class DealUpdated extends defineEvent('deal.updated', {
  ...family,
  version: 2,
  aliases: ['deal.edited'],
  upcasters: {
    1: ({ field, value = null, ...deal }) => ({ ...deal, changes: { [field as string]: value } }),
  },
  severity: 'info',
  description: 'Fields of a deal were changed, all at once.',
  message: (deal) => `deal ${deal.dealId}: ${Object.keys(deal.changes).join(', ')} changed`,
  payload: z.object({ dealId, changes: z.record(z.string(), z.unknown()).describe('The new values, by field') }),
}) {}

/** A deal moved on. */
export class DealStageChanged extends defineEvent('deal.stage_changed', {
  ...family,
  version: 1,
  // What it means depends on what happened.
  severity: (deal) => (deal.to === 'lost' ? 'warning' : 'info'),
  description: 'A deal went from one stage to another.',
  message: (deal) => `deal ${deal.dealId}: ${deal.from} → ${deal.to}`,
  payload: z.object({ dealId, from: stage.describe('The stage before'), to: stage.describe('The stage now') }),
}) {}

/** More became known of the customer. */
export class DealProfileEnriched extends defineEvent('deal.profile_enriched', {
  ...family,
  version: 1,
  severity: 'debug',
  outcome: 'success',
  description: "A directory told more of a deal's customer.",
  message: (deal) => `deal ${deal.dealId}: ${Object.keys(deal.facts).length} fact(s) from ${deal.source}`,
  payload: z.object({
    dealId,
    source: z.string().describe('The directory'),
    facts: z.record(z.string(), z.unknown()).describe('What it told'),
    apiKey: secret(z.string()).describe('The key that it was asked with'),
  }),
}) {}

/** A deal is over. */
export class DealArchived extends defineEvent('deal.archived', {
  ...family,
  version: 1,
  severity: 'info',
  description: 'A deal was put away: nothing more happens to it.',
  message: (deal) => `deal ${deal.dealId} archived: ${deal.reason}`,
  payload: z.object({ dealId, reason: z.string().describe('Why') }),
}) {}

/** Every type of the family, to be registered together. */
export const DEAL_EVENTS = [DealCreated, DealUpdated, DealStageChanged, DealProfileEnriched, DealArchived] as const;
