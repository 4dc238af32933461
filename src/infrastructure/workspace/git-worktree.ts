import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import fs from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import { strategyUnsupported, workspaceFailed } from '../../application/workspace/workspace-errors.js';
import type { FolderCopy, FolderSize } from '../../application/workspace/workspace-folders.port.js';
import { bytesOf, nameOf } from '../file/name-bytes.js';
import { OwnPaths, type OwnPlaces } from '../file/own-places.js';
import { copyOne, realFolder } from './copy-folder.js';
import { stampTree } from './visit-files.js';

const execute = promisify(execFile);

/** Hooks of the repository are for its user's own checkouts. */
const WITHOUT_HOOKS = ['-c', 'core.hooksPath=/dev/null'] as const;
const MAX_OUTPUT_BYTES = 256 * 1_048_576;
const NOT_A_REPOSITORY = 128;
/** A command line has its limit. */
const PATHS_AT_ONCE = 100;

/**
 * Makes a worktree of the repository whose top a folder is, at its present commit, and copies what was changed in the
 * folder since on top: what is staged, what is not, and new files; what was deleted is deleted.
 *
 * @param note a file in which the repository is remembered, before there is anything to be forgotten
 * @param own what is Waymark's own is left out, where it is within the folder, also where it is committed
 */
export async function addWorktree(
  { folder, ignore, signal }: FolderCopy,
  to: string,
  note: string,
  own: OwnPlaces,
): Promise<FolderSize> {
  const top = realFolder(folder);
  await assertTop(top);
  const common = (await git(top, ['rev-parse', '--path-format=absolute', '--git-common-dir'])).toString().trimEnd();
  await writeFile(note, common);
  signal?.throwIfAborted();
  await git(top, [...WITHOUT_HOOKS, 'worktree', 'add', '--detach', '--quiet', to, 'HEAD']);
  signal?.throwIfAborted();
  const changed = await git(top, [
    'status',
    '--porcelain=v1',
    '-z',
    '--no-renames',
    '--untracked-files=all',
    '--ignore-submodules=all',
  ]);
  const isOwn = ownIn(top, own);
  for (const path of pathsOf(changed)) if (!isOwn(path)) await carryOver(top, to, path);
  await leaveOut(to, isOwn);
  const { sizes } = await stampTree(to, ignore);
  let totalBytes = 0;
  for (const size of sizes.values()) totalBytes += size;
  return { fileCount: sizes.size, totalBytes };
}

/** Gives a worktree its place: git has that written down. Its own `move` takes none of a repository with submodules. */
export async function moveWorktree(folder: string, from: string, to: string): Promise<void> {
  await rename(from, to);
  await git(realFolder(folder), ['worktree', 'repair', to]);
}

/** Lets a repository forget the worktrees that are gone, where there is a note of one. */
export async function forgetWorktree(note: string): Promise<void> {
  const common = await readFile(note, 'utf8').catch(() => undefined);
  if (common === undefined) return;
  // A repository that is gone has nothing left to forget.
  if (fs.existsSync(common)) await git(common, [`--git-dir=${common}`, 'worktree', 'prune']);
  await rm(note, { force: true });
}

/** @throws WaymarkError `WAYMARK_WORKSPACE_STRATEGY_UNSUPPORTED` */
async function assertTop(folder: string): Promise<void> {
  const refuse = (why: string, cause?: unknown): Error =>
    strategyUnsupported('worktree', why, 'Give the top folder of a git repository with a commit, or use copy.', cause);
  let top: string;
  try {
    top = (await run(folder, ['rev-parse', '--show-toplevel'])).toString().trimEnd();
    await run(folder, ['rev-parse', '--verify', '--quiet', 'HEAD']);
  } catch (error) {
    const { code } = error as { readonly code?: unknown };
    if (code === 'ENOENT') throw refuse('there is no git', error);
    if (code === NOT_A_REPOSITORY) throw refuse(`${folder} is not in a git repository that git will work on`, error);
    throw refuse(`the repository of ${folder} has no commit yet`, error);
  }
  if (fs.realpathSync(top) !== folder) throw refuse(`the repository of ${folder} begins at ${top}`);
}

/** The paths of what `git status -z` lists. */
function pathsOf(status: Buffer): readonly string[] {
  return nameOf(status)
    .split('\0')
    .flatMap((line) => (line.length > 3 ? [line.slice(3)] : []));
}

/** Makes a path of one folder be as it is in another. */
async function carryOver(from: string, to: string, path: string): Promise<void> {
  // What git lists with a slash at its end is a repository of its own.
  if (path.endsWith('/')) return;
  const [source, target] = [bytesOf(join(from, path)), bytesOf(join(to, path))];
  const stat = fs.lstatSync(source, { throwIfNoEntry: false });
  fs.rmSync(target, { force: true, recursive: true });
  if (stat === undefined) return removeEmpty(to, dirname(path));
  await mkdir(bytesOf(dirname(join(to, path))), { recursive: true });
  if (stat.isSymbolicLink()) fs.symlinkSync(fs.readlinkSync(source, 'buffer'), target);
  else if (stat.isFile()) await copyOne(source, target, stat);
}

/** Takes away what is committed, and for git is as if it were there: nobody commits that it is not. */
async function leaveOut(worktree: string, isOwn: (path: string) => boolean): Promise<void> {
  const committed = nameOf(await git(worktree, ['ls-files', '-z'])).split('\0');
  const left = committed.filter((path) => path !== '' && isOwn(path));
  for (let at = 0; at < left.length; at += PATHS_AT_ONCE) {
    await git(worktree, ['update-index', '--skip-worktree', '--', ...left.slice(at, at + PATHS_AT_ONCE)]);
  }
  for (const path of left) {
    fs.rmSync(join(worktree, path), { force: true });
    removeEmpty(worktree, dirname(path));
  }
}

function ownIn(folder: string, own: OwnPlaces): (path: string) => boolean {
  const paths = OwnPaths.within(folder, own);
  return (path) => paths.has(path.replace(/\/$/, ''));
}

/** Git knows no empty folders: those that a deleted file leaves go with it. */
function removeEmpty(top: string, folder: string): void {
  for (let path = folder; path !== '.' && path !== sep; path = dirname(path)) {
    try {
      fs.rmdirSync(bytesOf(join(top, path)));
    } catch {
      // It holds something else, or is gone.
      return;
    }
  }
}

/** @throws WaymarkError `WAYMARK_WORKSPACE_FAILED` with what git said */
async function git(folder: string, args: readonly string[]): Promise<Buffer> {
  try {
    return await run(folder, args);
  } catch (error) {
    throw workspaceFailed(`git ${args.find((arg) => !arg.startsWith('-') && !arg.includes('=')) ?? ''}`, folder, error);
  }
}

async function run(folder: string, args: readonly string[]): Promise<Buffer> {
  const options = { cwd: folder, env: environment(), encoding: 'buffer' as const, maxBuffer: MAX_OUTPUT_BYTES };
  return (await execute('git', [...args], options)).stdout;
}

/** Without what a hook or a script of git's may have set: it would lead to another repository. */
function environment(): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith('GIT_'));
  return { ...Object.fromEntries(own), GIT_TERMINAL_PROMPT: '0', LC_ALL: 'C' };
}
