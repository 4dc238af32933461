import { Container } from 'inversify';
import type { WaymarkConfig } from './configuration.js';
import { TOKENS } from './tokens.js';
import type { Waymark } from './waymark.js';
import { waymarkModule } from './waymark.module.js';

/**
 * Opens a store and gives everything to record with: {@link waymarkModule} in a container of its own.
 *
 * @throws InvalidArgumentError `WAYMARK_INVALID_STORAGE`; WaymarkError `WAYMARK_DRIVER_MISSING`, `WAYMARK_STORE_…` when
 *   the store can't be opened
 * @example
 * const waymark = await createWaymark({ storage: 'sqlite:./waymark.db' });
 * const run = await waymark.executions.start(workflow, { name: 'Ada' });
 * console.log(await run.result());
 * await waymark.close();
 */
export async function createWaymark(config: WaymarkConfig): Promise<Waymark> {
  const container = new Container();
  container.load(waymarkModule(config));
  return container.getAsync(TOKENS.Waymark);
}
