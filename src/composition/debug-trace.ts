import type { BusTrace } from '../application/bus/bus-metrics.js';
import type { EventBus } from '../application/bus/event-bus.port.js';
import { errorRecord } from '../application/context/error-record.js';
import { compileTopic, type CompiledTopic } from '../infrastructure/bus/topic.js';

/**
 * Prints what the bus does to stderr, step by step, where the environment asks for it: `WAYMARK_DEBUG=bus`, with a
 * topic `WAYMARK_DEBUG=bus:node.*`, or several with commas between. `*` is everything there is to be traced.
 *
 * @param wanted what the configuration says; the environment when left out
 * A malformed topic in the environment is told of on stderr, and nothing is traced: whoever debugs a program from
 * outside must not stop it.
 *
 * @throws InvalidArgumentError `WAYMARK_INVALID_TOPIC` for a malformed topic in the configuration
 */
export function traceFromEnvironment(bus: EventBus, wanted: string | undefined): void {
  const matchers = wanted === undefined ? matchersOfEnvironment() : topicsOf(wanted).map(compileTopic);
  if (matchers.length === 0) return;
  bus.tap((trace) => {
    const { eventType: type } = trace;
    const family = type?.slice(0, Math.max(0, type.lastIndexOf('.'))) ?? '';
    const known = type === undefined ? undefined : { type, family, definition: undefined, eventClass: undefined };
    if (known !== undefined && !matchers.some((matcher) => matcher.matches(known))) return;
    process.stderr.write(`waymark:bus ${lineOf(trace)}\n`);
  });
}

function matchersOfEnvironment(): readonly CompiledTopic[] {
  try {
    return topicsOf(process.env['WAYMARK_DEBUG'] ?? '').map(compileTopic);
  } catch (error) {
    process.stderr.write(`${onOneLine(`waymark: WAYMARK_DEBUG is not followed. ${errorRecord(error).message}`)}\n`);
    return [];
  }
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
  return onOneLine(parts.filter((part) => part !== undefined).join(' '));
}

/** Names and messages are the host's, or come from further away: they must not look like lines of ours. */
function onOneLine(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]/gu, (character) => {
    const code = character.charCodeAt(0).toString(16).padStart(4, '0');
    return { '\n': '\\n', '\r': '\\r', '\t': '\\t' }[character] ?? `\\u${code}`;
  });
}
