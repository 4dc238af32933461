import { InvalidArgumentError, WaymarkError } from '../shared/errors.js';
import { assertIdentifier } from '../shared/identifiers.js';
import type { DomainEvent } from './domain-event.js';
import { assertAmbientContext, assertInstant, assertStream } from './event-context.js';
import { type EventIssue, InvalidEventError } from './invalid-event.error.js';

/** `family.fact`, lower case, words joined by underscores; a family may have sub-families. */
export const TYPE_NAME = /^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+$/;

/**
 * Checks an event that was not made by its class here: one that was read back, that another copy of the package made,
 * or whose type this build does not know. What it says about itself must be storable; whether its payload fits a schema
 * is not asked, because it was written by whoever knew.
 *
 * @throws InvalidEventError that names everything that is wrong
 */
export function assertEventRecord({ type, context, payload }: DomainEvent): void {
  const issues: EventIssue[] = [];
  const check = (field: string, assert: () => void): void => {
    try {
      assert();
    } catch (error) {
      if (!WaymarkError.is(error)) throw error;
      issues.push({ path: [field], message: error.message });
    }
  };
  check('type', () => assertThat(TYPE_NAME.test(type), 'The type is not named family.fact.'));
  check('payload', () => assertThat(typeof payload === 'object' && payload !== null, 'The payload is not an object.'));
  if (typeof context !== 'object' || context === null) {
    issues.push({ path: ['context'], message: 'There is no context.' });
  } else {
    check('id', () => assertIdentifier(context.id, 'event id'));
    check('stream', () => assertStream(context.stream));
    check('occurredAt', () => assertInstant(context.occurredAt));
    check('context', () => assertAmbientContext(context));
    check('schemaVersion', () => {
      const isVersion = Number.isSafeInteger(context.schemaVersion) && context.schemaVersion > 0;
      assertThat(isVersion, 'The schemaVersion is not a positive whole number.');
    });
  }
  if (issues.length > 0) throw new InvalidEventError(TYPE_NAME.test(type) ? type : '(no type)', issues);
}

function assertThat(holds: boolean, message: string): void {
  if (!holds) throw new InvalidArgumentError(message);
}
