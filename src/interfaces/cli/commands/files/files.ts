import { Command } from 'commander';
import { helpText } from '../../options.js';
import type { Action } from '../../session.js';
import { filesGcCommand } from './files-gc.js';
import { filesLogCommand } from './files-log.js';
import { filesRestoreCommand } from './files-restore.js';
import { filesShowCommand } from './files-show.js';
import { filesVerifyCommand } from './files-verify.js';

/** `waymark files log|show|restore|verify|gc` */
export function filesCommand(action: Action): Command {
  return new Command('files')
    .description('Look at the commits of files that checkpoints go back to, put them back, verify them, collect them.')
    .addCommand(filesLogCommand(action))
    .addCommand(filesShowCommand(action))
    .addCommand(filesRestoreCommand(action))
    .addCommand(filesVerifyCommand(action))
    .addCommand(filesGcCommand(action))
    .helpCommand(false)
    .addHelpText(
      'after',
      helpText(
        [
          'waymark files log --execution ID',
          'waymark files show COMMIT src/index.html',
          'waymark files restore COMMIT --to ./site --dry-run',
          'waymark files verify --all',
          'waymark files gc --dry-run',
        ],
        ['Files are kept beside the store (PATH.files), or where --home says.'],
      ),
    );
}
