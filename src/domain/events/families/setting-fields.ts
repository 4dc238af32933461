import { id } from './fields.js';

/** Where somebody decided, reasoned or ran into an error. Every type of those families carries it. */
export const setting = {
  sessionId: id('The session it happened in').optional(),
  executionId: id('The execution it happened in').optional(),
};
