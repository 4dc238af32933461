import { Command, Option } from 'commander';
import { printable } from '../../text/printable.js';
import { usageError } from '../errors.js';
import { withWaymark } from '../open-waymark.js';
import { actorOf, actorOption, checkId, given, helpText } from '../options.js';
import type { Action, Session, SharedOptions } from '../session.js';

interface LabelOptions extends SharedOptions {
  readonly remove?: boolean;
  readonly actor?: string;
}

/** `waymark checkpoints label CHECKPOINT TEXT` */
export function labelCommand(action: Action): Command {
  return new Command('label')
    .description('Give a checkpoint a name, by which it is found, and for which it is never pruned.')
    .argument('<checkpoint>', 'the id of the checkpoint')
    .argument('[text]', 'the name; no other checkpoint of its execution may have it')
    .addOption(new Option('--remove', 'take its name away'))
    .addOption(actorOption())
    .addHelpText(
      'after',
      helpText(['waymark checkpoints label ID "before the migration"', 'waymark checkpoints label ID --remove']),
    )
    .action(action<LabelOptions, [string, string | undefined]>(label));
}

async function label(
  session: Session,
  options: LabelOptions,
  checkpointId: string,
  text: string | undefined,
): Promise<void> {
  await checkId(checkpointId, 'checkpoint id');
  const { remove = false } = options;
  if (remove === (text !== undefined)) {
    throw usageError('Give either a name for the checkpoint or --remove.', 'See waymark checkpoints label --help.');
  }
  await withWaymark(session, 'change', async (waymark) => {
    const checkpoint = await waymark.checkpoints.label(
      checkpointId,
      text ?? null,
      given({ actor: actorOf(options.actor) }),
    );
    if (session.json) session.printJson(checkpoint);
    else if (checkpoint.label === null) session.print(`checkpoint ${printable(checkpointId)} has no label`);
    else session.print(`checkpoint ${printable(checkpointId)} is labelled "${printable(checkpoint.label)}"`);
  });
}
