import { Command, Option } from 'commander';
import { withWaymark } from '../open-waymark.js';
import {
  actorOf,
  actorOption,
  breakpointOption,
  checkId,
  given,
  helpText,
  stateOptions,
  workflowOption,
} from '../options.js';
import { reportResult } from '../output/result-report.js';
import { registerWorkflow } from '../register-workflow.js';
import type { Action, Session, SharedOptions } from '../session.js';
import { readStateEdit, type StateEditOptions } from '../state-edit.js';

interface ResumeCommandOptions extends SharedOptions, StateEditOptions {
  readonly reason?: string;
  readonly actor?: string;
  readonly breakpoint?: readonly string[];
  readonly workflow?: string;
}

/** `waymark resume EXECUTION` */
export function resumeCommand(action: Action): Command {
  const [patch, set] = stateOptions();
  return new Command('resume')
    .description('Let a paused execution go on, or take over one whose process was killed.')
    .argument('<execution>', 'the id of the execution')
    .addOption(patch)
    .addOption(set)
    .addOption(new Option('--reason <text>', 'why, recorded with an edit of the state'))
    .addOption(actorOption())
    .addOption(breakpointOption('stop before this node, instead of those it has'))
    .addOption(workflowOption())
    .addHelpText(
      'after',
      helpText(['waymark resume ID', 'waymark resume ID --set approved=true --reason "checked by hand"']),
    )
    .action(action<ResumeCommandOptions, [string]>(resume));
}

async function resume(session: Session, options: ResumeCommandOptions, executionId: string): Promise<number> {
  await checkId(executionId, 'execution id');
  const edit = await readStateEdit(options, session.io);
  const { driveExecution } = await import('../drive-execution.js');
  const actor = actorOf(options.actor);
  return withWaymark(session, 'change', async (waymark) => {
    const execution = await waymark.executions.get(executionId);
    await registerWorkflow(waymark, execution, options.workflow);
    const statePatch = await edit.patchFor(() => waymark.checkpoints.state(execution.headCheckpointId));
    const how = given({ statePatch, reason: options.reason, breakpoints: options.breakpoint, actor });
    return reportResult(
      session,
      await driveExecution(session, waymark, actor, () => waymark.executions.resume(executionId, how)),
    );
  });
}
