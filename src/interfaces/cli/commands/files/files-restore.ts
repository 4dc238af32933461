import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Command, Option } from 'commander';
import type { Checkout } from '../../../../application/file/file-storage.port.js';
import { printable } from '../../../text/printable.js';
import { formatBytes, plural } from '../../../text/quantities.js';
import { EXIT } from '../../errors.js';
import { fileProgress } from '../../file-progress.js';
import { interruptible } from '../../interruptible.js';
import { withWaymark } from '../../open-waymark.js';
import { actorOf, actorOption, checkId, collect, given, helpText } from '../../options.js';
import type { Action, Session, SharedOptions } from '../../session.js';

interface FilesRestoreOptions extends SharedOptions {
  readonly to: string;
  readonly path?: readonly string[];
  readonly removeOthers?: boolean;
  readonly backup?: string;
  readonly dryRun?: boolean;
  readonly actor?: string;
}

/** How many paths are printed: the rest is counted. */
const SHOWN = 50;

/** `waymark files restore COMMIT --to FOLDER` */
export function filesRestoreCommand(action: Action): Command {
  return new Command('restore')
    .description('Put the files of a commit into a folder.')
    .argument('<commit>', 'the id of the commit')
    .addOption(new Option('--to <folder>', 'the folder; it is made where it is not there').makeOptionMandatory())
    .addOption(new Option('--path <path>', 'only this path, and what is below it; repeatable').argParser(collect))
    .addOption(new Option('--remove-others', 'take away what the commit does not have; what is ignored stays'))
    .addOption(new Option('--backup <folder>', 'copy what is overwritten or taken away to this folder first'))
    .addOption(new Option('--dry-run', 'only tell what would be done'))
    .addOption(actorOption())
    .addHelpText(
      'after',
      helpText(
        [
          'waymark files restore COMMIT --to ./site --dry-run',
          'waymark files restore COMMIT --to ./site --remove-others --backup ./site-before',
          'waymark files restore COMMIT --to . --path src --path package.json',
        ],
        ['What was interrupted is finished by the same command.'],
      ),
    )
    .action(action<FilesRestoreOptions, [string]>(restore));
}

async function restore(session: Session, options: FilesRestoreOptions, commitId: string): Promise<number> {
  await checkId(commitId, 'commit id');
  const { to, path: paths, removeOthers, dryRun = false } = options;
  const backup = options.backup === undefined ? undefined : resolve(options.backup);
  const progress = fileProgress(session, 'looked at');
  const checkout = await withWaymark(session, dryRun ? 'read' : 'change', ({ files }) =>
    interruptible(session, 'the same command', async (signal) => {
      const { onProgress } = progress;
      const how = { paths, removeOthers, backup, dryRun, actor: actorOf(options.actor) };
      try {
        return await inFolder(resolve(to), dryRun, (folder) =>
          files.restore(commitId, folder, { ...given(how), signal, onProgress }),
        );
      } finally {
        progress.end();
      }
    }),
  );
  if (session.json) session.printJson({ commitId, to: resolve(to), dryRun, ...checkout });
  else describe(session, checkout, dryRun);
  // What could not be taken away is still there: it is not as it was asked for.
  return checkout.errors.length === 0 ? EXIT.done : EXIT.failed;
}

/** A folder that is not there is made; in a dry run an empty one stands for it. */
async function inFolder<Result>(
  folder: string,
  dryRun: boolean,
  work: (folder: string) => Promise<Result>,
): Promise<Result> {
  if (existsSync(folder)) return work(folder);
  if (!dryRun) {
    mkdirSync(folder, { recursive: true });
    return work(folder);
  }
  const empty = mkdtempSync(join(tmpdir(), 'waymark-'));
  try {
    return await work(empty);
  } finally {
    rmSync(empty, { recursive: true });
  }
}

function describe(session: Session, checkout: Checkout, dryRun: boolean): void {
  const { restored, removed, backedUp, errors, totalBytes } = checkout;
  if (restored.length + removed.length + errors.length === 0) {
    session.note('Nothing to do: the folder has these files already.');
    return;
  }
  const { palette } = session;
  const lines = [
    ...restored.toSorted().map((path) => `${palette.green('+')} ${printable(path)}`),
    ...removed.toSorted().map((path) => `${palette.red('-')} ${printable(path)}`),
  ];
  for (const line of lines.slice(0, SHOWN)) session.print(line);
  if (lines.length > SHOWN) session.note(`${plural(lines.length - SHOWN, 'path')} not shown. All of them: --json`);
  const would = dryRun ? 'would be ' : '';
  const parts = [`${plural(restored.length, 'path')} ${would}written (${formatBytes(totalBytes)})`];
  if (removed.length > 0) parts.push(`${removed.length} ${would}taken away`);
  if (backedUp.length > 0) parts.push(`${backedUp.length} ${would}copied aside`);
  session.print(parts.join(', '));
  for (const error of errors) session.io.stderr.write(`${palette.red('not taken away')} ${printable(error)}\n`);
}
