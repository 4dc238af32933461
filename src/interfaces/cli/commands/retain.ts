import { Command, Option } from 'commander';
import type { ExportVerification } from '../../../application/audit/export/verify-export.js';
import type { Retained } from '../../../application/audit/retention/retention.js';
import type { Waymark } from '../../../composition/waymark.js';
import type { Seam } from '../../../domain/audit/retention/seam.js';
import { printable } from '../../text/printable.js';
import { formatBytes, plural } from '../../text/quantities.js';
import { countProgress } from '../count-progress.js';
import { EXIT, usageError } from '../errors.js';
import { withWaymark } from '../open-waymark.js';
import { actorOf, actorOption, given, helpText } from '../options.js';
import type { Action, Session, SharedOptions } from '../session.js';
import { trustedKeys, trustedOption } from '../trusted-keys.js';
import { tellVerified } from '../verify-export-file.js';

interface RetainCommandOptions extends SharedOptions {
  readonly before?: string;
  readonly archiveTo?: string;
  readonly key?: string;
  readonly unsigned?: boolean;
  readonly actor?: string;
  readonly dryRun?: boolean;
  readonly list?: boolean;
  readonly verifyArchive?: string;
  readonly trusted?: readonly string[];
}

const POSITION = /^\d{1,15}$/;
/** What may be a year, to somebody who forgot the day. */
const YEAR = /^(19|20)\d{2}$/;
const DATE = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2}))?$/;

/** `waymark retain` */
export function retainCommand(action: Action): Command {
  return new Command('retain')
    .description('Archive the first entries of the log, remove them, and leave a signed seam in their place.')
    .addOption(
      new Option(
        '--before <when>',
        'what to remove: entries recorded before this date (2026-01-31), or before this position',
      ),
    )
    .addOption(new Option('--archive-to <folder>', 'where to write the archive'))
    .addOption(new Option('--key <file>', 'the file with the signing key'))
    .addOption(new Option('--unsigned', 'go on without a key, for a log that is never sealed'))
    .addOption(actorOption())
    .addOption(new Option('--dry-run', 'only tell what would be removed'))
    .addOption(new Option('--list', 'list the seams: what was removed, and where its archives are'))
    .addOption(new Option('--verify-archive <file>', 'verify an archive, and that this log was cut off at it'))
    .addOption(trustedOption())
    .addHelpText(
      'after',
      helpText(
        [
          'waymark retain --before 2026-01-01 --archive-to /srv/archive --dry-run',
          'waymark retain --before 2026-01-01 --archive-to /srv/archive --key waymark.key',
          'waymark retain --list',
          'waymark retain --verify-archive /srv/archive/waymark-0-1999-0f6c2d1a.jsonl.gz --trusted @orders.pub',
        ],
        [
          'What remains verifies and proves as before. waymark export --verify FILE looks at an archive without the store.',
          'A number from 1900 to 2099 could be a year: give the date, or the position with a zero before it (02026).',
          'Without --trusted an archive has to agree with itself and with its seam; who signed them is not checked then.',
          'A database file does not become smaller: the room is used again.',
        ],
      ),
    )
    .action(action<RetainCommandOptions, []>(retain));
}

async function retain(session: Session, options: RetainCommandOptions): Promise<number> {
  assertOneWay(options);
  if (options.list === true) return listSeams(session);
  const { archiveTo, key, unsigned, dryRun, verifyArchive } = options;
  if (verifyArchive !== undefined) return verifyArchiveFile(session, verifyArchive, options.trusted);
  if (options.before === undefined || archiveTo === undefined) {
    throw usageError('--before and --archive-to are needed.', HELP);
  }
  const before = beforeOf(options.before);
  const isDry = dryRun === true;
  if (key !== undefined && unsigned === true) throw usageError('--key and --unsigned exclude each other.', HELP);
  const retained = await withWaymark(
    session,
    isDry ? 'read' : 'change',
    (waymark) =>
      waymark.log.retain({
        before,
        archiveTo,
        onProgress: countProgress(session, 'archived'),
        ...given({ dryRun, unsigned, actor: actorOf(options.actor) }),
      }),
    key === undefined ? {} : { key },
  );
  if (session.json) session.printJson(isDry ? { dryRun: true, ...retained } : retained);
  else session.print(describe(retained, isDry));
  return EXIT.done;
}

const HELP = 'See waymark retain --help.';

/** Options that mean different things to do. */
function assertOneWay({ list, verifyArchive, trusted, ...removing }: RetainCommandOptions): void {
  const { before, archiveTo, key, unsigned, dryRun, actor } = removing;
  const ways = Object.entries({
    '--list': list,
    '--verify-archive': verifyArchive,
    '--before': before,
    '--archive-to': archiveTo,
    '--key': key,
    '--unsigned': unsigned,
    '--dry-run': dryRun,
    '--actor': actor,
  })
    .filter(([, value]) => value !== undefined)
    .map(([name]) => name);
  if ((list === true || verifyArchive !== undefined) && ways.length > 1) {
    throw usageError(`${ways[0]} and ${ways[1]} exclude each other.`, HELP);
  }
  if (trusted !== undefined && verifyArchive === undefined) {
    throw usageError('--trusted is for --verify-archive.', HELP);
  }
}

async function listSeams(session: Session): Promise<number> {
  const seams = await withWaymark(session, 'read', (waymark) => waymark.log.seams());
  if (session.json) session.printJson(seams);
  else if (seams.length === 0) session.note('Nothing was removed from this log.');
  else session.print(seams.map(describeSeam).join('\n'));
  return EXIT.done;
}

function describeSeam({ from, to, appliedAt, note, archive }: Seam): string {
  const what = `${plural(to - from, 'entry', 'entries')}, positions ${from} to ${to - 1}`;
  const how = note === undefined ? 'unsigned' : 'signed';
  return `${appliedAt}  removed ${what}; ${how}; archive: ${printable(archive.path)} (SHA-256 ${archive.sha256})`;
}

async function verifyArchiveFile(
  session: Session,
  path: string,
  named: readonly string[] | undefined,
): Promise<number> {
  const trusted = trustedKeys(named);
  const verify = (waymark: Waymark): Promise<ExportVerification> => waymark.log.verifyArchive(path);
  const found = await withWaymark(session, 'read', verify, trusted === undefined ? {} : { trusted });
  return tellVerified(session, path, found, 'archive');
}

/** A date of a day is its beginning in UTC. */
function beforeOf(text: string): number | Date {
  if (YEAR.test(text)) {
    throw usageError(
      `--before ${text} could be a year or a position.`,
      `Give a date (${text}-01-01), or the position with a zero before it (0${text}).`,
    );
  }
  if (POSITION.test(text)) return Number(text);
  const date = new Date(DATE.test(text) ? text : Number.NaN);
  if (!Number.isNaN(date.getTime())) return date;
  throw usageError(`--before is neither a date (2026-01-31) nor a position: ${printable(text)}.`, HELP);
}

function describe({ from, to, removed, bytes, archive }: Retained, isDry: boolean): string {
  if (removed === 0) return `nothing to remove: the log begins at position ${from}`;
  const what = `${plural(removed, 'entry', 'entries')}, positions ${from} to ${to - 1}, ${formatBytes(bytes)}`;
  return isDry
    ? `would remove ${what}; archive: ${printable(archive)}`
    : `removed ${what}; archived in ${printable(archive)}`;
}
