import { Command } from 'commander';
import { helpText } from '../../options.js';
import type { Action } from '../../session.js';
import { envCreateCommand } from './env-create.js';
import { envListCommand } from './env-list.js';
import { envPruneCommand } from './env-prune.js';

/** `waymark env list|create|prune` */
export function envCommand(action: Action): Command {
  return new Command('env')
    .description('Look at environments, make one ahead of time, and remove those that nobody needs.')
    .helpCommand(false)
    .addHelpText(
      'after',
      helpText([
        'waymark env list',
        'waymark env create --runtime node --package typescript@~5.9.0',
        'waymark env prune --max-age 30d --dry-run',
      ]),
    )
    .addCommand(envListCommand(action))
    .addCommand(envCreateCommand(action))
    .addCommand(envPruneCommand(action));
}
