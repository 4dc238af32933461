import { Console } from 'node:console';
import { writeSync } from 'node:fs';
import type { CliIo, OutputStream } from './cli-io.js';

/** Why a program ends before its command is done: nothing is left that could go on, or the workflow has ended it. */
export type EarlyEnd = 'stalled' | 'exited';

/** The process that this is, for as long as a command runs in it. */
export interface ProcessIo extends CliIo {
  /** What was open when the program ended. */
  openWork(): string | undefined;
  /** Resolves when everything that was written has got out. */
  flush(): Promise<void>;
}

/**
 * Takes the process over for a command.
 *
 * Stdout is for data: what a workflow writes there, or logs, goes to stderr instead, where it can't get between them.
 *
 * @param onEarlyEnd told of an end that nobody asked for; returns the exit code. It must write synchronously
 */
export function takeProcess(onEarlyEnd: (why: EarlyEnd, io: ProcessIo) => number): ProcessIo {
  const write = process.stdout.write.bind(process.stdout) as OutputStream['write'];
  process.stdout.write = process.stderr.write.bind(process.stderr);
  globalThis.console = new Console(process.stderr);
  const open = new Set<() => string>();
  let isLeaving = false;
  const io: ProcessIo = {
    stdin: process.stdin,
    stdout: {
      write,
      on: (event, handler) => process.stdout.on(event, handler),
      get isTTY() {
        return process.stdout.isTTY;
      },
      get columns() {
        return process.stdout.columns;
      },
    },
    stderr: process.stderr,
    env: process.env,
    onInterrupt: (handler) => {
      process.on('SIGINT', handler).on('SIGTERM', handler);
      return () => void process.off('SIGINT', handler).off('SIGTERM', handler);
    },
    whileOpen: (hint) => {
      open.add(hint);
      return () => void open.delete(hint);
    },
    exit: (code) => {
      isLeaving = true;
      process.exit(code);
    },
    openWork: () => [...open].at(-1)?.(),
    async flush() {
      const written = (stream: OutputStream) => new Promise<void>((done) => void stream.write('', done));
      await Promise.all([written(io.stdout), written(io.stderr)]);
    },
  };
  // The last words of a process: nothing that is written later gets out.
  const last: ProcessIo = { ...io, stderr: { ...io.stdout, on: () => undefined, write: (text) => writeLast(text) } };
  process.on('beforeExit', () => io.exit(onEarlyEnd('stalled', last)));
  process.on('exit', () => {
    if (!isLeaving) process.exitCode = onEarlyEnd('exited', last);
  });
  return io;
}

function writeLast(text: string | Uint8Array): void {
  try {
    writeSync(process.stderr.fd, typeof text === 'string' ? Buffer.from(text) : text);
  } catch {
    // Nobody reads it any more, or the pipe is full: the exit code tells the rest.
  }
}
