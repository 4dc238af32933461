import { Command, Option } from 'commander';
import type { CollectedFiles } from '../../../../application/file/collect-files.js';
import { printable } from '../../../text/printable.js';
import { formatBytes, plural } from '../../../text/quantities.js';
import { ageMs } from '../../age.js';
import { EXIT, usageError } from '../../errors.js';
import { fileProgress } from '../../file-progress.js';
import { interruptible } from '../../interruptible.js';
import { withWaymark } from '../../open-waymark.js';
import { actorOf, actorOption, given, helpText } from '../../options.js';
import type { Action, Session, SharedOptions } from '../../session.js';

interface FilesGcOptions extends SharedOptions {
  readonly unlinked?: boolean;
  readonly minAge?: string;
  readonly dryRun?: boolean;
  readonly actor?: string;
}

/** `waymark files gc` */
export function filesGcCommand(action: Action): Command {
  return new Command('gc')
    .description('Take away the contents that no commit has, and commits that nobody finishes.')
    .addOption(new Option('--unlinked', 'take away the commits too that no checkpoint and no workspace refers to'))
    .addOption(new Option('--min-age <age>', 'leave what is younger (1h, 2d, 0s); an hour when left out'))
    .addOption(new Option('--dry-run', 'only tell what would be taken away'))
    .addOption(actorOption())
    .addHelpText(
      'after',
      helpText(
        ['waymark files gc --dry-run', 'waymark files gc --unlinked', 'waymark files gc --min-age 0s'],
        ['Below twenty minutes only while nothing is being committed: what is no commit yet is told by its age.'],
      ),
    )
    .action(action<FilesGcOptions, []>(gc));
}

async function gc(session: Session, options: FilesGcOptions): Promise<number> {
  const { dryRun = false, minAge, unlinked } = options;
  const minAgeMs = minAge === undefined ? undefined : ageMs(minAge);
  if (minAge !== undefined && minAgeMs === undefined) {
    throw usageError(`--min-age is no age (1h, 2d): ${printable(minAge)}.`, 'See waymark files gc --help.');
  }
  const progress = fileProgress(session, 'looked at');
  const collected = await withWaymark(session, dryRun ? 'read' : 'change', ({ files }) =>
    interruptible(session, 'the same command', async (signal) => {
      const how = given({ dryRun, unlinked, minAgeMs, actor: actorOf(options.actor) });
      try {
        return await files.gc({ ...how, signal, onProgress: progress.onProgress });
      } finally {
        progress.end();
      }
    }),
  );
  if (session.json) session.printJson({ dryRun, ...collected });
  else session.print(describe(collected, dryRun));
  return EXIT.done;
}

function describe({ abandoned, unlinked, contents, bytes, kept }: CollectedFiles, dryRun: boolean): string {
  const stays = `${plural(kept, 'content')} ${kept === 1 ? 'stays' : 'stay'}`;
  const parts: string[] = [];
  if (abandoned.length > 0) parts.push(plural(abandoned.length, 'unfinished commit'));
  if (unlinked.length > 0) parts.push(plural(unlinked.length, 'commit'));
  if (contents > 0) parts.push(`${plural(contents, 'content')}, ${formatBytes(bytes)}`);
  if (parts.length === 0) return `nothing to take away: ${stays}`;
  return `${dryRun ? 'would take away' : 'took away'} ${parts.join(' and ')}; ${stays}`;
}
