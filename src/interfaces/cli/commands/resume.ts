import { Command, Option } from 'commander';
import type { BreakpointLike } from '../../../domain/execution/breakpoints.js';
import { breakpointOption } from '../breakpoint-argument.js';
import { changeExecution, type ChangeOptions, withChangeOptions } from '../change-execution.js';
import { usageError } from '../errors.js';
import { checkId, given, helpText } from '../options.js';
import type { Action, Session } from '../session.js';

interface ResumeCommandOptions extends ChangeOptions {
  readonly reason?: string;
  readonly breakpoint?: readonly BreakpointLike[];
  readonly takeOver?: true;
  readonly mapNodes?: Readonly<Record<string, string>>;
}

/** `waymark resume EXECUTION` */
export function resumeCommand(action: Action): Command {
  return withChangeOptions(
    new Command('resume')
      .description('Let a paused execution go on, or take over one whose process was killed.')
      .argument('<execution>', 'the id of the execution')
      .addOption(new Option('--reason <text>', 'why, recorded with an edit of the state'))
      .addOption(breakpointOption('where to stop, instead of where it was to'))
      .addOption(
        new Option('--take-over', 'take it over from an owner that may be there: only when you know that it is gone'),
      )
      .addOption(
        new Option(
          '--map-nodes <old=new,…>',
          'go on with a definition that has changed, in which nodes have these ids; none where all keep theirs',
        ).argParser(readNames),
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
    const { reason, breakpoint: breakpoints, idempotencyKey, takeOver, mapNodes } = options;
    const how = given({ idempotencyKey, statePatch, reason, breakpoints, actor, takeOver, mapNodes });
    return drive(() => waymark.executions.resume(executionId, how));
  });
}

/** `old=new,…`, or `none`. */
function readNames(text: string): Readonly<Record<string, string>> {
  if (text === 'none') return {};
  const pairs = text.split(',').map((pair) => pair.split('='));
  if (pairs.every(([from, to, more]) => from && to && more === undefined)) {
    return Object.fromEntries(pairs as [string, string][]);
  }
  throw usageError(
    `--map-nodes ${text} does not say old=new.`,
    'Give pairs such as draft=write,review=check, or none.',
  );
}
