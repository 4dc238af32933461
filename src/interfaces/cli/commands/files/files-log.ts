import { Command, Option } from 'commander';
import type { FileCommit } from '../../../../domain/file/file-commit.js';
import { formatBytes, formatCount } from '../../../text/quantities.js';
import { withWaymark } from '../../open-waymark.js';
import { checkId, given, helpText, wholeNumber } from '../../options.js';
import { renderNextSteps } from '../../output/next-steps.js';
import { type Column, renderTable } from '../../output/table.js';
import type { Action, Session, SharedOptions } from '../../session.js';

interface FilesLogOptions extends SharedOptions {
  readonly execution?: string;
  readonly workspace?: string;
  readonly limit: number;
}

const MAX_LIMIT = 10_000;

/** `waymark files log` */
export function filesLogCommand(action: Action): Command {
  return new Command('log')
    .description('List commits of files, newest first.')
    .addOption(new Option('--execution <id>', 'only those of this execution'))
    .addOption(new Option('--workspace <id>', 'only those of this workspace'))
    .addOption(new Option('--limit <n>', 'how many at most').argParser(wholeNumber(1, MAX_LIMIT)).default(20))
    .addHelpText('after', helpText(['waymark files log --execution ID', 'waymark files log --limit 5 --json']))
    .action(action<FilesLogOptions, []>(log));
}

async function log(session: Session, options: FilesLogOptions): Promise<void> {
  const { execution: executionId, workspace: workspaceId, limit } = options;
  await checkId(executionId, 'execution id');
  await checkId(workspaceId, 'workspace id');
  await withWaymark(session, 'read', async ({ files }) => {
    const found = await files.log(given({ executionId, workspaceId, limit }));
    if (session.json) {
      session.printJson(found);
      return;
    }
    if (found.length === 0) {
      const filtered = executionId !== undefined || workspaceId !== undefined;
      session.note(
        filtered
          ? `No commit matches. All of them: ${session.command('files', ['log'])}`
          : 'No files were kept yet. Executions that have a workspace keep them with their checkpoints.',
      );
      return;
    }
    session.print(renderTable(columns(session), found, { width: session.width, title: session.palette.dim }));
    if (found.length === limit && limit < MAX_LIMIT) {
      session.note(`The newest ${limit}. More: --limit ${Math.min(limit * 5, MAX_LIMIT)}`);
    }
    const newest = found[0]?.id ?? 'COMMIT';
    session.print(
      renderNextSteps(session, [
        { purpose: 'what it has', name: 'files', operands: ['show', newest] },
        {
          purpose: 'put it back',
          name: 'files',
          operands: ['restore', newest],
          options: ['--to', 'FOLDER', '--dry-run'],
        },
      ]),
    );
  });
}

function columns({ palette }: Session): readonly Column<FileCommit>[] {
  return [
    { title: 'COMMIT', value: ({ id }) => id },
    {
      title: 'STATUS',
      value: ({ status }) => status,
      color: ({ status }) => (status === 'pending' ? palette.yellow : palette.green),
    },
    { title: 'FILES', value: ({ fileCount }) => formatCount(fileCount) },
    { title: 'SIZE', value: ({ totalBytes }) => formatBytes(totalBytes) },
    { title: 'MADE', value: ({ createdAt }) => createdAt.slice(0, 19).replace('T', ' '), optional: true },
    { title: 'EXECUTION', value: ({ executionId }) => executionId ?? '', optional: true },
    { title: 'MESSAGE', value: ({ message }) => message ?? '', flexible: true, optional: true },
  ];
}
