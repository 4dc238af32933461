import { z } from 'zod';
import { defineEvent } from '../define-event.js';
import { error, id, ms, oneOf, words } from './fields.js';
import { RISKS } from './risks.js';
import { streamOf } from './stream-of.js';

const family = { version: 1, category: 'workflow', emitter: 'host', stream: streamOf('action', 'actionId') } as const;

const actionId = id('The action');

/** Somebody wants something done that needs a yes. */
export class ActionCreated extends defineEvent('action.created', {
  ...family,
  severity: 'info',
  description: 'Something is to be done that somebody must allow first. Recorded when it is put up for approval.',
  message: (p) => `${p.requestedBy} asks for ${p.name}`,
  payload: z.object({
    actionId,
    name: words('What is to be done'),
    risk: oneOf(RISKS, 'How much could go wrong').optional(),
    requestedBy: words('Who asks'),
    expiresAt: words('When the question lapses, ISO 8601').optional(),
  }),
}) {}

/** An action was allowed. */
export class ActionApproved extends defineEvent('action.approved', {
  ...family,
  severity: 'info',
  description: 'Somebody allowed an action. Recorded with the decision, before the action is taken.',
  message: (p) => `approved by ${p.by}${p.comment === undefined ? '' : `: ${p.comment}`}`,
  payload: z.object({ actionId, by: words('Who allowed it'), comment: words('What they said').optional() }),
}) {}

/** An action was refused. */
export class ActionRejected extends defineEvent('action.rejected', {
  ...family,
  severity: 'info',
  description: 'Somebody refused an action. Recorded with the decision; the action is not taken.',
  message: (p) => `rejected by ${p.by}: ${p.reason}`,
  payload: z.object({ actionId, by: words('Who refused it'), reason: words('Why') }),
}) {}

/** An action is being taken. */
export class ActionExecuting extends defineEvent('action.executing', {
  ...family,
  severity: 'info',
  description: 'An allowed action is being taken. Recorded before it has any effect.',
  message: (p) => `${p.actionId} executing`,
  payload: z.object({ actionId }),
}) {}

/** An action was taken. */
export class ActionCompleted extends defineEvent('action.completed', {
  ...family,
  severity: 'info',
  outcome: 'success',
  description: 'An action was taken. Recorded when it is over.',
  message: (p) => `${p.actionId} completed in ${Math.round(p.durationMs)} ms`,
  payload: z.object({ actionId, durationMs: ms('How long it took') }),
}) {}

/** An action could not be taken. */
export class ActionFailed extends defineEvent('action.failed', {
  ...family,
  severity: 'error',
  outcome: 'failure',
  description: 'An allowed action was tried and failed. Recorded when it was given up.',
  message: (p) => `${p.actionId} failed: ${p.error.message}`,
  payload: z.object({ actionId, error: error('Why') }),
}) {}

/** An action was put aside. */
export class ActionQuarantined extends defineEvent('action.quarantined', {
  ...family,
  severity: 'info',
  description:
    'An action was put aside: it is neither taken nor refused until somebody has looked at it. Recorded when it is.',
  message: (p) => `${p.actionId} quarantined: ${p.reason}`,
  payload: z.object({ actionId, reason: words('Why') }),
}) {}

/** Every type of the family. */
export const ACTION_EVENTS = [
  ActionCreated,
  ActionApproved,
  ActionRejected,
  ActionExecuting,
  ActionCompleted,
  ActionFailed,
  ActionQuarantined,
] as const;
