import { InvalidArgumentError } from '../shared/errors.js';
import { copyJson, type JsonValue, type JsonWalk, MAX_JSON_DEPTH } from '../shared/json.js';

/** What an event's payload may be at most. */
export interface EventLimits {
  /** Size of the payload as JSON, in bytes of UTF-8. */
  readonly maxBytes: number;
  /** How deep the payload may nest. */
  readonly maxDepth: number;
}

/** The limits of a process that sets none: 1 MiB, and 200 levels. */
export const DEFAULT_EVENT_LIMITS: EventLimits = Object.freeze({ maxBytes: 1_048_576, maxDepth: MAX_JSON_DEPTH });

// The longest that one UTF-16 unit can become in JSON: an escape such as \u001f.
const BYTES_PER_CHARACTER = 6;
const HARDEST_DEPTH = 1_000;

let limits = DEFAULT_EVENT_LIMITS;

/**
 * Sets the limits for every event that this process makes from now on. What is stored already stays readable.
 *
 * @returns the limits now in force
 * @throws InvalidArgumentError `WAYMARK_INVALID_ARGUMENT` for a limit that is not a positive whole number, or a depth
 *   over 1,000
 * @example
 * configureEventLimits({ maxBytes: 64 * 1024 });
 */
export function configureEventLimits(changes: Partial<EventLimits> = DEFAULT_EVENT_LIMITS): EventLimits {
  const next = { ...limits, ...changes };
  for (const [name, value] of Object.entries(next)) {
    if (Number.isSafeInteger(value) && value > 0) continue;
    throw new InvalidArgumentError(`The limit ${name} is ${value}; it must be a positive whole number.`);
  }
  if (next.maxDepth > HARDEST_DEPTH) {
    throw new InvalidArgumentError(`The limit maxDepth is ${next.maxDepth}; it can be ${HARDEST_DEPTH} at most.`);
  }
  limits = Object.freeze(next);
  return limits;
}

/**
 * A payload as it will be kept: a frozen copy within the limits.
 *
 * @throws InvalidArgumentError `WAYMARK_NOT_JSON`; `WAYMARK_EVENT_TOO_LARGE`, which names the limit
 */
export function limitedPayload(payload: unknown): JsonValue {
  const walk: JsonWalk = { what: 'payload', maxDepth: limits.maxDepth, depthLimit: 'maxDepth', characters: 0 };
  const copied = copyJson(payload, walk);
  // Measured exactly only where it may be too large: making the text costs more than all the rest.
  if (walk.characters * BYTES_PER_CHARACTER <= limits.maxBytes) return copied;
  const bytes = Buffer.byteLength(JSON.stringify(copied));
  if (bytes <= limits.maxBytes) return copied;
  throw new InvalidArgumentError(`its payload has ${bytes} bytes, over the limit maxBytes of ${limits.maxBytes}`, {
    code: 'WAYMARK_EVENT_TOO_LARGE',
    details: { bytes, maxBytes: limits.maxBytes },
  });
}

/**
 * A payload that was kept before, as it is given back: whatever the limits are now, what was stored within others stays
 * readable.
 *
 * @throws InvalidArgumentError `WAYMARK_NOT_JSON`
 */
export function storedPayload(payload: unknown): JsonValue {
  return copyJson(payload, { what: 'payload', maxDepth: HARDEST_DEPTH, characters: 0 });
}
