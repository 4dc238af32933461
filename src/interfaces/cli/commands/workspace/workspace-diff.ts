import { Command, Option } from 'commander';
import type { FileChange } from '../../../../domain/file/file-commit.js';
import { printable } from '../../../text/printable.js';
import { formatBytes, plural } from '../../../text/quantities.js';
import { withWaymark } from '../../open-waymark.js';
import { checkId, given, helpText } from '../../options.js';
import type { Action, Session, SharedOptions } from '../../session.js';
import { workspaceNamed } from './workspace-show.js';

interface WorkspaceDiffOptions extends SharedOptions {
  readonly against?: string;
}

/** `waymark workspace diff ID` */
export function workspaceDiffCommand(action: Action): Command {
  return new Command('diff')
    .description('List what is other in a workspace than when its files were kept.')
    .argument('<id>', 'the id of the workspace, or of its execution')
    .addOption(new Option('--against <id>', 'a commit of files, or a checkpoint; the last commit when left out'))
    .addHelpText(
      'after',
      helpText(
        ['waymark workspace diff ID', 'waymark workspace diff ID --against CHECKPOINT --json'],
        ['+ added   ~ changed   - removed. What is ignored is not looked at.'],
      ),
    )
    .action(action<WorkspaceDiffOptions, [string]>(diff));
}

async function diff(session: Session, { against }: WorkspaceDiffOptions, id: string): Promise<void> {
  await checkId(id, 'workspace id');
  await checkId(against, 'commit id');
  await withWaymark(session, 'read', async ({ workspaces }) => {
    const workspace = await workspaceNamed(workspaces, id);
    const changes = await workspaces.diff(workspace.id, given({ against }));
    if (session.json) {
      session.printJson({ workspaceId: workspace.id, changes });
      return;
    }
    if (changes.length === 0) {
      session.note('Nothing differs.');
      return;
    }
    for (const change of changes) session.print(line(session, change));
    session.print(summary(changes));
  });
}

function line({ palette }: Session, { change, path, before, after }: FileChange): string {
  const shown = printable(path);
  switch (change) {
    case 'added':
      return palette.green(`+ ${shown}`);
    case 'removed':
      return palette.red(`- ${shown}`);
    case 'modified': {
      const isGrown = before !== undefined && after !== undefined && before.size !== after.size;
      const size = isGrown ? palette.dim(`  ${formatBytes(before.size)} → ${formatBytes(after.size)}`) : '';
      return `${palette.yellow(`~ ${shown}`)}${size}`;
    }
  }
}

function summary(changes: readonly FileChange[]): string {
  const count = (kind: FileChange['change']): number => changes.filter(({ change }) => change === kind).length;
  const parts = [`${count('added')} added`, `${count('modified')} changed`, `${count('removed')} removed`];
  return `${plural(changes.length, 'path')}: ${parts.join(', ')}`;
}
