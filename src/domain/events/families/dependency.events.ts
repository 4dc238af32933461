import { z } from 'zod';
import { defineEvent } from '../define-event.js';
import { id } from './fields.js';

/** One thing has to wait for another. */
export class DependencyAdded extends defineEvent('dependency.added', {
  version: 1,
  severity: 'info',
  category: 'workflow',
  emitter: 'host',
  description: 'One task or work item has to wait for another. Recorded when somebody ties them together.',
  message: (p) => `${p.from} depends on ${p.to}`,
  payload: z.object({ from: id('What has to wait'), to: id('What it waits for') }),
}) {}

/** Every type of the family. */
export const DEPENDENCY_EVENTS = [DependencyAdded] as const;
