import type { EventBus } from '../../application/bus/event-bus.port.js';
import type { BusSubscription, Delivery } from '../../application/bus/subscription.js';
import type { Topic } from '../../application/bus/topic.js';
import { messageOf, severityOf } from '../../domain/audit/event-summary.js';
import { SEVERITIES, severitiesFrom, type Severity } from '../../domain/audit/severity.js';
import { shownPayload } from '../../domain/audit/shown-payload.js';
import type { DomainEvent } from '../../domain/events/domain-event.js';
import { executionIdOf } from '../../domain/events/execution-id.js';
import { InvalidArgumentError } from '../../domain/shared/errors.js';
import { assertKeys, assertOptional, type KeysOf, oneOf } from '../../domain/shared/options.js';
import { definitionOf } from './event-definition.js';

/** A structured logger: pino, or another with the same methods, each of which takes fields and a message. */
export interface EventLogger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
  fatal(fields: object, message: string): void;
}

/** What {@link logEvents} logs, and how. */
export interface LogEventsOptions {
  /** Which events; all of them (`**`) when left out. */
  readonly topic?: Topic;
  /** Only events that matter at least as much. */
  readonly minSeverity?: Severity;
  /** Whether the payload is a field too; `false` when left out. Values of secrets are not in it in any case. */
  readonly payload?: boolean;
  /**
   * Whether what is personal is in the message and the payload; `false` when left out: `[personal]` stands for it. No
   * erasure reaches what was logged.
   */
  readonly personal?: boolean;
  /** The name of the subscription; `logEvents` when left out. */
  readonly name?: string;
}

const KEYS: KeysOf<LogEventsOptions> = { topic: true, minSeverity: true, payload: true, personal: true, name: true };

const LEVELS: Readonly<Record<Severity, keyof EventLogger>> = {
  debug: 'debug',
  info: 'info',
  warning: 'warn',
  error: 'error',
  critical: 'fatal',
};

/**
 * Writes a line to a structured logger for every event: at the level of its severity, with its catalog message, and
 * with the fields `event` (its type), `eventId`, `position`, `executionId`, `correlationId`, `causationId`, `actor` and
 * `traceparent`, each where it has one. The line is written within the publish, in the order of events.
 *
 * A logger that throws is reported as `bus.handler_failed`; the event is not kept as a dead letter, since it is in the
 * log already.
 *
 * @throws InvalidArgumentError for an option that there is not, a topic that is malformed, or a logger without one of
 *   the methods; WaymarkError `WAYMARK_BUS_CLOSED` after close
 * @example
 * import { pino } from 'pino';
 *
 * using logging = logEvents(waymark.bus, pino(), { minSeverity: 'info' });
 * console.log(logging.active);
 */
export function logEvents(bus: EventBus, logger: EventLogger, options: LogEventsOptions = {}): BusSubscription {
  assertKeys(options, KEYS, 'logging option');
  const { topic = '**', minSeverity, payload: withPayload = false, personal = false, name = 'logEvents' } = options;
  assertOptional(withPayload, 'boolean', 'payload option');
  assertOptional(personal, 'boolean', 'personal option');
  assertLogger(logger);
  const wanted = minSeverity && new Set(severitiesFrom(oneOf(minSeverity, SEVERITIES, 'minSeverity')));

  const log = (event: DomainEvent, { position }: Delivery): void => {
    const definition = definitionOf(event);
    const severity = severityOf(event, definition);
    if (wanted?.has(severity) === false) return;
    const payload = personal ? event.payload : shownPayload(event, definition);
    const fields = fieldsOf(event, position);
    logger[LEVELS[severity]](withPayload ? { ...fields, payload } : fields, messageOf(event, definition, payload));
  };
  return bus.subscribe(topic, log, { name, deadLetter: false });
}

/** A field without a value is left out, so that a line holds what there is to know and nothing else. */
function fieldsOf(event: DomainEvent, position: number | undefined): object {
  const { id, correlationId, causationId, actor, traceparent } = event.context;
  const executionId = executionIdOf(event.payload);
  return {
    event: event.type,
    eventId: id,
    ...(position === undefined ? {} : { position }),
    ...(executionId === undefined ? {} : { executionId }),
    ...(correlationId === undefined ? {} : { correlationId }),
    ...(causationId === undefined ? {} : { causationId }),
    ...(actor === undefined ? {} : { actor }),
    ...(traceparent === undefined ? {} : { traceparent }),
  };
}

function assertLogger(logger: unknown): void {
  const given = logger as Partial<Record<string, unknown>> | null | undefined;
  const missing = Object.values(LEVELS).filter((method) => typeof given?.[method] !== 'function');
  if (missing.length === 0) return;
  throw new InvalidArgumentError(`The logger has no method ${missing.join(', ')}.`, {
    hint: 'Give a pino logger, or an object with debug, info, warn, error and fatal (fields, message).',
  });
}
