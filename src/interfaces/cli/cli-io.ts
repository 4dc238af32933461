/** A stream that the command line writes to. */
export interface OutputStream {
  write(text: string, done?: () => void): unknown;
  on(event: 'error', handler: (error: NodeJS.ErrnoException) => void): unknown;
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
}

/** What the command line has to do with the world: a test gives it another one. */
export interface CliIo {
  readonly stdin: AsyncIterable<unknown>;
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Calls `handler` when the user wants to stop (Ctrl-C, SIGTERM), until the function it returns is called. */
  onInterrupt(handler: () => void): () => void;
  /** Ends the program at once. */
  exit(code: number): void;
}

/** The process that this is. */
export const processIo: CliIo = {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  onInterrupt: (handler) => {
    process.on('SIGINT', handler).on('SIGTERM', handler);
    return () => void process.off('SIGINT', handler).off('SIGTERM', handler);
  },
  exit: (code) => process.exit(code),
};
