import type { Command } from 'commander';
import type { ExecutionHandle } from '../../application/execution/execution-result.js';
import type { Waymark } from '../../composition/waymark.js';
import type { ExecutionSnapshot } from '../../domain/execution/execution-snapshot.js';
import type { JsonObject } from '../../domain/shared/json.js';
import { withWaymark } from './open-waymark.js';
import { actorOf, actorOption, stateOptions, workflowOption } from './options.js';
import { reportResult } from './output/result-report.js';
import { registerWorkflow } from './register-workflow.js';
import type { Session, SharedOptions } from './session.js';
import { keyOption } from './verb-arguments.js';
import { readStateEdit, type StateEditOptions } from './state-edit.js';

/** The options of every command that changes where an execution stands. */
export interface ChangeOptions extends SharedOptions, StateEditOptions {
  readonly actor?: string;
  readonly workflow?: string;
  readonly idempotencyKey?: string;
}

/** What such a command works with. */
export interface Change {
  readonly waymark: Waymark;
  readonly actor: string | undefined;
  /** Loads the code of an execution, from the file that was named where one was. */
  readonly register: (execution: ExecutionSnapshot) => Promise<void>;
  /** The edit of the state that was asked for. `load` gives the state, and is called where it matters. */
  readonly patchFor: (load: () => Promise<JsonObject>) => Promise<JsonObject | undefined>;
  /** Begins an execution, sees it to its end, and reports that. Returns the exit code. */
  readonly drive: (begin: () => Promise<ExecutionHandle>) => Promise<number>;
}

/** Adds the options of {@link ChangeOptions} to a command. */
export function withChangeOptions(command: Command): Command {
  const [patch, set] = stateOptions();
  return command
    .addOption(patch)
    .addOption(set)
    .addOption(actorOption())
    .addOption(workflowOption())
    .addOption(keyOption());
}

/** Opens the store for a command that changes where an execution stands, once what it was given has been checked. */
export async function changeExecution(
  session: Session,
  options: ChangeOptions,
  work: (change: Change) => Promise<number>,
): Promise<number> {
  const edit = await readStateEdit(options, session.io);
  const { driveExecution } = await import('./drive-execution.js');
  const actor = actorOf(options.actor);
  return withWaymark(session, 'change', (waymark) =>
    work({
      waymark,
      actor,
      register: (execution) => registerWorkflow(waymark, execution, options.workflow),
      patchFor: (load) => edit.patchFor(load),
      drive: async (begin) => {
        const result = await driveExecution(session, waymark, actor, begin);
        return reportResult(session, result, await isRunElsewhere(waymark, result.executionId));
      },
    }),
  );
}

/** Whether another engine, or a runner of the host's, goes on with an execution. */
async function isRunElsewhere(waymark: Waymark, executionId: string): Promise<boolean> {
  if ((await waymark.threads.ofExecution(executionId)) !== undefined) return true;
  const { isRecorded } = await import('../../domain/execution/recorded.js');
  return isRecorded(await waymark.executions.get(executionId));
}
