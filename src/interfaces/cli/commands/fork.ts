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

interface ForkCommandOptions extends SharedOptions, StateEditOptions {
  readonly reason: string;
  readonly label?: string;
  readonly actor?: string;
  readonly breakpoint?: readonly string[];
  readonly workflow?: string;
}

/** `waymark fork CHECKPOINT` */
export function forkCommand(action: Action): Command {
  const [patch, set] = stateOptions();
  return new Command('fork')
    .description('Start a new execution that continues at a checkpoint. The original is untouched.')
    .argument('<checkpoint>', 'the id of the checkpoint')
    .addOption(new Option('--reason <text>', 'why').makeOptionMandatory())
    .addOption(patch)
    .addOption(set)
    .addOption(new Option('--label <text>', 'a name for people'))
    .addOption(actorOption())
    .addOption(breakpointOption('stop before this node'))
    .addOption(workflowOption())
    .addHelpText(
      'after',
      helpText([
        'waymark fork ID --reason "try a higher limit" --set limit=0.3',
        'waymark fork ID --reason "what if" --patch @edit.json',
      ]),
    )
    .action(action<ForkCommandOptions, [string]>(fork));
}

async function fork(session: Session, options: ForkCommandOptions, checkpointId: string): Promise<number> {
  await checkId(checkpointId, 'checkpoint id');
  const edit = await readStateEdit(options, session.io);
  const { driveExecution } = await import('../drive-execution.js');
  const actor = actorOf(options.actor);
  return withWaymark(session, 'change', async (waymark) => {
    const source = await waymark.checkpoints.get(checkpointId);
    await registerWorkflow(waymark, await waymark.executions.get(source.executionId), options.workflow);
    const statePatch = await edit.patchFor(() => waymark.checkpoints.load(source));
    const { reason, label, breakpoint: breakpoints } = options;
    const how = given({ statePatch, reason, label, breakpoints, actor });
    return reportResult(
      session,
      await driveExecution(session, waymark, actor, () => waymark.executions.fork(checkpointId, how)),
    );
  });
}
