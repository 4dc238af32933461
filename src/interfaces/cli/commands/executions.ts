import { Command, Option } from 'commander';
import type { ExecutionSnapshot } from '../../../domain/execution/execution-snapshot.js';
import { EXECUTION_STATUSES, type ExecutionStatus } from '../../../domain/execution/execution-status.js';
import { MAX_EXECUTION_PAGE } from '../../../domain/shared/page-limits.js';
import { statusColor } from '../../text/palette.js';
import { formatDuration } from '../../text/quantities.js';
import { withWaymark } from '../open-waymark.js';
import { checkId, given, helpText, wholeNumber } from '../options.js';
import { type Column, renderTable } from '../output/table.js';
import type { Action, Session, SharedOptions } from '../session.js';

interface ExecutionsOptions extends SharedOptions {
  readonly status?: ExecutionStatus;
  readonly workflow?: string;
  readonly limit: number;
}

/** `waymark executions` */
export function executionsCommand(action: Action): Command {
  return new Command('executions')
    .description('List executions, newest first.')
    .addOption(new Option('--status <status>', 'only those in this status').choices(EXECUTION_STATUSES))
    .addOption(new Option('--workflow <id>', 'only those of this workflow'))
    .addOption(new Option('--limit <n>', 'how many at most').argParser(wholeNumber(1, MAX_EXECUTION_PAGE)).default(20))
    .addHelpText(
      'after',
      helpText(['waymark executions --status failed', 'waymark executions --workflow etl --limit 5 --json']),
    )
    .action(action<ExecutionsOptions, []>(list));
}

async function list(session: Session, options: ExecutionsOptions): Promise<void> {
  await checkId(options.workflow, 'workflow id');
  const { status, workflow: workflowId, limit } = options;
  await withWaymark(session, 'read', async (waymark) => {
    const found = await waymark.executions.list(given({ status, workflowId, limit }));
    if (session.json) {
      session.printJson(found);
      return;
    }
    if (found.length === 0) {
      const filtered = status !== undefined || workflowId !== undefined;
      session.note(
        filtered
          ? `No execution matches. All of them: ${session.command('executions')}`
          : 'No executions yet. Start one: waymark run FILE',
      );
      return;
    }
    const isOrphan = (execution: ExecutionSnapshot): boolean => waymark.executions.isOrphan(execution);
    session.print(renderTable(columns(session, isOrphan), found, { width: session.width, title: session.palette.dim }));
    const more = Math.min(limit * 5, MAX_EXECUTION_PAGE);
    if (found.length === limit) session.note(`The newest ${limit}. More: --limit ${more}`);
  });
}

function columns(
  session: Session,
  isOrphan: (execution: ExecutionSnapshot) => boolean,
): readonly Column<ExecutionSnapshot>[] {
  return [
    { title: 'ID', value: ({ id }) => id },
    {
      title: 'STATUS',
      value: (execution) => (isOrphan(execution) ? 'left behind' : execution.status),
      color: (execution) =>
        isOrphan(execution) ? session.palette.red : statusColor(session.palette, execution.status),
    },
    {
      title: 'WORKFLOW',
      value: ({ workflowId, workflowVersion }) => `${workflowId} ${workflowVersion}`.trim(),
      flexible: true,
    },
    { title: 'STARTED', value: ({ startedAt }) => startedAt.slice(0, 19).replace('T', ' ') },
    {
      title: 'TOOK',
      optional: true,
      value: ({ startedAt, endedAt }) =>
        endedAt === null ? '' : formatDuration(Math.max(0, Date.parse(endedAt) - Date.parse(startedAt))),
    },
    { title: 'NOTE', value: noteOf, flexible: true, optional: true },
  ];
}

function noteOf({ label, error, pauseReason, waiting }: ExecutionSnapshot): string {
  const parts = [];
  if (label !== null) parts.push(`"${label}"`);
  if (error !== null) parts.push(error.message);
  if (pauseReason !== null) parts.push(`${pauseReason}, before ${waiting.join(', ') || 'nothing'}`);
  return parts.join(' ');
}
