import { Command, Option } from 'commander';
import { changeExecution, type ChangeOptions, withChangeOptions } from '../change-execution.js';
import { checkId, given, helpText, wholeNumber } from '../options.js';
import type { Action, Session } from '../session.js';

interface StepCommandOptions extends ChangeOptions {
  readonly reason?: string;
  readonly nodes?: number;
  readonly all?: true;
}

/** `waymark step EXECUTION` */
export function stepCommand(action: Action): Command {
  return withChangeOptions(
    new Command('step')
      .description('Let the next node of a paused execution run, and stop again.')
      .argument('<execution>', 'the id of the execution')
      .addOption(
        new Option('--nodes <n>', 'how many of the nodes that are ready (default: 1)').argParser(
          wholeNumber(1, 1_000_000),
        ),
      )
      .addOption(new Option('--all', 'all nodes that are ready').conflicts('nodes'))
      .addOption(new Option('--reason <text>', 'why, recorded with an edit of the state'))
      .addHelpText(
        'after',
        helpText(
          ['waymark step ID', 'waymark step ID --all', 'waymark step ID --set limit=0.3 --reason "what if"'],
          [
            'Look at it in between with `waymark show ID --state`; `waymark resume ID` lets it go on.',
            'A node with a body (a loop, a map, a parallel, a group) is a step of its own: the next one is within it.',
          ],
        ),
      )
      .action(action<StepCommandOptions, [string]>(step)),
  );
}

async function step(session: Session, options: StepCommandOptions, executionId: string): Promise<number> {
  await checkId(executionId, 'execution id');
  return changeExecution(session, options, async ({ waymark, actor, register, patchFor, drive }) => {
    const execution = await waymark.executions.get(executionId);
    await register(execution);
    const statePatch = await patchFor(() => waymark.checkpoints.state(execution.headCheckpointId));
    const nodes = options.all === true ? ('all-ready' as const) : options.nodes;
    const how = given({ statePatch, reason: options.reason, nodes, actor });
    return drive(() => waymark.executions.step(executionId, how));
  });
}
