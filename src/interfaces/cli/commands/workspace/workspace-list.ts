import { Command, Option } from 'commander';
import type { Workspace } from '../../../../domain/workspace/workspace.js';
import { withWaymark } from '../../open-waymark.js';
import { checkId, given, helpText, wholeNumber } from '../../options.js';
import { renderNextSteps } from '../../output/next-steps.js';
import { type Column, renderTable } from '../../output/table.js';
import type { Action, Session, SharedOptions } from '../../session.js';

interface WorkspaceListOptions extends SharedOptions {
  readonly status?: Workspace['status'];
  readonly execution?: string;
  readonly limit: number;
}

const STATUSES = ['open', 'preserved', 'removed'] as const satisfies readonly Workspace['status'][];
const MAX_LIMIT = 1_000;

/** `waymark workspace list` */
export function workspaceListCommand(action: Action): Command {
  return new Command('list')
    .description('List workspaces, newest first.')
    .addOption(new Option('--status <status>', 'only those in this status').choices(STATUSES))
    .addOption(new Option('--execution <id>', 'only those of this execution'))
    .addOption(new Option('--limit <n>', 'how many at most').argParser(wholeNumber(1, MAX_LIMIT)).default(20))
    .addHelpText(
      'after',
      helpText(
        ['waymark workspace list', 'waymark workspace list --status preserved --json'],
        [
          'open: it can be worked in   preserved: its execution has ended, and it was left   removed: its folder is gone',
        ],
      ),
    )
    .action(action<WorkspaceListOptions, []>(list));
}

async function list(session: Session, { status, execution, limit }: WorkspaceListOptions): Promise<void> {
  await checkId(execution, 'execution id');
  await withWaymark(session, 'read', async ({ workspaces }) => {
    const found = await workspaces.list(given({ status, executionId: execution, limit }));
    if (session.json) {
      session.printJson(found);
      return;
    }
    if (found.length === 0) {
      const filtered = status !== undefined || execution !== undefined;
      session.note(
        filtered
          ? `No workspace matches. All of them: ${session.command('workspace', ['list'])}`
          : 'No workspaces yet. Executions of workflows that declare one have one.',
      );
      return;
    }
    session.print(renderTable(columns(session), found, { width: session.width, title: session.palette.dim }));
    if (found.length === limit && limit < MAX_LIMIT) {
      session.note(`The newest ${limit}. More: --limit ${Math.min(limit * 5, MAX_LIMIT)}`);
    }
    const newest = found[0]?.id ?? 'ID';
    session.print(
      renderNextSteps(session, [
        { purpose: 'look at one', name: 'workspace', operands: ['show', newest] },
        { purpose: 'what was changed in it', name: 'workspace', operands: ['diff', newest] },
      ]),
    );
  });
}

function columns({ palette }: Session): readonly Column<Workspace>[] {
  return [
    { title: 'ID', value: ({ id }) => id },
    {
      title: 'STATUS',
      value: ({ status, pendingRestore }) => (pendingRestore === null ? status : `${status}, restoring`),
      color: ({ status }) => statusColor(palette, status),
    },
    { title: 'STRATEGY', value: ({ strategy }) => strategy, optional: true },
    { title: 'EXECUTION', value: ({ executionId }) => executionId ?? '' },
    { title: 'MADE', value: ({ createdAt }) => createdAt.slice(0, 19).replace('T', ' '), optional: true },
    { title: 'FOLDER', value: ({ path }) => path, flexible: true, optional: true },
  ];
}

/** The colour of a workspace's status. */
export function statusColor(palette: Session['palette'], status: Workspace['status']): (text: string) => string {
  switch (status) {
    case 'open':
      return palette.green;
    case 'preserved':
      return palette.yellow;
    case 'removed':
      return palette.dim;
  }
}
