import { Command } from 'commander';
import { helpText } from '../../options.js';
import type { Action } from '../../session.js';
import { workspaceCleanCommand } from './workspace-clean.js';
import { workspaceDiffCommand } from './workspace-diff.js';
import { workspaceListCommand } from './workspace-list.js';
import { workspaceShowCommand } from './workspace-show.js';

/** `waymark workspace list|show|diff|clean` */
export function workspaceCommand(action: Action): Command {
  return new Command('workspace')
    .description('Look at the folders that executions work in, and remove those that nobody needs.')
    .helpCommand(false)
    .addHelpText(
      'after',
      helpText([
        'waymark workspace list --status preserved',
        'waymark workspace show EXECUTION',
        'waymark workspace diff ID',
        'waymark workspace clean --older-than 7d --dry-run',
      ]),
    )
    .addCommand(workspaceListCommand(action))
    .addCommand(workspaceShowCommand(action))
    .addCommand(workspaceDiffCommand(action))
    .addCommand(workspaceCleanCommand(action));
}
