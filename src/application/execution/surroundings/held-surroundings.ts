import type { EnvironmentRecord } from '../../../domain/environment/environment-spec.js';
import type { CheckpointFiles } from '../../../domain/file/checkpoint-files.js';
import type { Workspace } from '../../../domain/workspace/workspace.js';
import type { Environment } from '../../environment/environment.js';

/** What is around an execution. */
export interface HeldSurroundings {
  readonly workspace: Workspace | undefined;
  /** Whether the workspace is its own: that of a parent is only worked in, and kept with the parent's checkpoints. */
  readonly isOwn: boolean;
  /** Whether this instance works in its own workspace, and has its lock. */
  readonly isActive: boolean;
  /** The files of a copied execution that has no workspace yet: it gets one of its own with them when it goes on. */
  readonly files: CheckpointFiles | undefined;
  /** What its checkpoints keep of the environment. */
  readonly record: EnvironmentRecord | undefined;
  /** The checkpoint whose record that is, where it was read. */
  readonly recordedAt: string | undefined;
  /** The environment, taken: while it runs here. */
  readonly environment: Environment | undefined;
  /** The starts of nodes whose files are tracked, with when that was on the monotonic clock. */
  readonly tracked: ReadonlyMap<string, number>;
}

/** Nothing of what there may be. */
export const NOTHING_HELD: HeldSurroundings = Object.freeze({
  workspace: undefined,
  isOwn: false,
  isActive: false,
  files: undefined,
  record: undefined,
  recordedAt: undefined,
  environment: undefined,
  tracked: new Map<string, number>(),
});
