import type { DomainEvent } from '../../domain/events/domain-event.js';
import type { AmbientContext } from '../../domain/events/event-context.js';
import type { TransactionScope } from '../../domain/shared/transaction.js';
import { WaymarkError } from '../../domain/shared/errors.js';
import type { Workspace } from '../../domain/workspace/workspace.js';
import type { VerbOptions } from '../shared/verb.js';
import type { WorkspaceServices } from './workspace-services.js';

/**
 * A change to a workspace whose work on the disk is done, in a way that can be taken back. Whoever prepared it commits
 * it, together with what else belongs to it, and then calls {@link done} or {@link undo}: one of them, once.
 */
export interface PreparedWorkspace {
  /** The workspace as it is after the change. */
  readonly workspace: Workspace;
  /** What is to be recorded with {@link save}, in its order. */
  events(context?: AmbientContext): readonly DomainEvent[];
  /** Writes it. May be called again where a transaction has to be repeated. */
  save(scope: TransactionScope): Promise<void>;
  /** It was committed. */
  done(): Promise<void>;
  /** It was not. */
  undo(): Promise<void>;
}

/** The save of a workspace's row and of what goes with it. */
export function saveOf(
  { workspaces }: Pick<WorkspaceServices, 'workspaces'>,
  workspace: Workspace,
  and?: (scope: TransactionScope) => Promise<void>,
): PreparedWorkspace['save'] {
  return async (scope) => {
    await and?.(scope);
    await workspaces.save(workspace, scope);
  };
}

/** Nothing to do. */
export const nothing = (): Promise<void> => Promise.resolve();

/** No change. */
export function unchangedWorkspace(workspace: Workspace): PreparedWorkspace {
  return { workspace, events: () => [], save: nothing, done: nothing, undo: nothing };
}

/** Commits a prepared change in a transaction of its own. */
export async function commitPrepared<Prepared extends PreparedWorkspace>(
  { recorder }: WorkspaceServices,
  prepared: Prepared,
  { actor }: VerbOptions = {},
): Promise<Prepared> {
  try {
    await recorder.commit({
      weight: 1,
      write: async (scope) => {
        await prepared.save(scope);
        return prepared.events(actor === undefined ? {} : { actor });
      },
    });
  } catch (error) {
    // When nobody knows whether it was kept, the disk stays as it would be if it was: what is left over is found later.
    if (!WaymarkError.is(error, 'WAYMARK_COMMIT_UNKNOWN')) await prepared.undo();
    throw error;
  }
  await prepared.done();
  return prepared;
}
