import assert from 'node:assert/strict';
import { WaymarkError, type WaymarkErrorCode } from '../domain/shared/errors.js';

/** Expects a promise to reject with a Waymark error of a code. */
export async function rejectsWith(code: WaymarkErrorCode, promise: Promise<unknown>): Promise<void> {
  await assert.rejects(promise, (error: unknown) => {
    assert.ok(WaymarkError.is(error), `expected a WaymarkError ${code}, got ${String(error)}`);
    assert.equal(error.code, code);
    return true;
  });
}

/** An error that a test throws to fail a transaction. */
export class Thrown extends Error {}

/** Expects a promise to reject with the very error that was thrown. */
export async function rejectsWithSame(expected: unknown, promise: Promise<unknown>): Promise<void> {
  await assert.rejects(promise, (error: unknown) => {
    assert.equal(error, expected);
    return true;
  });
}

/**
 * Expects two values to be made of the same parts. Copies both first: a driver's arrays and objects may come from
 * another realm than the test's (Jest runs each file in a realm of its own), and a strict comparison would tell them
 * apart by their prototypes.
 */
export function same(actual: unknown, expected: unknown): void {
  assert.deepEqual(localCopy(actual), localCopy(expected));
}

function localCopy(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return Array.from(value, localCopy);
  const copy: object = {};
  for (const [key, part] of Object.entries(value)) {
    Object.defineProperty(copy, key, { value: localCopy(part), enumerable: true });
  }
  return copy;
}
