import { z } from 'zod';
import { defineEvent } from '../define-event.js';
import { brief } from './brief.js';
import { call } from './call-fields.js';
import { count, ms, words } from './fields.js';

const family = { version: 1, category: 'tool_usage', emitter: 'host' } as const;

/** Documents were asked for. */
export class RetrieverStarted extends defineEvent('retriever.started', {
  ...family,
  severity: 'debug',
  description: 'A retriever was asked for documents. Recorded before the search begins.',
  message: (p) => `retriever asked${p.query === undefined ? '' : `: ${brief(p.query)}`}`,
  payload: z.object({ ...call, query: words('What was asked').optional() }),
}) {}

/** Documents were found. */
export class RetrieverCompleted extends defineEvent('retriever.completed', {
  ...family,
  severity: 'info',
  outcome: 'success',
  description: 'A retriever gave back its documents, which may be none. Recorded when it did.',
  message: (p) => `${p.documents} document(s) retrieved in ${Math.round(p.durationMs)} ms`,
  payload: z.object({ ...call, documents: count('Documents given back'), durationMs: ms('How long it took') }),
}) {}

/** Every type of the family. */
export const RETRIEVER_EVENTS = [RetrieverStarted, RetrieverCompleted] as const;
