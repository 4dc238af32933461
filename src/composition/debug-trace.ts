import type { BusTrace } from '../application/bus/bus-metrics.js';
import type { EventBus } from '../application/bus/event-bus.port.js';
import { errorRecord } from '../application/context/error-record.js';
import { compileTopic } from '../infrastructure/bus/topic.js';

/**
 * Prints what the bus does to stderr, step by step, where the environment asks for it: `WAYMARK_DEBUG=bus`, with a
 * topic `WAYMARK_DEBUG=bus:node.*`, or several with commas between. `*` is everything there is to be traced.
 *
 * @param wanted what the configuration says; the environment when left out
 * @throws InvalidArgumentError `WAYMARK_INVALID_TOPIC` for a malformed topic
 */
export function traceFromEnvironment(bus: EventBus, wanted: string | undefined): void {
  const topics = topicsOf(wanted ?? process.env['WAYMARK_DEBUG'] ?? '');
  if (topics.length === 0) return;
  const matchers = topics.map(compileTopic);
  bus.tap((trace) => {
    const { eventType: type } = trace;
    const family = type?.slice(0, Math.max(0, type.lastIndexOf('.'))) ?? '';
    const known = type === undefined ? undefined : { type, family, definition: undefined, eventClass: undefined };
    if (known !== undefined && !matchers.some((matcher) => matcher.matches(known))) return;
    process.stderr.write(`waymark:bus ${lineOf(trace)}\n`);
  });
}

function topicsOf(wanted: string): readonly string[] {
  return wanted
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part === '*' || part === 'bus' || part.startsWith('bus:'))
    .map((part) => (part.startsWith('bus:') ? part.slice('bus:'.length) : '**'));
}

function lineOf(trace: BusTrace): string {
  const { step, sequence, eventType, eventId, handler, topic, attempt, durationMs, error } = trace;
  const parts = [
    step.padEnd(13),
    sequence === undefined ? undefined : `#${sequence}`,
    eventType,
    handler === undefined ? undefined : `→ ${handler}`,
    topic === undefined ? undefined : `on ${topic}`,
    attempt === undefined ? undefined : `attempt ${attempt}`,
    durationMs === undefined ? undefined : `${durationMs.toFixed(1)} ms`,
    error === undefined ? undefined : `: ${errorRecord(error).message}`,
    eventId === undefined || step !== 'published' ? undefined : eventId,
  ];
  return parts.filter((part) => part !== undefined).join(' ');
}
