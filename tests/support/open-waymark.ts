import { Container } from 'inversify';
import {
  type FileStorage,
  type Store,
  TOKENS,
  type Waymark,
  type WaymarkConfig,
  waymarkModule,
} from '../../src/index.js';

/** A Waymark in memory, or over a store that is given; its files are where they are without one, or in a storage. */
export async function openWaymark(
  config: Partial<WaymarkConfig> = {},
  store?: Store,
  files?: FileStorage,
): Promise<Waymark> {
  const container = new Container();
  container.load(waymarkModule({ storage: 'memory:', ...config }));
  if (store !== undefined) container.rebind(TOKENS.Store).toConstantValue(store);
  if (files !== undefined) container.rebind(TOKENS.FileStorage).toConstantValue(files);
  return container.getAsync(TOKENS.Waymark);
}

/** The types in the log, in order; of one execution where it is named. */
export async function recordedTypes(waymark: Waymark, executionId?: string): Promise<readonly string[]> {
  const entries = await waymark.log.query(executionId === undefined ? {} : { executionId }, { limit: 10_000 });
  return entries.map((entry) => entry.event.type);
}

/** The types that an execution recorded from a position on. */
export async function typesSince(waymark: Waymark, executionId: string, after: number): Promise<readonly string[]> {
  const entries = await waymark.log.query({ executionId }, { after, limit: 10_000 });
  return entries.map((entry) => entry.event.type);
}

/** The position of the newest entry. */
export async function lastPosition(waymark: Waymark): Promise<number> {
  return (await waymark.log.head()).size - 1;
}
