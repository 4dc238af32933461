import { isDeepStrictEqual } from 'node:util';

/**
 * Whether metadata has each of the filter's keys with an equal value: compared here, so that no key and no value means
 * anything but itself. A key whose value is `undefined` asks for nothing, as with LangGraph's own savers.
 */
export function matchesMetadata(
  metadata: Readonly<Record<string, unknown>>,
  filter: Readonly<Record<string, unknown>> | undefined,
): boolean {
  return Object.entries(filter ?? {}).every(
    ([key, value]) => value === undefined || (Object.hasOwn(metadata, key) && isDeepStrictEqual(metadata[key], value)),
  );
}
