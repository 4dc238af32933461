import type { EnvironmentRecord } from '../../domain/environment/environment-spec.js';

/** An environment that is whole, as it is kept on disk. */
export interface KeptEnvironment {
  readonly record: EnvironmentRecord;
  /** The exact version of its runtime. */
  readonly runtimeVersion: string;
  /** The folder of what is installed: absolute. */
  readonly path: string;
  /** What its files take. */
  readonly bytes: number;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  /** When it was taken last: ISO 8601, UTC. */
  readonly lastUsedAt: string;
}

/** What {@link EnvironmentFolders.finish} is told; the rest it measures. */
export type FinishedEnvironment = Omit<KeptEnvironment, 'bytes' | 'lastUsedAt'>;

/** What became of an environment that was to be removed. */
export type RemovedFolder =
  | { readonly outcome: 'removed'; readonly freedBytes: number }
  /** A process uses it: it stays as it is. */
  | { readonly outcome: 'in-use' }
  | { readonly outcome: 'absent' };

/**
 * Where environments are on disk: a folder each. One is whole from the moment that {@link finish} has written what it is;
 * what has no such file is half made, whoever began it. Nothing here locks: whoever changes a folder holds its lock.
 */
export interface EnvironmentFolders {
  /** The folder of an environment, whether or not it is there. */
  path(id: string): string;

  /** The environment of an id; `undefined` when it is not there, or not whole. */
  find(id: string): Promise<KeptEnvironment | undefined>;

  /** Every environment that is whole, in ascending order of their ids. */
  list(): Promise<readonly KeptEnvironment[]>;

  /** The ids of those that are not whole, in ascending order. */
  halfMade(): Promise<readonly string[]>;

  /**
   * Makes an empty folder, and takes away what is half made. It is never the folder of an attempt before: the package
   * manager of a process that died may still be at work there.
   *
   * @returns its path
   */
  begin(id: string): Promise<string>;

  /**
   * Makes an empty folder beside what is installed, which stays as it is: {@link finish} takes the new one for it, at once.
   *
   * @returns its path
   */
  beside(id: string): Promise<string>;

  /** Takes away a folder that was made {@link beside} the one that counts. */
  giveUp(path: string): Promise<void>;

  /** Writes what a folder is, which makes it whole, and protects what others share from being written to. */
  finish(environment: FinishedEnvironment): Promise<KeptEnvironment>;

  /** The ids of those that are whole and have other folders beside the one that counts, in ascending order. */
  renewed(): Promise<readonly string[]>;

  /**
   * Takes away what an environment has beside the folder that counts: what was given up, and what was replaced since, unless
   * a process may still use it that took the environment before.
   *
   * @returns what that freed, in bytes
   */
  discardReplaced(id: string): Promise<number>;

  /** Takes what is half made away. @returns what that freed, in bytes */
  discard(id: string): Promise<number>;

  /** Takes an environment away unless a process uses it. What is half made goes all the same. */
  remove(id: string): Promise<RemovedFolder>;

  /** Takes away what processes that died had begun to remove. @returns what that freed, in bytes */
  sweep(): Promise<number>;

  /** Remembers that an environment was taken now. */
  touch(id: string): Promise<void>;

  /**
   * Marks an environment as used by this process, whether or not it is there: whoever looks for it afterwards and finds
   * it keeps it. A mark whose process is provably gone counts no more.
   *
   * @returns takes the mark away. Idempotent
   */
  use(id: string): Promise<() => Promise<void>>;

  /** Whether a process uses an environment. */
  isUsed(id: string): Promise<boolean>;

  /** Takes every mark of this process away. */
  close(): Promise<void>;
}
