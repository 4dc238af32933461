import { z } from 'zod';
import { defineEvent } from '../../src/index.js';

/** The fixture family of a host: what the tests publish and record. */
export class DealCreated extends defineEvent('deal.created', {
  version: 1,
  severity: 'info',
  category: 'workflow',
  emitter: 'host',
  description: 'A deal was entered.',
  message: (deal) => `deal ${deal.dealId} created`,
  payload: z.object({ dealId: z.string(), tags: z.array(z.string()).optional() }),
}) {}

/** A second type of the family. */
export class DealWon extends defineEvent('deal.won', {
  version: 1,
  severity: 'warning',
  outcome: 'success',
  category: 'decision',
  emitter: 'host',
  description: 'A deal was won.',
  message: (deal) => `deal ${deal.dealId} won`,
  payload: z.object({ dealId: z.string() }),
}) {}

/** A type of a sub-family. */
export class DealNoteAdded extends defineEvent('deal.note.added', {
  version: 1,
  severity: 'debug',
  category: 'workflow',
  emitter: 'host',
  description: 'A note was added to a deal.',
  message: (deal) => `note on deal ${deal.dealId}`,
  payload: z.object({ dealId: z.string() }),
}) {}

let count = 0;

/** A deal with a number of its own. */
export function deal(dealId = `d-${(count += 1)}`): DealCreated {
  return new DealCreated({ dealId });
}

/** Several deals, by name. */
export function deals(...ids: readonly string[]): readonly DealCreated[] {
  return ids.map((id) => deal(id));
}
