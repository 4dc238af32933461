import type { DomainEvent } from '../../domain/events/domain-event.js';
import { FileCleanupCompleted, FileRestored, FileRestoreFailed } from '../../domain/events/families/file.events.js';
import { errorRecord } from '../context/error-record.js';
import type { EventFactory } from '../context/event-factory.js';
import { toldPaths, wellFormed } from './file-events.js';
import type { RestoreFilesOptions } from './file-options.js';
import type { FileServices } from './file-services.js';
import type { Checkout, CheckoutOptions } from './file-storage.port.js';
import { keptCommit } from './kept-commit.js';

/** Puts the files of a commit back into a folder, and records what came of it. Repeating it finishes it. */
export async function restoreFiles(
  services: FileServices,
  commitId: string,
  folder: string,
  options: RestoreFilesOptions,
): Promise<Checkout> {
  const { commits, factory, recorder, storage } = services;
  const { treeHash } = await keptCommit(commits, commitId);
  let touched = false;
  const onProgress: CheckoutOptions['onProgress'] = (progress) => {
    touched ||= progress.touched === true;
    options.onProgress?.(progress);
  };
  let checkout: Checkout;
  try {
    checkout = await storage.checkout(folder, treeHash, { ...checkoutOptions(options), onProgress });
  } catch (error) {
    if (options.dryRun === true) throw error;
    const payload = { commitId, error: errorRecord(error), partiallyRestored: touched };
    // Why files could not be put back is what the caller has to learn of, also where the store is away as well.
    await recorder.record([factory.make(FileRestoreFailed, payload)]).catch(() => undefined);
    throw error;
  }
  const events = restoredEvents(factory, commitId, checkout, options);
  if (events.length > 0) await recorder.record(events);
  return checkout;
}

function checkoutOptions(options: RestoreFilesOptions): CheckoutOptions {
  const { removeOthers = false, dryRun, backup, paths, ignore, index, linkReadOnly, signal } = options;
  return {
    removeOthers,
    ...(dryRun === undefined ? {} : { dryRun }),
    ...(backup === undefined ? {} : { backup }),
    ...(paths === undefined ? {} : { paths }),
    ...(ignore === undefined ? {} : { ignore }),
    ...(index === undefined ? {} : { index }),
    ...(linkReadOnly === undefined ? {} : { linkReadOnly }),
    ...(signal === undefined ? {} : { signal }),
  };
}

function restoredEvents(
  factory: EventFactory,
  commitId: string,
  { restored, removed, backedUp, errors, totalBytes }: Checkout,
  { dryRun = false, checkpointId, executionId, removeOthers = false, backup }: RestoreFilesOptions,
): readonly DomainEvent[] {
  const events: DomainEvent[] = [];
  if (!dryRun) {
    const at = checkpointId === undefined ? {} : { checkpointId };
    const payload = { commitId, filesRestored: restored.length, totalBytes, paths: [...toldPaths(restored)], ...at };
    events.push(factory.make(FileRestored, payload));
  }
  if (removeOthers && checkpointId !== undefined && executionId !== undefined) {
    const payload = {
      executionId,
      checkpointId,
      deleted: removed.length,
      backedUp: backedUp.length,
      skipped: errors.length,
      ...(backup === undefined || backedUp.length === 0 ? {} : { backupPath: wellFormed(backup) }),
      dryRun,
      errors: [...toldPaths(errors)],
    };
    events.push(factory.make(FileCleanupCompleted, payload));
  }
  return events;
}
