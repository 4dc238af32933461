import { Command, Option } from 'commander';
import type { BreakpointLike } from '../../../domain/execution/breakpoints.js';
import { breakpointOption } from '../breakpoint-argument.js';
import { changeExecution, type ChangeOptions, withChangeOptions } from '../change-execution.js';
import { checkId, given, helpText } from '../options.js';
import type { Action, Session } from '../session.js';

interface ForkCommandOptions extends ChangeOptions {
  readonly reason: string;
  readonly label?: string;
  readonly breakpoint?: readonly BreakpointLike[];
}

/** `waymark fork CHECKPOINT` */
export function forkCommand(action: Action): Command {
  return withChangeOptions(
    new Command('fork')
      .description('Start a new execution that continues at a checkpoint. The original is untouched.')
      .argument('<checkpoint>', 'the id of the checkpoint')
      .addOption(new Option('--reason <text>', 'why').makeOptionMandatory())
      .addOption(new Option('--label <text>', 'a name for people'))
      .addOption(breakpointOption('where to stop'))
      .addHelpText(
        'after',
        helpText([
          'waymark fork ID --reason "try a higher limit" --set limit=0.3',
          'waymark fork ID --reason "what if" --patch @edit.json',
        ]),
      )
      .action(action<ForkCommandOptions, [string]>(fork)),
  );
}

async function fork(session: Session, options: ForkCommandOptions, checkpointId: string): Promise<number> {
  await checkId(checkpointId, 'checkpoint id');
  return changeExecution(session, options, async ({ waymark, actor, register, patchFor, drive }) => {
    const source = await waymark.checkpoints.get(checkpointId);
    await register(await waymark.executions.get(source.executionId));
    const statePatch = await patchFor(() => waymark.checkpoints.load(source));
    const { reason, label, breakpoint: breakpoints, idempotencyKey } = options;
    const how = given({ idempotencyKey, statePatch, reason, label, breakpoints, actor });
    return drive(() => waymark.executions.fork(checkpointId, how));
  });
}
