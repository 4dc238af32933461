import type { BaseCheckpointSaver } from '@langchain/langgraph-checkpoint';
import {
  importThreads as importInto,
  type ImportThreadsOptions,
  type ImportThreadsResult,
} from '../infrastructure/bridge/langgraph/import/import-threads.js';
import type { Waymark } from './waymark.js';

export { openSource } from '../infrastructure/bridge/langgraph/import/open-source.js';
export type {
  ImportThreadsOptions,
  ImportThreadsPhase,
  ImportThreadsResult,
} from '../infrastructure/bridge/langgraph/import/import-threads.js';

/**
 * Copies the threads of another checkpoint saver of LangGraph's, whole: all namespaces, checkpoints with their metadata
 * and parents, channels of any type, and what tasks wrote on top of them. Then reads both and compares every tuple.
 *
 * What is there and equal is skipped, so that it can be repeated, and gone on with after it was stopped. The source is
 * only read: through its own saver and serializer, and what is named by a URL through LangGraph's saver for it, whose
 * package has to be installed.
 *
 * @param source `sqlite:FILE`, `postgres://USER@HOST/DATABASE?schema=public`, or a saver
 * @throws InvalidArgumentError `WAYMARK_INVALID_STORAGE`; WaymarkError `WAYMARK_IMPORT_SOURCE_NOT_FOUND`,
 *   `WAYMARK_IMPORT_SOURCE_FOREIGN`, `WAYMARK_IMPORT_SOURCE_FAILED`, `WAYMARK_THREAD_NOT_FOUND`,
 *   `WAYMARK_IMPORT_CONFLICT` when something else is there under the name of a checkpoint, `WAYMARK_IMPORT_DIFFERS` when
 *   the two are not the same afterwards, `WAYMARK_PACKAGE_MISSING`, `WAYMARK_DRIVER_MISSING`, `WAYMARK_STORE_…`
 * @example
 * import { importThreads, WaymarkSaver } from 'waymark/langgraph';
 *
 * await using saver = await WaymarkSaver.open('sqlite:./threads.db');
 * const { threads, compared } = await importThreads(saver.waymark, 'sqlite:./checkpoints.sqlite');
 * console.log(`${threads} threads, ${compared.checkpoints} checkpoints found equal`);
 */
export function importThreads(
  waymark: Waymark,
  source: BaseCheckpointSaver | string,
  options: ImportThreadsOptions = {},
): Promise<ImportThreadsResult> {
  return importInto(waymark.threads, source, options);
}
