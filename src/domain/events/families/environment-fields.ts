import { hash, id } from './fields.js';
import { streamOf } from './stream-of.js';

/** What every type of the family says about itself. */
export const family = { version: 1, category: 'resource', emitter: 'engine' } as const;

/** The same, for the types about one environment. */
export const ofEnvironment = { ...family, stream: streamOf('environment', 'environmentId') } as const;

/** On whose behalf it happened. */
export const context = {
  executionId: id('The execution it happened for').optional(),
  nodeId: id('The node it happened for').optional(),
};

/** What the types about one environment carry. */
export const environment = {
  environmentId: id('The environment'),
  specHash: hash('Identifies its specification: runtime and packages'),
  ...context,
};
