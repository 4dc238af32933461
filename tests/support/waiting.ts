import type { ExecutionHandle, ExecutionResult, Store, Waymark, WaymarkConfig } from '../../src/index.js';
import { FakeTime } from './fake-time.js';
import { openWaymark } from './open-waymark.js';

/** A Waymark whose time passes when the test says so. */
export async function openTimed(
  config: Partial<WaymarkConfig> = {},
  store?: Store,
  time = new FakeTime(),
): Promise<{ readonly waymark: Waymark; readonly time: FakeTime }> {
  return { waymark: await openWaymark({ clock: time, scheduler: time, ...config }, store), time };
}

/** What a run has come to, if it has come to something. */
export function outcomeOf(run: ExecutionHandle): { readonly result: ExecutionResult | undefined } {
  const seen: { result: ExecutionResult | undefined } = { result: undefined };
  run.result().then(
    (result) => (seen.result = result),
    () => undefined,
  );
  return seen;
}

/** The types of an execution's events but those of checkpoints, in order. */
export async function storyOf(waymark: Waymark, executionId: string): Promise<readonly string[]> {
  const entries = await waymark.log.query({ executionId }, { limit: 10_000 });
  return entries.map(({ event }) => event.type).filter((type) => !type.startsWith('checkpoint.'));
}

/** The payloads of an execution's events of a type, in order. */
export async function payloadsOf(waymark: Waymark, type: string): Promise<readonly object[]> {
  const entries = await waymark.log.query({ types: [type] }, { limit: 10_000 });
  return entries.map(({ event }) => event.payload as object);
}
