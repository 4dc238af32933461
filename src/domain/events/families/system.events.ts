import { z } from 'zod';
import { defineEvent } from '../define-event.js';
import { count, error, flag, json, ms, words } from './fields.js';

const family = { version: 1, category: 'operations', emitter: 'engine' } as const;

/** Waymark runs. */
export class SystemStarted extends defineEvent('system.started', {
  ...family,
  severity: 'info',
  description: 'A process opened Waymark. Emitted when its store is ready, before anything else is recorded.',
  message: (p) => `Waymark ${p.version} started on ${p.host}`,
  payload: z.object({
    version: words('The version of Waymark'),
    pid: count('The process'),
    host: words('The machine'),
    storage: words('Where it stores: memory, sqlite'),
  }),
}) {}

/** Waymark stopped. */
export class SystemStopped extends defineEvent('system.stopped', {
  ...family,
  severity: 'info',
  description: 'A process closes Waymark. Emitted last, before the store is closed.',
  message: (p) => `Waymark stopped: ${p.reason}`,
  payload: z.object({ reason: words('Why'), uptimeMs: ms('Time since it started') }),
}) {}

/** Waymark looked after itself. */
export class SystemHealthChecked extends defineEvent('system.health_checked', {
  ...family,
  severity: (p) => (p.healthy ? 'info' : 'warning'),
  description:
    'Waymark checked whether its parts work. Emitted when every check is over; a warning where one did not pass.',
  message: (p) => (p.healthy ? 'healthy' : 'not healthy'),
  payload: z.object({ healthy: flag('Whether every check passed'), checks: json('What each check found') }),
}) {}

/** Part of Waymark broke. */
export class SystemErrorRaised extends defineEvent('system.error_raised', {
  ...family,
  severity: 'error',
  outcome: 'failure',
  description:
    'A part of Waymark failed at something that nobody waits for. Emitted in place of an error thrown at a caller.',
  message: (p) => `${p.component}: ${p.error.message}`,
  payload: z.object({ component: words('The part'), error: error('What went wrong') }),
}) {}

/** Every type of the family. */
export const SYSTEM_EVENTS = [SystemStarted, SystemStopped, SystemHealthChecked, SystemErrorRaised] as const;
