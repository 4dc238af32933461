import { z } from 'zod';
import { defineEvent } from '../define-event.js';
import { brief } from './brief.js';
import { id, words } from './fields.js';

const family = { version: 1, category: 'workflow', emitter: 'host' } as const;

const blockerId = id('The obstacle');

/** Something stands in the way. */
export class BlockerAdded extends defineEvent('blocker.added', {
  ...family,
  severity: 'warning',
  aliases: ['blocker.created'],
  description: 'Something stands in the way of a task or a work item. Recorded when somebody notices.',
  message: (p) => `blocked: ${brief(p.description)}`,
  payload: z.object({
    blockerId,
    taskId: id('The task in whose way it stands').optional(),
    workItemId: id('The work item in whose way it stands').optional(),
    description: words('What stands in the way'),
  }),
}) {}

/** Nothing stands in the way any more. */
export class BlockerResolved extends defineEvent('blocker.resolved', {
  ...family,
  severity: 'info',
  description: 'An obstacle is gone. Recorded when somebody says so.',
  message: (p) => `${p.blockerId} resolved${p.resolution === undefined ? '' : `: ${brief(p.resolution)}`}`,
  payload: z.object({ blockerId, resolution: words('How').optional() }),
}) {}

/** Every type of the family. */
export const BLOCKER_EVENTS = [BlockerAdded, BlockerResolved] as const;
