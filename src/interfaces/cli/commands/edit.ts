import { Command } from 'commander';
import { printable } from '../../text/printable.js';
import { EXIT, usageError } from '../errors.js';
import { withWaymark } from '../open-waymark.js';
import { checkId, helpText, stateOptions } from '../options.js';
import { renderNextSteps } from '../output/next-steps.js';
import type { Action, Session, SharedOptions } from '../session.js';
import { readStateEdit, type StateEditOptions } from '../state-edit.js';
import { type WhyOptions, whyOf, whyOptions } from '../verb-arguments.js';

type EditCommandOptions = SharedOptions & WhyOptions & StateEditOptions;

/** `waymark edit EXECUTION` */
export function editCommand(action: Action): Command {
  const command = new Command('edit')
    .description('Edit the state of a paused execution: a checkpoint with the result, and who changed what, and why.')
    .argument('<execution>', 'the id of the execution');
  for (const option of [...stateOptions(), ...whyOptions()]) command.addOption(option);
  return command
    .addHelpText('after', helpText(['waymark edit ID --set limit=0.3 --reason "too strict"', 'waymark resume ID']))
    .action(action<EditCommandOptions, [string]>(edit));
}

async function edit(session: Session, options: EditCommandOptions, executionId: string): Promise<number> {
  await checkId(executionId, 'execution id');
  const change = await readStateEdit(options, session.io);
  return withWaymark(session, 'change', async (waymark) => {
    const { headCheckpointId } = await waymark.executions.get(executionId);
    const patch = await change.patchFor(() => waymark.checkpoints.state(headCheckpointId));
    if (patch === undefined) {
      throw usageError('Say what to change: --set PATH=VALUE, or --patch JSON.', 'See waymark edit --help.');
    }
    const done = await waymark.executions.modifyState(executionId, patch, whyOf(options));
    if (session.json) session.printJson(done);
    else {
      session.print(
        [
          `edited: execution ${printable(executionId)} stands at checkpoint ${printable(done.checkpointId)}`,
          renderNextSteps(session, [
            { purpose: 'its state', name: 'show', operands: [done.checkpointId], options: ['--state'] },
            { purpose: 'let it go on', name: 'resume', operands: [executionId] },
          ]),
        ].join('\n'),
      );
    }
    return EXIT.done;
  });
}
