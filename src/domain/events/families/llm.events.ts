import { z } from 'zod';
import { defineEvent } from '../define-event.js';
import { call } from './call-fields.js';
import { amount, captured, count, error, ms, words } from './fields.js';

const family = { version: 1, category: 'tool_usage', emitter: 'host' } as const;

const model = words('The model, as its provider names it');

/** A language model was asked. */
export class LlmStarted extends defineEvent('llm.started', {
  ...family,
  severity: 'debug',
  description: 'A language model was asked. Recorded when the request is sent, before anything comes back.',
  message: (p) => `${p.model} asked`,
  payload: z.object({
    ...call,
    model,
    provider: words('Who runs the model').optional(),
    input: captured('The prompt or the messages').optional(),
  }),
}) {}

/** A language model answered. */
export class LlmCompleted extends defineEvent('llm.completed', {
  ...family,
  severity: 'info',
  outcome: 'success',
  description:
    'A language model answered. Recorded when the answer is complete, with what it cost where that is known.',
  message: (p) => `${p.model} answered in ${Math.round(p.durationMs)} ms`,
  payload: z.object({
    ...call,
    model,
    durationMs: ms('Time from the request to the end of the answer'),
    inputTokens: count('Tokens of the input').optional(),
    outputTokens: count('Tokens of the output').optional(),
    costUsd: amount('What the call cost, in US dollars').optional(),
    finishReason: words('Why the model stopped: stop, length, tool_calls').optional(),
    output: captured('The answer').optional(),
  }),
}) {}

/** A language model did not answer. */
export class LlmFailed extends defineEvent('llm.failed', {
  ...family,
  severity: 'error',
  outcome: 'failure',
  description: 'A call to a language model failed: refused, timed out or cut off. Recorded once no answer will come.',
  message: (p) => `${p.model} failed: ${p.error.message}`,
  payload: z.object({ ...call, model, durationMs: ms('Time from the request to the error'), error: error('Why') }),
}) {}

/** A language model's answer came in pieces. */
export class LlmStreamed extends defineEvent('llm.streamed', {
  ...family,
  severity: 'debug',
  description: 'An answer arrived as a stream. Recorded once, when the last chunk is in, not for each chunk.',
  message: (p) => `${p.model} streamed ${p.chunks} chunk(s)`,
  payload: z.object({
    ...call,
    model,
    chunks: count('Chunks received'),
    durationMs: ms('Time from the first chunk to the last'),
  }),
}) {}

/** Every type of the family. */
export const LLM_EVENTS = [LlmStarted, LlmCompleted, LlmFailed, LlmStreamed] as const;
