import type { Topic } from '../../application/bus/event-bus.port.js';
import { InvalidArgumentError } from '../../domain/shared/errors.js';

/** Whether events of a type belong to a topic. */
export type TopicMatcher = (type: string) => boolean;

const SEGMENT = /^(\*|\*\*|[a-z][a-z0-9_]*)$/;

/**
 * Compiles a topic. It is asked once for each event type, not once for each event.
 *
 * @throws InvalidArgumentError `WAYMARK_INVALID_TOPIC`
 */
export function compileTopic(topic: Topic): TopicMatcher {
  if (typeof topic === 'string') return compilePattern(topic);
  if (Array.isArray(topic)) {
    const matchers = (topic as readonly Topic[]).map(compileTopic);
    if (matchers.length === 0) throw invalid('[]', 'an empty list matches nothing');
    return (type) => matchers.some((matches) => matches(type));
  }
  const wanted: unknown = (topic as { readonly type?: unknown }).type;
  if (typeof wanted !== 'string') throw invalid(String(topic), 'it is neither a pattern nor an event class');
  return (type) => type === wanted;
}

function compilePattern(pattern: string): TopicMatcher {
  const segments = pattern.split('.');
  if (!segments.every((segment) => SEGMENT.test(segment))) {
    throw invalid(
      pattern,
      'a pattern is made of lower-case words, * for one word and ** for any number, joined by dots',
    );
  }
  if (!pattern.includes('*')) return (type) => type === pattern;
  return (type) => matchSegments(segments, type.split('.'));
}

function matchSegments(pattern: readonly string[], type: readonly string[]): boolean {
  const [first, ...rest] = pattern;
  if (first === undefined) return type.length === 0;
  if (first === '**') {
    return type.some((_, index) => matchSegments(rest, type.slice(index))) || matchSegments(rest, []);
  }
  if (type.length === 0) return false;
  return (first === '*' || first === type[0]) && matchSegments(rest, type.slice(1));
}

function invalid(topic: string, why: string): InvalidArgumentError {
  return new InvalidArgumentError(`The topic ${JSON.stringify(topic)} is not valid: ${why}.`, {
    code: 'WAYMARK_INVALID_TOPIC',
    hint: 'Examples: node.completed, node.*, checkpoint.**, **.',
  });
}
