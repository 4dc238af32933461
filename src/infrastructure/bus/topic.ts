import type { EventTypeInfo, Topic, TopicItem, TopicPredicate } from '../../application/bus/topic.js';
import { assertSynchronous } from '../../application/shared/thenable.js';
import type { AnyEventClass } from '../../domain/events/define-event.js';
import { DomainEvent } from '../../domain/events/domain-event.js';
import { UnknownEvent } from '../../domain/events/unknown-event.js';
import { InvalidArgumentError } from '../../domain/shared/errors.js';

/** An event type, and the class that its events are of. */
export interface KnownType extends EventTypeInfo {
  readonly eventClass: unknown;
}

/** A topic that was checked. */
export interface CompiledTopic {
  /** In words. */
  readonly text: string;
  /** Whether events of a type belong to it. Asked once for each type, not once for each event. */
  matches(type: KnownType): boolean;
  /** The class of a type, where the topic holds it. */
  classOf?(type: string): AnyEventClass | undefined;
  /** Whether handlers are ready for an event of a type that no class is known of; by `matches` when left out. */
  takesUnknown?(type: KnownType): boolean;
}

const SEGMENT = /^(\*|\*\*|[a-z][a-z0-9_]*)$/;

/** @throws InvalidArgumentError `WAYMARK_INVALID_TOPIC` */
export function compileTopic(topic: Topic): CompiledTopic {
  if (!Array.isArray(topic)) return compileItem(topic as TopicItem);
  const parts = (topic as readonly TopicItem[]).map(compileItem);
  if (parts.length === 0) throw invalid('[]', 'an empty list matches nothing');
  return {
    text: parts.map(({ text }) => text).join(', '),
    matches: (type) => matchesSome(parts, type),
    classOf: (type) => parts.map((part) => part.classOf?.(type)).find((found) => found !== undefined),
    takesUnknown: (type) => parts.some((part) => takesUnknown(part, type)),
  };
}

/** Whether handlers on a topic are ready for an event of a type that no class is known of. */
export function takesUnknown(topic: CompiledTopic, type: KnownType): boolean {
  return topic.takesUnknown === undefined ? topic.matches(type) : topic.takesUnknown(type);
}

/** A part that fails hides none that matches. */
function matchesSome(parts: readonly CompiledTopic[], type: KnownType): boolean {
  let failure: { readonly error: unknown } | undefined;
  for (const part of parts) {
    try {
      if (part.matches(type)) return true;
    } catch (error) {
      failure ??= { error };
    }
  }
  if (failure !== undefined) throw failure.error;
  return false;
}

function compileItem(item: TopicItem): CompiledTopic {
  if (typeof item === 'string') return compilePattern(item);
  if (typeof item !== 'function') throw invalid(shown(item), 'it is neither a pattern nor an event class');
  const wanted: unknown = (item as { readonly type?: unknown }).type;
  if (typeof wanted === 'string') {
    return {
      text: wanted,
      matches: ({ type }) => type === wanted,
      classOf: (type) => (type === wanted ? (item as AnyEventClass) : undefined),
      takesUnknown: () => false,
    };
  }
  const base: unknown = item.prototype;
  if ((item as unknown) === DomainEvent || base instanceof DomainEvent) {
    return {
      text: `class ${item.name}`,
      matches: ({ eventClass }) =>
        eventClass === item ||
        (typeof eventClass === 'function' && Object.prototype.isPrototypeOf.call(base as object, eventClass.prototype)),
      takesUnknown: () => item === (DomainEvent as unknown) || base === UnknownEvent.prototype,
    };
  }
  if (isNative(item)) throw invalid(item.name, 'it is a constructor, and neither an event class nor a predicate');
  if (isClass(item)) throw invalid(`class ${item.name}`, 'it is no event class: nothing that extends DomainEvent');
  const predicate = item as TopicPredicate;
  return {
    text: `predicate ${nameOf(predicate)}`,
    matches: (type) => assertSynchronous(predicate(type), `predicate of a topic, ${nameOf(predicate)},`),
  };
}

function compilePattern(pattern: string): CompiledTopic {
  const segments = pattern.split('.');
  if (!segments.every((segment) => SEGMENT.test(segment))) {
    throw invalid(
      JSON.stringify(pattern),
      'a pattern is made of lower-case words, * for one word and ** for any number, joined by dots',
    );
  }
  if (!pattern.includes('*')) return { text: pattern, matches: ({ type }) => type === pattern };
  return { text: pattern, matches: ({ type }) => matchSegments(segments, type.split('.')) };
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

function isClass(value: object): boolean {
  return Function.prototype.toString.call(value).startsWith('class');
}

/** `Date`, `Map`: they would be called as predicates, and choose everything or throw. What `bind` makes has no prototype. */
function isNative(value: object): boolean {
  return (
    Object.hasOwn(value, 'prototype') && /\{\s*\[native code\]\s*\}$/.test(Function.prototype.toString.call(value))
  );
}

function nameOf({ name }: TopicPredicate): string {
  return name === '' ? 'anonymous' : name;
}

function shown(value: unknown): string {
  return typeof value === 'object' && value !== null ? 'an object' : String(value);
}

function invalid(topic: string, why: string): InvalidArgumentError {
  return new InvalidArgumentError(`The topic ${topic} is not valid: ${why}.`, {
    code: 'WAYMARK_INVALID_TOPIC',
    hint: 'Examples: node.completed, node.*, checkpoint.**, **, NodeCompleted, ({ family }) => family === "node".',
  });
}
