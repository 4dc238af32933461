import { Command, Option } from 'commander';
import { changeExecution, type ChangeOptions, withChangeOptions } from '../change-execution.js';
import { breakpointOption, checkId, given, helpText } from '../options.js';
import type { Action, Session } from '../session.js';

interface ResumeCommandOptions extends ChangeOptions {
  readonly reason?: string;
  readonly breakpoint?: readonly string[];
  readonly takeOver?: true;
}

/** `waymark resume EXECUTION` */
export function resumeCommand(action: Action): Command {
  return withChangeOptions(
    new Command('resume')
      .description('Let a paused execution go on, or take over one whose process was killed.')
      .argument('<execution>', 'the id of the execution')
      .addOption(new Option('--reason <text>', 'why, recorded with an edit of the state'))
      .addOption(breakpointOption('stop before this node, instead of those it has'))
      .addOption(
        new Option('--take-over', 'take it over from an owner that may be there: only when you know that it is gone'),
      )
      .addHelpText(
        'after',
        helpText(['waymark resume ID', 'waymark resume ID --set approved=true --reason "checked by hand"']),
      )
      .action(action<ResumeCommandOptions, [string]>(resume)),
  );
}

async function resume(session: Session, options: ResumeCommandOptions, executionId: string): Promise<number> {
  await checkId(executionId, 'execution id');
  return changeExecution(session, options, async ({ waymark, actor, register, patchFor, drive }) => {
    const execution = await waymark.executions.get(executionId);
    await register(execution);
    const statePatch = await patchFor(() => waymark.checkpoints.state(execution.headCheckpointId));
    const { reason, breakpoint: breakpoints, takeOver } = options;
    const how = given({ statePatch, reason, breakpoints, actor, takeOver });
    return drive(() => waymark.executions.resume(executionId, how));
  });
}
