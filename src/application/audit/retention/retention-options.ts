import { InvalidArgumentError } from '../../../domain/shared/errors.js';
import { assertIdentifier } from '../../../domain/shared/identifiers.js';
import {
  assertKeys,
  assertOptional,
  assertOptionalSignal,
  type KeysOf,
  wholeNumber,
} from '../../../domain/shared/options.js';

/** What to remove from a log, and where to keep it. */
export interface RetainOptions {
  /** The first position that stays, or a time: what was recorded before it goes. */
  readonly before: number | Date;
  /** The folder that the archive is written to. */
  readonly archiveTo: string;
  /** Who wants it: `user:ada`. */
  readonly actor?: string;
  /** Whether only to tell what would be removed. */
  readonly dryRun?: boolean;
  /** Whether to go on without a key that signs the seam: nobody can tell then who made the cut. */
  readonly unsigned?: boolean;
  /** Told how many entries were archived, of how many. */
  readonly onProgress?: (done: number, total: number) => void;
  /** Stops it, as long as nothing was removed: the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

const KEYS: KeysOf<RetainOptions> = {
  before: true,
  archiveTo: true,
  actor: true,
  dryRun: true,
  unsigned: true,
  onProgress: true,
  signal: true,
};

/** @throws InvalidArgumentError */
export function assertRetainOptions(options: RetainOptions): void {
  assertKeys(options, KEYS, 'retain option');
  const { before, archiveTo, actor, dryRun, unsigned, onProgress, signal } = options;
  if (before instanceof Date) {
    if (Number.isNaN(before.getTime())) throw new InvalidArgumentError('The time that retention begins at is not one.');
  } else {
    wholeNumber(before, 'position that retention begins at', 0);
  }
  if (typeof archiveTo !== 'string' || archiveTo === '' || archiveTo.includes('\0')) {
    throw new InvalidArgumentError('What is removed is archived first: name a folder, { archiveTo }.');
  }
  if (actor !== undefined) assertIdentifier(actor, 'actor');
  assertOptional(dryRun, 'boolean', 'dryRun');
  assertOptional(unsigned, 'boolean', 'unsigned');
  assertOptional(onProgress, 'function', 'onProgress');
  assertOptionalSignal(signal);
}
