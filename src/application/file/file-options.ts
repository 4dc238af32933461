import { InvalidArgumentError } from '../../domain/shared/errors.js';
import { assertIdentifier } from '../../domain/shared/identifiers.js';
import {
  assertKeys,
  assertOptional,
  assertOptionalSignal,
  type KeysOf,
  wholeNumber,
} from '../../domain/shared/options.js';
import type { VerbOptions } from '../shared/verb.js';
import type { FileWorkOptions } from './file-storage.port.js';
import type { PrepareOptions } from './prepare-commit.js';

/** How a folder is kept: see {@link PrepareOptions}. */
export interface CommitFolderOptions extends PrepareOptions, Pick<VerbOptions, 'actor'> {}

/** How files are put back. */
export interface RestoreFilesOptions extends FileWorkOptions, Pick<VerbOptions, 'actor'> {
  /** Whether nothing is touched, and only told what would be. */
  readonly dryRun?: boolean;
  /** A folder that whatever is overwritten or taken away is copied to first. */
  readonly backup?: string;
  /** Only these paths, and what is below them. */
  readonly paths?: readonly string[];
  /** Whether what the commit does not have is taken away; `false` when left out. What is ignored never is. */
  readonly removeOthers?: boolean;
  /** What is ignored, beside what `.gitignore` files say: lines in their syntax. */
  readonly ignore?: readonly string[];
  /** The file that remembers what was seen of the folder: see {@link PrepareOptions}. */
  readonly index?: string;
  /** Files are read-only links to what is stored, where their paths match: lines in `.gitignore` syntax. */
  readonly linkReadOnly?: readonly string[];
  /** The checkpoint gone back to, for the log. */
  readonly checkpointId?: string;
  /** The execution that goes back: with it and a checkpoint, what was taken away is recorded. */
  readonly executionId?: string;
}

/** How contents are read back. */
export interface VerifyFilesOptions extends FileWorkOptions, Pick<VerbOptions, 'actor'> {}

/** What of the stored files is taken away. */
export interface CollectFilesOptions extends FileWorkOptions, Pick<VerbOptions, 'actor'> {
  /** Whether nothing is taken away, and only told what would be. */
  readonly dryRun?: boolean;
  /** What is younger stays, in milliseconds; an hour when left out. */
  readonly minAgeMs?: number;
  /** Whether commits go that no checkpoint and no workspace refers to; `false` when left out. */
  readonly unlinked?: boolean;
}

const WORK: KeysOf<FileWorkOptions & Pick<VerbOptions, 'actor'>> = { signal: true, onProgress: true, actor: true };

const COMMIT: KeysOf<CommitFolderOptions> = {
  ...WORK,
  message: true,
  executionId: true,
  workspaceId: true,
  parentId: true,
  ignore: true,
  index: true,
};

const RESTORE: KeysOf<RestoreFilesOptions> = {
  ...WORK,
  dryRun: true,
  backup: true,
  paths: true,
  removeOthers: true,
  ignore: true,
  index: true,
  linkReadOnly: true,
  checkpointId: true,
  executionId: true,
};

const COLLECT: KeysOf<CollectFilesOptions> = { ...WORK, dryRun: true, minAgeMs: true, unlinked: true };

/** The longest message of a commit, in UTF-16 code units. */
const LONGEST_MESSAGE = 10_000;

/** @throws InvalidArgumentError */
export function assertCommitOptions(options: CommitFolderOptions): void {
  assertKeys(options, COMMIT, 'commit option');
  assertWork(options);
  for (const key of ['executionId', 'workspaceId', 'parentId'] as const) assertOptionalId(options[key], key);
  assertMessage(options.message);
  assertOptionalPath(options.index, 'index');
  assertOptionalLines(options.ignore, 'ignore');
}

/** @throws InvalidArgumentError */
export function assertRestoreOptions(options: RestoreFilesOptions): void {
  assertKeys(options, RESTORE, 'restore option');
  assertWork(options);
  for (const key of ['executionId', 'checkpointId'] as const) assertOptionalId(options[key], key);
  for (const key of ['dryRun', 'removeOthers'] as const) assertOptional(options[key], 'boolean', key);
  for (const key of ['backup', 'index'] as const) assertOptionalPath(options[key], key);
  for (const key of ['paths', 'ignore', 'linkReadOnly'] as const) assertOptionalLines(options[key], key);
}

/** @throws InvalidArgumentError */
export function assertVerifyOptions(options: VerifyFilesOptions): void {
  assertKeys(options, WORK, 'verify option');
  assertWork(options);
}

/** @throws InvalidArgumentError */
export function assertCollectOptions(options: CollectFilesOptions): void {
  assertKeys(options, COLLECT, 'gc option');
  assertWork(options);
  for (const key of ['dryRun', 'unlinked'] as const) assertOptional(options[key], 'boolean', key);
  if (options.minAgeMs !== undefined) wholeNumber(options.minAgeMs, 'minAgeMs', 0);
}

/** @throws InvalidArgumentError */
export function assertFolder(folder: unknown): asserts folder is string {
  assertOptionalPath(folder ?? null, 'folder');
}

/** The part of options that the storage is given. */
export function workOf({ signal, onProgress }: FileWorkOptions): FileWorkOptions {
  return { ...(signal === undefined ? {} : { signal }), ...(onProgress === undefined ? {} : { onProgress }) };
}

function assertWork({ signal, onProgress }: FileWorkOptions): void {
  assertOptionalSignal(signal);
  assertOptional(onProgress, 'function', 'onProgress');
}

function assertOptionalId(value: unknown, key: string): void {
  if (value !== undefined) assertIdentifier(value, key);
}

function assertMessage(message: unknown): void {
  assertOptional(message, 'string', 'message');
  const text = message as string | undefined;
  if (text === undefined) return;
  // A store would give it back as another one, or not take it.
  const isStorable = !/\p{Surrogate}/u.test(text) && !text.includes('\0') && text.length <= LONGEST_MESSAGE;
  if (isStorable) return;
  throw new InvalidArgumentError(
    `The message must be well-formed Unicode without NUL, of at most ${LONGEST_MESSAGE} characters.`,
  );
}

function assertOptionalPath(value: unknown, what: string): void {
  if (value === undefined || (typeof value === 'string' && value !== '' && !value.includes('\0'))) return;
  throw new InvalidArgumentError(`The ${what} must be a path.`);
}

function assertOptionalLines(value: unknown, what: string): void {
  if (value === undefined) return;
  if (Array.isArray(value) && value.every((line) => typeof line === 'string')) return;
  throw new InvalidArgumentError(`The ${what} must be a list of strings.`);
}
