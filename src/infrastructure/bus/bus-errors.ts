import type { DeadLetter } from '../../application/bus/dead-letter.js';
import type { DomainEvent } from '../../domain/events/domain-event.js';
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

/** Handlers publish in a circle. @param types the events of the circle, in order */
export function runawayError(types: readonly string[], after: string): WaymarkError {
  return new WaymarkError('WAYMARK_BUS_RUNAWAY', `Handlers publish in a circle: ${types.join(' → ')} (${after}).`, {
    hint: 'Let one of these handlers stop, or raise maxDepth if the chain is meant to be that long.',
    details: { types },
  });
}
