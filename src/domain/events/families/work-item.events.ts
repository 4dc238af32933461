import { z } from 'zod';
import { defineEvent } from '../define-event.js';
import { id, words } from './fields.js';
import { streamOf } from './stream-of.js';

const family = {
  version: 1,
  category: 'workflow',
  emitter: 'host',
  stream: streamOf('work_item', 'workItemId'),
} as const;

const workItem = { workItemId: id('The work item'), name: words('Its name, for people').optional() };

const named = (p: { workItemId: string; name?: string | undefined }) => p.name ?? p.workItemId;

/** There is a new work item. */
export class WorkItemCreated extends defineEvent('work_item.created', {
  ...family,
  severity: 'info',
  description: 'There is a new work item: a goal that takes one or more tasks. Recorded when it is entered.',
  message: (p) => `work item ${named(p)} created`,
  payload: z.object(workItem),
}) {}

/** A work item is being worked on. */
export class WorkItemStarted extends defineEvent('work_item.started', {
  ...family,
  severity: 'info',
  description: 'Work on a work item began. Recorded with the first of its tasks that is started.',
  message: (p) => `work item ${named(p)} started`,
  payload: z.object(workItem),
}) {}

/** A work item is done. */
export class WorkItemCompleted extends defineEvent('work_item.completed', {
  ...family,
  severity: 'info',
  outcome: 'success',
  description: 'A work item is done. Recorded when none of its tasks is left.',
  message: (p) => `work item ${named(p)} completed`,
  payload: z.object(workItem),
}) {}

/** Every type of the family. */
export const WORK_ITEM_EVENTS = [WorkItemCreated, WorkItemStarted, WorkItemCompleted] as const;
