import { z } from 'zod';
import { defineEvent } from '../define-event.js';
import { brief } from './brief.js';
import { flag, id, list, passage, share, words } from './fields.js';
import { setting } from './setting-fields.js';

const family = { version: 1, category: 'decision', emitter: 'host' } as const;

const approach = { ...setting, approach: words('The approach'), rationale: words('Why') };

/** Something was decided. */
export class DecisionMade extends defineEvent('decision.made', {
  ...family,
  severity: 'info',
  description: 'Something was decided, with why and what else was possible. Recorded when the decision stands.',
  message: (p) => brief(p.decision),
  payload: z.object({
    ...setting,
    decision: passage(10, 500, 'What was decided'),
    rationale: passage(10, 1000, 'Why'),
    alternatives: list('What else was possible'),
    tradeOffs: words('What it costs').optional(),
    confidence: share('How sure whoever decided is, 0 to 1').optional(),
    reversible: flag('Whether it can be taken back'),
    taskId: id('The task it is about').optional(),
    workItemId: id('The work item it is about').optional(),
  }),
}) {}

/** A way to do it was chosen. */
export class DecisionApproachChosen extends defineEvent('decision.approach_chosen', {
  ...family,
  severity: 'info',
  description: 'A way to do something was chosen. Recorded before it is taken.',
  message: (p) => `chosen: ${brief(p.approach)}`,
  payload: z.object(approach),
}) {}

/** A way to do it was ruled out. */
export class DecisionApproachRejected extends defineEvent('decision.approach_rejected', {
  ...family,
  severity: 'info',
  description: 'A way to do something was ruled out. Recorded when it was, so that nobody has to find out again.',
  message: (p) => `rejected: ${brief(p.approach)}`,
  payload: z.object(approach),
}) {}

/** Gains and costs were weighed. */
export class DecisionTradeOffAnalyzed extends defineEvent('decision.trade_off_analyzed', {
  ...family,
  severity: 'info',
  aliases: ['decision.trade_off'],
  description:
    'Options were weighed against each other. Recorded when the result is clear, whether or not a decision follows.',
  message: (p) => `${p.options.length} option(s) weighed: ${brief(p.summary)}`,
  payload: z.object({ ...setting, summary: words('What came out'), options: list('What was weighed') }),
}) {}

/** Every type of the family. */
export const DECISION_EVENTS = [
  DecisionMade,
  DecisionApproachChosen,
  DecisionApproachRejected,
  DecisionTradeOffAnalyzed,
] as const;
