import { Command, Option } from 'commander';
import type { BreakpointLike } from '../../../domain/execution/breakpoints.js';
import { breakpointOption } from '../breakpoint-argument.js';
import { changeExecution, type ChangeOptions, withChangeOptions } from '../change-execution.js';
import { checkId, given, helpText, wholeNumber } from '../options.js';
import type { Action, Session } from '../session.js';

interface RerunCommandOptions extends ChangeOptions {
  readonly reason?: string;
  readonly occurrence?: number;
  readonly label?: string;
  readonly breakpoint?: readonly BreakpointLike[];
}

/** `waymark rerun EXECUTION NODE` */
export function rerunCommand(action: Action): Command {
  return withChangeOptions(
    new Command('rerun')
      .description('Start a new execution that continues right before a node. The original is untouched.')
      .argument('<execution>', 'the id of the execution')
      .argument('<node>', 'the node to run again')
      .addOption(
        new Option('--occurrence <n>', 'the n-th time that it was reached; the last one when left out').argParser(
          wholeNumber(1, Number.MAX_SAFE_INTEGER),
        ),
      )
      .addOption(new Option('--reason <text>', 'why'))
      .addOption(new Option('--label <text>', 'a name for people'))
      .addOption(breakpointOption('where to stop'))
      .addHelpText(
        'after',
        helpText([
          'waymark rerun ID review --reason "the rules have changed"',
          'waymark rerun ID agent --occurrence 2 --set limit=0.3 --reason "what if"',
        ]),
      )
      .action(action<RerunCommandOptions, [string, string]>(rerun)),
  );
}

async function rerun(
  session: Session,
  options: RerunCommandOptions,
  executionId: string,
  nodeId: string,
): Promise<number> {
  await checkId(executionId, 'execution id');
  await checkId(nodeId, 'node id');
  return changeExecution(session, options, async ({ waymark, actor, register, patchFor, drive }) => {
    await register(await waymark.executions.get(executionId));
    const node = { nodeId, ...given({ occurrence: options.occurrence }) };
    // The edit is of the state that it begins with.
    const statePatch = await patchFor(async () =>
      waymark.checkpoints.state(await waymark.executions.checkpointBefore(executionId, node)),
    );
    const { reason, label, breakpoint: breakpoints, idempotencyKey } = options;
    const how = given({ idempotencyKey, statePatch, reason, label, breakpoints, actor });
    return drive(() => waymark.executions.rerun(executionId, node, how));
  });
}
