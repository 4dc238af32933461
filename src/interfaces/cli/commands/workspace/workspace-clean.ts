import { Command, Option } from 'commander';
import type { CleanedBackups } from '../../../../application/workspace/clean-backups.js';
import type { CleanedOrphans } from '../../../../application/workspace/clean-orphans.js';
import type { CleanedWorkspaces } from '../../../../application/workspace/clean-workspaces.js';
import type { ExecutionStatus } from '../../../../domain/execution/execution-status.js';
import { printable } from '../../../text/printable.js';
import { formatBytes, plural } from '../../../text/quantities.js';
import { ageMs } from '../../age.js';
import { EXIT, usageError } from '../../errors.js';
import { interruptible } from '../../interruptible.js';
import { withWaymark } from '../../open-waymark.js';
import { actorOf, actorOption, given, helpText } from '../../options.js';
import type { Action, Session, SharedOptions } from '../../session.js';

interface WorkspaceCleanOptions extends SharedOptions {
  readonly olderThan?: string;
  readonly status?: ExecutionStatus;
  readonly orphans?: boolean;
  readonly backups?: boolean;
  readonly dryRun?: boolean;
  readonly actor?: string;
}

/** What was removed, or would be. */
type Cleaned = CleanedWorkspaces | CleanedOrphans | CleanedBackups;

const ENDS: readonly ExecutionStatus[] = ['completed', 'failed', 'cancelled'];
const HELP = 'See waymark workspace clean --help.';

/** `waymark workspace clean` */
export function workspaceCleanCommand(action: Action): Command {
  return new Command('clean')
    .description('Remove the folders of executions that have ended, what processes left that are gone, or old backups.')
    .addOption(
      new Option(
        '--older-than <age>',
        'only of executions that ended this long ago, or such backups: 30m, 12h, 7d, 2w',
      ),
    )
    .addOption(new Option('--status <status>', 'only of executions that ended so').choices(ENDS))
    .addOption(new Option('--orphans', 'instead: what processes of this host that are gone have left behind'))
    .addOption(new Option('--backups', 'instead: the copies of what rollbacks took away, after 30 days'))
    .addOption(new Option('--dry-run', 'only tell what would be removed, and what that would free'))
    .addOption(actorOption())
    .addHelpText(
      'after',
      helpText(
        [
          'waymark workspace clean --dry-run',
          'waymark workspace clean --older-than 7d',
          'waymark workspace clean --status completed',
          'waymark workspace clean --orphans',
          'waymark workspace clean --backups --older-than 7d',
        ],
        [
          'What was committed stays: an execution that is rolled back gets its files again.',
          'Only folders that were made on this host are looked at, and none that somebody works in.',
          '--orphans leaves those of executions that can be taken up, and keeps what was to be kept.',
        ],
      ),
    )
    .action(action<WorkspaceCleanOptions, []>(clean));
}

async function clean(session: Session, options: WorkspaceCleanOptions): Promise<number> {
  const { orphans = false, backups = false, dryRun = false, status } = options;
  if (backups && (orphans || status !== undefined)) {
    throw usageError('--backups goes by age alone: without --orphans and --status.', HELP);
  }
  if (orphans && (options.olderThan !== undefined || status !== undefined)) {
    throw usageError('--orphans goes by whose process is gone: without --older-than and --status.', HELP);
  }
  const olderThanMs = options.olderThan === undefined ? undefined : ageMs(options.olderThan);
  if (options.olderThan !== undefined && olderThanMs === undefined) {
    throw usageError(`--older-than is no age (12h, 7d): ${printable(options.olderThan)}.`, HELP);
  }
  const statuses = status === undefined ? undefined : [status];
  const cleaned = await withWaymark(session, dryRun ? 'read' : 'change', ({ workspaces }) =>
    interruptible(session, 'the same command', (signal): Promise<Cleaned> => {
      if (backups) return workspaces.cleanBackups({ signal, dryRun, ...given({ olderThanMs }) });
      const verb = { signal, dryRun, ...given({ actor: actorOf(options.actor) }) };
      return orphans
        ? workspaces.cleanOrphans(verb)
        : workspaces.clean({ ...verb, ...given({ olderThanMs, statuses }) });
    }),
  );
  if (session.json) session.printJson({ dryRun, ...cleaned });
  else for (const line of describe(cleaned, dryRun)) session.print(line);
  for (const error of session.json ? [] : cleaned.errors) {
    session.io.stderr.write(`${session.palette.red('not removed')} ${printable(error)}\n`);
  }
  return cleaned.errors.length === 0 ? EXIT.done : EXIT.failed;
}

function describe(cleaned: Cleaned, dryRun: boolean): readonly string[] {
  const lines = linesOf(cleaned);
  const removed = 'orphans' in cleaned ? cleaned.cleaned : lines.length;
  if (lines.length === 0) return ['nothing to remove'];
  const would = dryRun ? 'would remove' : 'removed';
  return [...lines, `${would} ${plural(removed, 'folder')}, ${formatBytes(cleaned.freedBytes)}`];
}

function linesOf(cleaned: Cleaned): readonly string[] {
  if ('orphans' in cleaned) return orphanLines(cleaned);
  return 'backups' in cleaned ? backupLines(cleaned) : workspaceLines(cleaned);
}

function backupLines({ backups }: CleanedBackups): readonly string[] {
  return backups.map(({ path, freedBytes }) => printable(`${path}  ${formatBytes(freedBytes)}`));
}

function workspaceLines({ workspaces }: CleanedWorkspaces): readonly string[] {
  return workspaces.map(({ workspaceId, executionId, freedBytes }) =>
    printable(`${workspaceId}  of execution ${executionId ?? ''}  ${formatBytes(freedBytes)}`),
  );
}

function orphanLines({ orphans }: CleanedOrphans): readonly string[] {
  return orphans.map(({ workspaceId, ownerPid, ownerHost, action, freedBytes }) => {
    const what = action === 'cleaned' ? formatBytes(freedBytes) : 'preserved';
    return printable(`${workspaceId}  left by process ${ownerPid} on ${ownerHost}  ${what}`);
  });
}
