import { id } from './fields.js';

/** Where a call of a model, a tool or a retriever stands. Every type of those families carries it. */
export const call = {
  executionId: id('The execution it belongs to').optional(),
  nodeId: id('The node that made it').optional(),
  callId: id('The call: the same on everything recorded about it'),
  parentCallId: id('The call that it was made from').optional(),
};
