import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';
import { WaymarkError } from '../../domain/shared/errors.js';
import { CapturedOutput, type CapturedText } from './captured-output.js';
import { type MemoryLimit, watchMemory } from './memory-watch.js';
import { endGroup, isGroupAlive } from './process-group.js';
import { SecretMask } from './secret-mask.js';

/** How long what was written may still arrive once everything in the group has ended, in milliseconds. */
const STREAM_GRACE_MS = 250;

/** A command, and what becomes of what it writes. */
export interface Command {
  /** The program, as messages call it too: a path, or a name that is looked up in the `PATH` of `env`. */
  readonly program: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** All that it sees of the environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Values that must not be recorded. */
  readonly secrets: readonly string[];
  /** How much of each stream is kept, in UTF-16 code units. */
  readonly maxOutput: number;
  /** Ends it at once where all its processes together use more; not limited when left out. */
  readonly memory?: MemoryLimit;
  /** Ends it, with all the processes it has begun. */
  readonly signal: AbortSignal;
  /** How long these have between SIGTERM and SIGKILL, in milliseconds. */
  readonly graceMs: number;
  readonly onLine: (line: string, stream: 'stdout' | 'stderr') => void;
}

/** How a command ended, and what it wrote, without secrets. */
export interface CommandResult {
  /** `null` when a signal ended it. */
  readonly exitCode: number | null;
  readonly endedBy: NodeJS.Signals | null;
  /** How much memory it had in use, in bytes, when it was ended for that. */
  readonly overMemory?: number;
  readonly stdout: CapturedText;
  readonly stderr: CapturedText;
}

/**
 * Runs a program in a process group of its own. When it has ended, whatever it left running in the group is ended as
 * well; when the signal aborts, or the group uses more memory than it may, the whole group is.
 *
 * @throws WaymarkError `WAYMARK_COMMAND_NOT_RUN` when the program or the folder is not there; the signal's reason when it
 *   aborted
 */
export async function runCommand(command: Command): Promise<CommandResult> {
  command.signal.throwIfAborted();
  const mask = new SecretMask(command.secrets);
  const stdout = new CapturedOutput(command.maxOutput, mask, (line) => command.onLine(line, 'stdout'));
  const stderr = new CapturedOutput(command.maxOutput, mask, (line) => command.onLine(line, 'stderr'));
  const child = begin(command);
  child.stdout.on('data', (bytes: Buffer) => stdout.write(bytes));
  child.stderr.on('data', (bytes: Buffer) => stderr.write(bytes));
  const exit = await exitOf(child, command);
  command.signal.throwIfAborted();
  return { ...exit, stdout: stdout.end(), stderr: stderr.end() };
}

type Child = ChildProcessByStdio<null, Readable, Readable>;

function begin({ program, args, cwd, env }: Command): Child {
  try {
    return spawn(program, args, { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  } catch (error) {
    throw notRun(program, cwd, error);
  }
}

/** Waits for the end of the program, of what it has begun, and of what they write. */
function exitOf(child: Child, command: Command): Promise<Omit<CommandResult, 'stdout' | 'stderr'>> {
  const { signal, graceMs, memory } = command;
  return new Promise((resolve, reject) => {
    let ending: Promise<void> | undefined;
    const end = (grace = graceMs): Promise<void> => {
      ending ??= child.pid === undefined ? Promise.resolve() : endGroup(child.pid, grace);
      return ending;
    };
    const abort = (): void => void end();
    let over: number | undefined;
    const unwatch =
      memory === undefined || child.pid === undefined
        ? () => undefined
        : watchMemory(child.pid, memory, (used) => {
            over = used;
            // With time to say farewell it would take still more.
            void end(0);
          });
    const closed = new Promise<void>((done) => child.once('close', () => done()));
    signal.addEventListener('abort', abort, { once: true });
    child.once('error', (error) => {
      signal.removeEventListener('abort', abort);
      unwatch();
      reject(notRun(command.program, command.cwd, error));
    });
    child.once('exit', (exitCode, endedBy) => {
      unwatch();
      const settle = async (): Promise<void> => {
        if (ending !== undefined || (child.pid !== undefined && isGroupAlive(child.pid))) {
          await end();
          // Whoever has left the group may hold the streams for ever: it is not waited for long.
          await Promise.race([closed, wait(STREAM_GRACE_MS, undefined, { ref: false })]);
          child.stdout.destroy();
          child.stderr.destroy();
        }
        await closed;
        signal.removeEventListener('abort', abort);
        resolve({ exitCode, endedBy, ...(over === undefined ? {} : { overMemory: over }) });
      };
      settle().catch(reject);
    });
  });
}

function notRun(program: string, cwd: string, cause: unknown): WaymarkError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new WaymarkError(
    'WAYMARK_COMMAND_NOT_RUN',
    `The command could not be run with ${program} in ${cwd}: ${reason}.`,
    {
      cause,
      hint: 'Look whether the folder is there, the program is installed, and no value is longer than the system allows.',
      details: { program, cwd },
    },
  );
}
