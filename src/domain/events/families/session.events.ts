import { z } from 'zod';
import { defineEvent } from '../define-event.js';
import { id, ms, text, words } from './fields.js';
import { streamOf } from './stream-of.js';

const family = { version: 1, category: 'session', emitter: 'host', stream: streamOf('session', 'sessionId') } as const;

const sessionId = id('The session');

/** Somebody sat down to work. */
export class SessionStarted extends defineEvent('session.started', {
  ...family,
  severity: 'info',
  description: 'A stretch of work began: of a person, an agent or both. Recorded before anything else in it.',
  message: (p) => `session started${p.developer === undefined ? '' : ` by ${p.developer}`}`,
  payload: z.object({
    sessionId,
    tool: words('The program it takes place in').optional(),
    kind: words('The kind of work').optional(),
    developer: words('Who works').optional(),
    projectId: id('The project').optional(),
  }),
}) {}

/** A session is over. */
export class SessionEnded extends defineEvent('session.ended', {
  ...family,
  severity: 'info',
  description: 'A stretch of work is over, finished or not. Recorded after everything else in it.',
  message: (p) => `session ended: ${p.reason}`,
  payload: z.object({ sessionId, reason: words('Why'), durationMs: ms('How long it lasted').optional() }),
}) {}

/** A session rests. */
export class SessionPaused extends defineEvent('session.paused', {
  ...family,
  severity: 'info',
  description: 'The work of a session rests. Recorded when it stops.',
  message: (p) => `session paused${p.reason === undefined ? '' : `: ${p.reason}`}`,
  payload: z.object({ sessionId, reason: words('Why').optional() }),
}) {}

/** A session goes on. */
export class SessionResumed extends defineEvent('session.resumed', {
  ...family,
  severity: 'info',
  description: 'The work of a paused session goes on. Recorded when it does.',
  message: () => 'session resumed',
  payload: z.object({ sessionId }),
}) {}

/** Something worth naming was achieved. */
export class SessionMilestoneReached extends defineEvent('session.milestone_reached', {
  ...family,
  severity: 'info',
  aliases: ['session.milestone'],
  description: 'Something worth naming was achieved in a session. Recorded when somebody says so.',
  message: (p) => `milestone: ${p.name}`,
  payload: z.object({ sessionId, name: text(200, 'What was achieved') }),
}) {}

/** A session is at another kind of work. */
export class SessionPhaseChanged extends defineEvent('session.phase_changed', {
  ...family,
  severity: 'info',
  aliases: ['session.phase'],
  description:
    'A session went from one phase to the next, for example from design to implementation. Recorded at the turn.',
  message: (p) => `phase ${p.from === undefined ? '' : `${p.from} → `}${p.to}`,
  payload: z.object({ sessionId, from: words('The phase before').optional(), to: words('The phase now') }),
}) {}

/** Every type of the family. */
export const SESSION_EVENTS = [
  SessionStarted,
  SessionEnded,
  SessionPaused,
  SessionResumed,
  SessionMilestoneReached,
  SessionPhaseChanged,
] as const;
