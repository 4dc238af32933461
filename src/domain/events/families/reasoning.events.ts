import { z } from 'zod';
import { defineEvent } from '../define-event.js';
import { brief } from './brief.js';
import { count, flag, list, ms, oneOf, passage, words } from './fields.js';
import { setting } from './setting-fields.js';

const family = { version: 1, category: 'reasoning', emitter: 'host' } as const;

const kind = oneOf(['analysis', 'design', 'debugging', 'planning'], 'What it is for');
const hypothesis = words('What is supposed');
const evidence = list('What speaks for it or against it');

/** Somebody thinks something through. */
export class ReasoningStarted extends defineEvent('reasoning.started', {
  ...family,
  severity: 'info',
  description: 'A person or an agent begins to think something through. Recorded before they do.',
  message: (p) => `${p.kind}: ${brief(p.summary)}`,
  payload: z.object({ ...setting, kind, summary: words('What is to be thought through') }),
}) {}

/** Something was thought through. */
export class ReasoningCompleted extends defineEvent('reasoning.completed', {
  ...family,
  severity: 'info',
  outcome: 'success',
  aliases: ['reasoning.complete'],
  description: 'Something was thought through to the end. Recorded with what came out.',
  message: (p) => `${p.kind}: ${brief(p.conclusion ?? p.summary)}`,
  payload: z.object({
    ...setting,
    kind,
    summary: passage(20, 2000, 'The line of thought'),
    conclusion: words('What came out').optional(),
    evidence,
    durationMs: ms('How long it took').optional(),
    tokensUsed: count('Tokens it took').optional(),
  }),
}) {}

/** Something is supposed. */
export class ReasoningHypothesisFormed extends defineEvent('reasoning.hypothesis_formed', {
  ...family,
  severity: 'info',
  aliases: ['reasoning.hypothesis'],
  description: 'Something is supposed that can be tested. Recorded before it is.',
  message: (p) => `hypothesis: ${brief(p.hypothesis)}`,
  payload: z.object({ ...setting, hypothesis }),
}) {}

/** What was supposed was tested. */
export class ReasoningHypothesisTested extends defineEvent('reasoning.hypothesis_tested', {
  ...family,
  severity: 'info',
  aliases: ['reasoning.test'],
  description: 'A hypothesis was tested. Recorded when it is clear whether it held.',
  message: (p) => `hypothesis ${p.held ? 'held' : 'did not hold'}: ${brief(p.hypothesis)}`,
  payload: z.object({ ...setting, hypothesis, evidence, held: flag('Whether it held') }),
}) {}

/** Every type of the family. */
export const REASONING_EVENTS = [
  ReasoningStarted,
  ReasoningCompleted,
  ReasoningHypothesisFormed,
  ReasoningHypothesisTested,
] as const;
