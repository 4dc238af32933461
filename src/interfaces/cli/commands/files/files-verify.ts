import { Command, Option } from 'commander';
import type { VerifiedFiles } from '../../../../application/file/verify-files.js';
import type { Waymark } from '../../../../composition/waymark.js';
import { WaymarkError } from '../../../../domain/shared/errors.js';
import { printable } from '../../../text/printable.js';
import { plural } from '../../../text/quantities.js';
import { EXIT, usageError } from '../../errors.js';
import { fileProgress } from '../../file-progress.js';
import { interruptible } from '../../interruptible.js';
import { withWaymark } from '../../open-waymark.js';
import { actorOf, actorOption, checkId, given, helpText } from '../../options.js';
import type { Action, Session, SharedOptions } from '../../session.js';

interface FilesVerifyOptions extends SharedOptions {
  readonly all?: boolean;
  readonly checkpoint?: string;
  readonly actor?: string;
}

/** What became of a commit. */
interface Verdict {
  readonly commitId: string;
  readonly intact: boolean;
  readonly blobsVerified?: number;
  readonly error?: { readonly code: string; readonly message: string };
}

/** How many commits are read at once. */
const PAGE = 500;

/** `waymark files verify [COMMIT]` */
export function filesVerifyCommand(action: Action): Command {
  return new Command('verify')
    .description('Read every content of a commit back, and hold it to the hash that it was stored under.')
    .argument('[commit]', 'the id of the commit')
    .addOption(new Option('--all', 'every commit of the store'))
    .addOption(new Option('--checkpoint <id>', 'the commit that this checkpoint goes back to'))
    .addOption(actorOption())
    .addHelpText(
      'after',
      helpText(
        ['waymark files verify COMMIT', 'waymark files verify --checkpoint ID', 'waymark files verify --all --json'],
        ['Exit code 1 when a content is missing or damaged.'],
      ),
    )
    .action(action<FilesVerifyOptions, [string | undefined]>(verify));
}

async function verify(session: Session, options: FilesVerifyOptions, commitId: string | undefined): Promise<number> {
  const { all, checkpoint } = options;
  if ([all, checkpoint, commitId].filter((way) => way !== undefined).length !== 1) {
    throw usageError('Name a commit, or a --checkpoint, or give --all.', 'See waymark files verify --help.');
  }
  await checkId(commitId, 'commit id');
  await checkId(checkpoint, 'checkpoint id');
  return withWaymark(session, 'change', (waymark) =>
    interruptible(session, 'the same command', async (signal) => {
      const progress = fileProgress(session, 'read back');
      const how = { ...given({ actor: actorOf(options.actor) }), signal, onProgress: progress.onProgress };
      const one = async (work: () => Promise<VerifiedFiles>): Promise<VerifiedFiles> => {
        try {
          return await work();
        } finally {
          progress.end();
        }
      };
      if (all === true) return verifyAll(session, waymark, (id) => one(() => waymark.files.verify(id, how)));
      const { files } = waymark;
      const { commit, blobsVerified } = await one(() =>
        checkpoint === undefined ? files.verify(commitId ?? '', how) : files.verifyCheckpoint(checkpoint, how),
      );
      if (session.json) session.printJson({ commitId: commit.id, intact: true, blobsVerified });
      else session.print(describe(session, { commitId: commit.id, intact: true, blobsVerified }));
      return EXIT.done;
    }),
  );
}

async function verifyAll(
  session: Session,
  { files }: Waymark,
  verifyOne: (commitId: string) => Promise<VerifiedFiles>,
): Promise<number> {
  const verdicts: Verdict[] = [];
  for (let before: string | undefined; ;) {
    const page = await files.log(given({ limit: PAGE, before }));
    before = page.at(-1)?.id;
    if (before === undefined) break;
    for (const { id, status } of page) {
      if (status === 'pending') continue;
      const verdict = await verdictOf(id, verifyOne);
      verdicts.push(verdict);
      if (!session.json) session.print(describe(session, verdict));
    }
  }
  if (session.json) session.printJson(verdicts);
  else if (verdicts.length === 0) session.note('No files were kept yet.');
  return verdicts.every(({ intact }) => intact) ? EXIT.done : EXIT.failed;
}

async function verdictOf(commitId: string, verifyOne: (id: string) => Promise<VerifiedFiles>): Promise<Verdict> {
  try {
    return { commitId, intact: true, blobsVerified: (await verifyOne(commitId)).blobsVerified };
  } catch (error) {
    const isVerdict =
      WaymarkError.is(error, 'WAYMARK_FILE_DAMAGED') || WaymarkError.is(error, 'WAYMARK_FILE_NOT_FOUND');
    if (!isVerdict) throw error;
    return { commitId, intact: false, error: { code: error.code, message: error.message } };
  }
}

function describe({ palette }: Session, { commitId, intact, blobsVerified = 0, error }: Verdict): string {
  if (intact) return `${printable(commitId)} ${palette.green('intact')}, ${plural(blobsVerified, 'content')}`;
  return `${printable(commitId)} ${palette.red('not intact')}: ${printable(error?.message ?? '')}`;
}
