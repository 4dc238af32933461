import { type AnyEventClass, defineEvent, type DomainEvent, NodeCompleted } from 'waymark';
import { z } from 'zod';

/** Events as an engine makes them: one execution after another, a hundred nodes each. */
export function nodeEvents(count: number, from = 0): readonly NodeCompleted[] {
  return Array.from({ length: count }, (_, offset) => {
    const index = from + offset;
    return new NodeCompleted(
      {
        executionId: `execution-${Math.floor(index / 100)}`,
        nodeId: `node-${index % 100}`,
        occurrence: 1,
        attempt: 1,
        durationMs: index % 977,
        exitCheckpointId: `checkpoint-${index}`,
      },
      { correlationId: `execution-${Math.floor(index / 100)}`, actor: 'service:bench' },
    );
  });
}

/** Types of one shape. */
export function eventClasses(count: number): readonly AnyEventClass[] {
  return Array.from({ length: count }, (_, index) =>
    defineEvent(`bench.fact_${index}`, {
      version: 1,
      severity: 'info',
      category: 'workflow',
      emitter: 'host',
      description: 'Something happened in a benchmark.',
      message: ({ jobId }) => `Something happened to ${jobId}`,
      payload: z.object({ jobId: z.string() }),
    }),
  );
}

/** So many events, of one class after another: as many objects, however many classes they are of. */
export function eventsOf(classes: readonly AnyEventClass[], count: number): readonly DomainEvent[] {
  return Array.from({ length: count }, (_, index) => {
    const EventOfTurn = classes[index % classes.length] as AnyEventClass;
    return new EventOfTurn({ jobId: `job-${index}` }, { actor: 'service:bench' });
  });
}
