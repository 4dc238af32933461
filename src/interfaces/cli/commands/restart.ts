import { Command, Option } from 'commander';
import type { BreakpointLike } from '../../../domain/execution/breakpoints.js';
import { breakpointOption } from '../breakpoint-argument.js';
import { changeExecution } from '../change-execution.js';
import { checkId, given, helpText, workflowOption } from '../options.js';
import type { Action, Session, SharedOptions } from '../session.js';
import { type WhyOptions, whyOf, whyOptions } from '../verb-arguments.js';

interface RestartCommandOptions extends SharedOptions, WhyOptions {
  readonly workflow?: string;
  readonly label?: string;
  readonly breakpoint?: readonly BreakpointLike[];
}

/** `waymark restart EXECUTION` */
export function restartCommand(action: Action): Command {
  const command = new Command('restart')
    .description('Start a new execution from the entry, with the input of another one. The original is untouched.')
    .argument('<execution>', 'the id of the execution')
    .addOption(new Option('--label <text>', 'a name for people'))
    .addOption(breakpointOption('where to stop'))
    .addOption(workflowOption());
  for (const option of whyOptions()) command.addOption(option);
  return command
    .addHelpText(
      'after',
      helpText(
        ['waymark restart ID --reason "the source was down"'],
        ['It runs the definition as it is now, though the original began on an older one.'],
      ),
    )
    .action(action<RestartCommandOptions, [string]>(restart));
}

async function restart(session: Session, options: RestartCommandOptions, executionId: string): Promise<number> {
  await checkId(executionId, 'execution id');
  return changeExecution(session, options, async ({ waymark, register, drive }) => {
    await register(await waymark.executions.get(executionId));
    const { label, breakpoint: breakpoints } = options;
    const how = { ...whyOf(options), ...given({ label, breakpoints }) };
    return drive(() => waymark.executions.restart(executionId, how));
  });
}
