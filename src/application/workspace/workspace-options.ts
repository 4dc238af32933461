import { InvalidArgumentError } from '../../domain/shared/errors.js';
import { assertIdentifier } from '../../domain/shared/identifiers.js';
import {
  assertKeys,
  assertOptional,
  assertOptionalSignal,
  type KeysOf,
  oneOf,
  unknownKeys,
} from '../../domain/shared/options.js';
import { EXECUTION_STATUSES, type ExecutionStatus } from '../../domain/execution/statuses.js';
import {
  WORKSPACE_KEEPING,
  WORKSPACE_STRATEGIES,
  type WorkspaceKeeping,
  type WorkspaceStrategy,
} from '../../domain/workspace/workspace.js';
import type { VerbOptions } from '../shared/verb.js';

/** Where the files of a new workspace come from. */
export type WorkspaceOrigin =
  /** A folder of this machine. */
  | { readonly folder: string }
  /** A commit of files. */
  | { readonly commitId: string }
  /** The folder of another workspace as it is now, in which nobody else may be at work. */
  | { readonly workspaceId: string };

/** What a new workspace is like, wherever its files come from. */
export interface ForkWorkspaceOptions extends Pick<VerbOptions, 'actor'> {
  /** The execution it is for. */
  readonly executionId?: string;
  /**
   * How its files get there. `copy` (when left out) shares blocks where the file system can. `reflink` insists on that.
   * `hardlink` links the files that match `readOnly`, which nobody can write to then, and copies all others. `worktree`:
   * a worktree of the git repository whose top the folder is, with what was changed in the folder since.
   */
  readonly strategy?: WorkspaceStrategy;
  /** What is left out of it and of its commits, beside what `.gitignore` files say: lines in their syntax. */
  readonly ignore?: readonly string[];
  /** Whether it stays when its execution has ended; `unless-completed` when left out. */
  readonly keep?: WorkspaceKeeping;
  /** The files that nothing will write to, as lines in `.gitignore` syntax: for `hardlink`. */
  readonly readOnly?: readonly string[];
  /** Gives it up. What was made by then is removed. */
  readonly signal?: AbortSignal;
}

/** How to make a workspace. */
export interface CreateWorkspaceOptions extends ForkWorkspaceOptions {
  /** Where its files come from; an empty one when left out. */
  readonly from?: WorkspaceOrigin;
  /** Whether files of a folder that are ignored are copied too: `node_modules`, what was built. */
  readonly withIgnored?: boolean;
}

/** How to take a workspace to work in. */
export interface ActivateOptions extends Pick<VerbOptions, 'actor'> {
  /** Where the work was before. */
  readonly previousPath?: string;
}

/** How to keep the files of a workspace. */
export interface SnapshotWorkspaceOptions extends Pick<VerbOptions, 'actor'> {
  /** What the commit is for. */
  readonly message?: string;
  readonly signal?: AbortSignal;
}

/** How to put files back. */
export interface RestoreWorkspaceOptions extends Pick<VerbOptions, 'actor'> {
  /** The checkpoint gone back to. */
  readonly checkpointId: string;
  /** Only tell what would be done. */
  readonly dryRun?: boolean;
  /** Whether what is overwritten or taken away is copied aside first; it is when left out. */
  readonly backup?: boolean;
  readonly signal?: AbortSignal;
}

/** Which folders are removed. */
export interface CleanWorkspacesOptions extends Pick<VerbOptions, 'actor'> {
  /** Only tell what would be removed. */
  readonly dryRun?: boolean;
  /** Only those whose executions ended this long ago, in milliseconds. */
  readonly olderThanMs?: number;
  /** Only those whose executions ended so; any end when left out. */
  readonly statuses?: readonly ExecutionStatus[];
  /** Ends it between two workspaces. */
  readonly signal?: AbortSignal;
}

/** Which copies of what restores took away are removed. */
export interface CleanBackupsOptions {
  /** Only tell what would be removed. */
  readonly dryRun?: boolean;
  /** Only those that were made this long ago, in milliseconds; 30 days when left out. */
  readonly olderThanMs?: number;
  /** Ends it between two of them. */
  readonly signal?: AbortSignal;
}

