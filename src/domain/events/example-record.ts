import { toJsonObject } from '../shared/json.js';
import type { EventDefinition } from './define-event.js';
import type { EventRecord } from './domain-event.js';
import { EXAMPLE_INSTANT, EXAMPLE_UUID, examplePayload } from './example-event.js';

/**
 * An event of a type as it is stored and sent, made from its schema: the same on every call. For documentation and for
 * tests.
 *
 * @throws RangeError when the schema asks for something that no example can be made for
 */
export function exampleRecord(definition: EventDefinition): EventRecord {
  // Parsed, because that is what is kept: with its defaults, without its secrets.
  const payload = toJsonObject(definition.schema.parse(examplePayload(definition)), 'example');
  return {
    type: definition.type,
    id: EXAMPLE_UUID,
    occurredAt: EXAMPLE_INSTANT,
    stream: definition.stream(payload),
    schemaVersion: definition.version,
    correlationId: 'correlation-1',
    actor: 'user:ada',
    payload,
  };
}
