import { Command, Option } from 'commander';
import { printable } from '../../text/printable.js';
import { EXIT, usageError } from '../errors.js';
import { withWaymark } from '../open-waymark.js';
import { checkId, helpText } from '../options.js';
import type { Action, Session, SharedOptions } from '../session.js';
import { type WhyOptions, whyOf, whyOptions } from '../verb-arguments.js';

interface LabelCommandOptions extends SharedOptions, WhyOptions {
  readonly remove?: true;
}

/** `waymark label EXECUTION TEXT` */
export function labelExecutionCommand(action: Action): Command {
  const command = new Command('label')
    .description('Give an execution a name for people, whoever runs it.')
    .argument('<execution>', 'the id of the execution')
    .argument('[text]', 'the name')
    .addOption(new Option('--remove', 'take its name away'));
  for (const option of whyOptions()) command.addOption(option);
  return command
    .addHelpText('after', helpText(['waymark label ID "the one that worked"', 'waymark label ID --remove']))
    .action(action<LabelCommandOptions, [string, string | undefined]>(label));
}

async function label(
  session: Session,
  options: LabelCommandOptions,
  executionId: string,
  text: string | undefined,
): Promise<number> {
  await checkId(executionId, 'execution id');
  if ((options.remove === true) === (text !== undefined)) {
    throw usageError('Give either a name for the execution or --remove.', 'See waymark label --help.');
  }
  return withWaymark(session, 'change', async (waymark) => {
    const done = await waymark.executions.label(executionId, text ?? null, whyOf(options));
    if (session.json) session.printJson(done);
    else if (done.label === null) session.print(`execution ${printable(executionId)} has no label`);
    else session.print(`execution ${printable(executionId)} is labelled "${printable(done.label)}"`);
    return EXIT.done;
  });
}
