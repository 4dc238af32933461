import { Command } from 'commander';
import type { Files } from '../../../../application/file/files.js';
import type { FileCommit, FileEntry } from '../../../../domain/file/file-commit.js';
import { printable } from '../../../text/printable.js';
import { formatBytes, plural } from '../../../text/quantities.js';
import { withWaymark } from '../../open-waymark.js';
import { checkId, helpText } from '../../options.js';
import type { Action, Session, SharedOptions } from '../../session.js';

/** `waymark files show COMMIT [PATH]` */
export function filesShowCommand(action: Action): Command {
  return new Command('show')
    .description('List what a commit has, or write the content of one of its files to stdout.')
    .argument('<commit>', 'the id of the commit')
    .argument('[path]', 'a file, whose content is written as it is; or a folder, which is listed')
    .addHelpText(
      'after',
      helpText(
        [
          'waymark files show COMMIT',
          'waymark files show COMMIT src',
          'waymark files show COMMIT src/logo.png > logo.png',
          'waymark files show COMMIT src/index.html --json',
        ],
        ['Each line has the mode, the size in bytes and the path. With --json a file is told of, and not written.'],
      ),
    )
    .action(action<SharedOptions, [string, string | undefined]>(show));
}

async function show(session: Session, _: SharedOptions, commitId: string, path: string | undefined): Promise<void> {
  await checkId(commitId, 'commit id');
  await withWaymark(session, 'read', async ({ files }) => {
    const commit = await files.get(commitId);
    if (path === undefined) return list(session, files, commit, () => true);
    // A trailing slash is what shells complete a folder with.
    const wanted = path.replace(/\/+$/, '');
    const entry = await files.entry(commitId, wanted);
    if (entry.kind === 'folder') return list(session, files, commit, (one) => one.path.startsWith(`${wanted}/`));
    if (session.json) session.printJson(entry);
    else if (entry.kind === 'link') session.print(printable(entry.target ?? ''));
    else await write(session, files.read(commitId, wanted));
  });
}

async function list(
  session: Session,
  files: Files,
  commit: FileCommit,
  isWanted: (entry: FileEntry) => boolean,
): Promise<void> {
  const entries: FileEntry[] = [];
  if (!session.json) session.print(title(session, commit));
  for await (const entry of files.entries(commit.id)) {
    // Nobody reads the rest.
    if (session.unread.aborted) return;
    if (!isWanted(entry)) continue;
    if (session.json) entries.push(entry);
    else if (entry.kind !== 'folder') session.print(line(session, entry));
  }
  if (session.json) session.printJson({ ...commit, entries });
  else if (commit.fileCount === 0) session.note('It has no files.');
}

function title({ palette }: Session, { id, status, fileCount, totalBytes, createdAt, message }: FileCommit): string {
  const facts = [plural(fileCount, 'file'), formatBytes(totalBytes), createdAt];
  const why = message === null ? '' : `, ${printable(message)}`;
  return `${palette.bold(printable(id))} ${status}, ${facts.join(', ')}${why}`;
}

function line({ palette }: Session, { kind, mode, path, size, target }: FileEntry): string {
  const bits = kind === 'link' ? 'link' : mode.toString(8).padStart(4, '0');
  const where =
    kind === 'link' ? `${printable(path)} ${palette.dim('->')} ${printable(target ?? '')}` : printable(path);
  return `${palette.dim(bits)} ${String(size).padStart(12)} ${where}`;
}

/** Bytes as they are, no faster than they are read. */
async function write({ io, unread }: Session, content: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const part of content) {
    if (unread.aborted) return;
    await new Promise<void>((done) => void io.stdout.write(part, () => done()));
  }
}
