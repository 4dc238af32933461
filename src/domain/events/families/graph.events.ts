import { z } from 'zod';
import { defineEvent } from '../define-event.js';
import { call } from './call-fields.js';
import { count, id, ids, json, ms, words } from './fields.js';

const family = { version: 1, category: 'workflow', emitter: 'host' } as const;

const graph = { ...call, threadId: id('The thread of the graph') };
const superstep = {
  ...graph,
  step: count("The superstep's number in the thread"),
  nodeIds: ids('The nodes that run in it, side by side'),
};

/** The nodes of a superstep are about to run. */
export class GraphSuperstepStarted extends defineEvent('graph.superstep_started', {
  ...family,
  severity: 'debug',
  description: 'A graph goes one step further. Recorded before the nodes of the superstep run.',
  message: (p) => `superstep ${p.step} started: ${p.nodeIds.join(', ')}`,
  payload: z.object(superstep),
}) {}

/** The nodes of a superstep are done. */
export class GraphSuperstepCompleted extends defineEvent('graph.superstep_completed', {
  ...family,
  severity: 'debug',
  description: 'Every node of a superstep is done. Recorded when their writes are part of the state.',
  message: (p) => `superstep ${p.step} completed in ${Math.round(p.durationMs)} ms`,
  payload: z.object({ ...superstep, durationMs: ms('How long it took') }),
}) {}

/** A graph stopped to ask. */
export class GraphInterrupted extends defineEvent('graph.interrupted', {
  ...family,
  severity: 'info',
  description: 'A graph interrupted itself to wait for somebody. Recorded when its checkpoint is stored.',
  message: (p) => `interrupted at ${p.nodeIds.join(', ')}`,
  payload: z.object({
    ...graph,
    checkpointId: id('The checkpoint it waits at'),
    nodeIds: ids('The nodes that wait'),
    value: json('What it asks').optional(),
  }),
}) {}

/** A node of a graph sent an event of its own. */
export class GraphCustomEmitted extends defineEvent('graph.custom_emitted', {
  ...family,
  severity: 'debug',
  description: "A node of a graph sent data of its own to the graph's stream. Recorded as it arrives.",
  message: (p) => `${p.name} emitted`,
  payload: z.object({ ...graph, name: words('What the node called it'), data: json('What it sent') }),
}) {}

/** Every type of the family. */
export const GRAPH_EVENTS = [
  GraphSuperstepStarted,
  GraphSuperstepCompleted,
  GraphInterrupted,
  GraphCustomEmitted,
] as const;
