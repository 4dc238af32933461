/** A stream that the command line writes to. */
export interface OutputStream {
  /** Text, or the bytes of what is none. */
  write(text: string | Uint8Array, done?: () => void): unknown;
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
  /** Work is open that may have to be taken up again: what to do then, until the function it returns is called. */
  whileOpen(hint: () => string): () => void;
  /** Ends the program at once. */
  exit(code: number): void;
}
