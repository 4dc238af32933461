import type { DeadLetter } from '../../application/bus/dead-letter.js';
import type { DomainEvent, EventRecord } from '../../domain/events/domain-event.js';
import { WaymarkError } from '../../domain/shared/errors.js';
import type { Subscriber } from './handler-run.js';

/** The bus takes nothing any more. */
export function closedError(): WaymarkError {
  return new WaymarkError('WAYMARK_BUS_CLOSED', 'The bus is closed.', {
    hint: 'Publish and subscribe before closing, or make a new instance.',
  });
}

/** A queue is full that must not drop anything. */
export function overflowError(event: DomainEvent, { name, plan }: Subscriber): WaymarkError {
  const { overflow, queueSize } = plan;
  return new WaymarkError(
    'WAYMARK_BUS_OVERFLOW',
    `${event.type} was not published: ${queueSize} event(s) wait for the handler ${name}, and its queue holds no more.`,
    {
      hint:
        overflow === 'backpressure'
          ? 'Use await bus.publishAsync(event), which waits for room.'
          : 'Publish more slowly, raise queueSize or concurrency, or choose another overflow policy for the handler.',
      details: { handler: name, queueSize, overflow },
    },
  );
}

/** A dead letter's handler can't be told. */
export function handlerNotFound({ handler, topic }: DeadLetter, found: number): WaymarkError {
  const many = `${found} handlers on ${topic} are called ${handler}`;
  return new WaymarkError(
    'WAYMARK_HANDLER_NOT_FOUND',
    found === 0 ? `No handler called ${handler} is subscribed to ${topic}.` : `${many}.`,
    {
      hint:
        found === 0
          ? 'Subscribe it in this process, with the same name and topic, and send the letter again.'
          : 'Give each of them a name of its own.',
      details: { handler, topic, found },
    },
  );
}

/** A dead letter's event would not be what its handler takes it for. */
export function unknownToHandler({ type, schemaVersion }: EventRecord, handler: string): WaymarkError {
  return new WaymarkError(
    'WAYMARK_UNKNOWN_EVENT_TYPE',
    `${type} in version ${schemaVersion} is not known here, and the handler ${handler} expects an event of its class.`,
    {
      hint: 'Register the class with waymark.catalog.register(), in a version that reads it, and send the letter again.',
      details: { type, schemaVersion, handler },
    },
  );
}

/**
 * Handlers publish in a circle.
 *
 * @param types the events of the circle, in order
 * @param otherwise what to do where that is meant to be
 */
export function runawayError(types: readonly string[], after: string, otherwise: string): WaymarkError {
  return new WaymarkError('WAYMARK_BUS_RUNAWAY', `Handlers publish in a circle: ${types.join(' → ')} (${after}).`, {
    hint: `Let one of these handlers stop, or ${otherwise}.`,
    details: { types },
  });
}
