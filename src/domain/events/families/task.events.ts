import { z } from 'zod';
import { defineEvent } from '../define-event.js';
import { id, words } from './fields.js';
import { streamOf } from './stream-of.js';

const family = { version: 1, category: 'workflow', emitter: 'host', stream: streamOf('task', 'taskId') } as const;

const task = {
  taskId: id('The task'),
  workItemId: id('The work item it is part of').optional(),
  name: words('Its name, for people').optional(),
  previousStatus: words('Its status before').optional(),
  newStatus: words('Its status now').optional(),
  agent: words('Who did it').optional(),
  reason: words('Why').optional(),
};

const named = (p: { taskId: string; name?: string | undefined }) => p.name ?? p.taskId;

/** There is a new task. */
export class TaskCreated extends defineEvent('task.created', {
  ...family,
  severity: 'info',
  description: 'There is a new task to do. Recorded when it is entered.',
  message: (p) => `task ${named(p)} created`,
  payload: z.object(task),
}) {}

/** A task is being worked on. */
export class TaskStarted extends defineEvent('task.started', {
  ...family,
  severity: 'info',
  description: 'Somebody works on a task. Recorded when they begin.',
  message: (p) => `task ${named(p)} started`,
  payload: z.object(task),
}) {}

/** A task is done. */
export class TaskCompleted extends defineEvent('task.completed', {
  ...family,
  severity: 'info',
  outcome: 'success',
  description: 'Whoever worked on a task says that it is done. Recorded when they do, before anybody has checked.',
  message: (p) => `task ${named(p)} completed`,
  payload: z.object(task),
}) {}

/** A task can't go on. */
export class TaskBlocked extends defineEvent('task.blocked', {
  ...family,
  severity: 'warning',
  description: 'Something stands in the way of a task. Recorded when the work on it has to stop.',
  message: (p) => `task ${named(p)} blocked: ${p.reason}`,
  payload: z.object({ ...task, reason: words('What stands in the way') }),
}) {}

/** A task can go on. */
export class TaskUnblocked extends defineEvent('task.unblocked', {
  ...family,
  severity: 'info',
  description: 'What stood in the way of a task is gone. Recorded when the work on it can go on.',
  message: (p) => `task ${named(p)} unblocked`,
  payload: z.object(task),
}) {}

/** A task's result was checked. */
export class TaskValidated extends defineEvent('task.validated', {
  ...family,
  severity: 'info',
  description: 'The result of a task was checked and does what it should. Recorded when the check has passed.',
  message: (p) => `task ${named(p)} validated`,
  payload: z.object(task),
}) {}

/** A task's result was taken. */
export class TaskAccepted extends defineEvent('task.accepted', {
  ...family,
  severity: 'info',
  description: 'Whoever wanted a task done takes its result. Recorded when they say so; nothing is left to do.',
  message: (p) => `task ${named(p)} accepted`,
  payload: z.object(task),
}) {}

/** Every type of the family. */
export const TASK_EVENTS = [
  TaskCreated,
  TaskStarted,
  TaskCompleted,
  TaskBlocked,
  TaskUnblocked,
  TaskValidated,
  TaskAccepted,
] as const;