/** How to look for what was left behind. */
export interface CleanOrphansOptions extends Pick<VerbOptions, 'actor'> {
  /** Only tell what would be done. */
  readonly dryRun?: boolean;
  /** How old a folder has to be that no workspace is known of, in milliseconds; an hour when left out. */
  readonly minAgeMs?: number;
  /** Ends it between two workspaces. */
  readonly signal?: AbortSignal;
}

const CREATE: KeysOf<CreateWorkspaceOptions> = {
  executionId: true,
  from: true,
  strategy: true,
  ignore: true,
  withIgnored: true,
  keep: true,
  readOnly: true,
  actor: true,
  signal: true,
};

const ENDS: readonly ExecutionStatus[] = EXECUTION_STATUSES.filter(
  (status) => status === 'completed' || status === 'failed' || status === 'cancelled',
);

/** @throws InvalidArgumentError */
export function checkCreateOptions(options: CreateWorkspaceOptions): void {
  assertKeys(options, CREATE, 'workspace option');
  const { executionId, from, strategy, ignore, keep, readOnly, withIgnored, signal } = options;
  if (executionId !== undefined) assertIdentifier(executionId, 'execution id');
  if (strategy !== undefined) oneOf(strategy, WORKSPACE_STRATEGIES, 'strategy');
  if (keep !== undefined) oneOf(keep, WORKSPACE_KEEPING, 'keep');
  assertLines(ignore, 'ignore');
  assertLines(readOnly, 'readOnly');
  assertOptional(withIgnored, 'boolean', 'withIgnored');
  assertOptionalSignal(signal);
  assertOrigin(from);
  const isFromFolder = from !== undefined && 'folder' in from;
  if (withIgnored === true && !isFromFolder) {
    throw new InvalidArgumentError('Only a folder has ignored files that withIgnored could copy.', {
      hint: 'Leave withIgnored out, or give from: { folder }.',
    });
  }
  if (strategy === 'worktree' && !isFromFolder) {
    throw new InvalidArgumentError('A worktree is made from the folder of a git repository.', {
      hint: 'Give from: { folder }, or another strategy.',
    });
  }
  if (readOnly !== undefined && strategy !== 'hardlink') {
    throw new InvalidArgumentError('The readOnly patterns say which files are hard links.', {
      hint: "Give strategy: 'hardlink' with them.",
    });
  }
}

/** @throws InvalidArgumentError */
export function assertEnds(statuses: unknown): void {
  if (statuses === undefined) return;
  if (!Array.isArray(statuses)) throw new InvalidArgumentError("The statuses are a list: ['completed'].");
  for (const status of statuses) oneOf(status, ENDS, 'status of an execution that has ended');
}

function assertOrigin(from: unknown): void {
  if (from === undefined) return;
  const keys = { folder: true, commitId: true, workspaceId: true } as const;
  const given = typeof from === 'object' && from !== null ? (from as Record<string, unknown>) : {};
  const [key, ...more] = Object.keys(given);
  if (key === undefined || more.length > 0 || unknownKeys(given, keys).length > 0) {
    throw new InvalidArgumentError('A workspace is made from one of { folder }, { commitId } and { workspaceId }.', {
      hint: 'Leave from out for an empty one.',
    });
  }
  const value = given[key];
  if (key !== 'folder') assertIdentifier(value, key === 'commitId' ? 'commit id' : 'workspace id');
  else if (typeof value !== 'string' || value === '' || value.includes('\0')) {
    throw new InvalidArgumentError('The folder to make a workspace from is the path of one.');
  }
}

function assertLines(lines: unknown, what: string): void {
  if (lines === undefined) return;
  if (Array.isArray(lines) && lines.every((line) => typeof line === 'string')) return;
  throw new InvalidArgumentError(`The ${what} is a list of lines as a .gitignore file has them.`);
}
