import { Readable } from 'node:stream';
import type { CliIo, OutputStream } from '../../../../src/interfaces/cli/cli-io.js';
import { runCli } from '../../../../src/interfaces/cli/program.js';
import type { Outcome } from './command-line.js';

/** What the world of a command is like. */
export interface World {
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
  /** The columns of the terminal that stdout and stderr are; no terminal when left out. */
  readonly terminal?: number;
}

/** Runs a command within this process: as {@link runCli} sees it, without the cost of a new process. */
export async function call(args: readonly string[], world: World = {}): Promise<Outcome> {
  const stdout = new Recorder(world.terminal);
  const stderr = new Recorder(world.terminal);
  const io: CliIo = {
    stdin: Readable.from([world.input ?? '']),
    stdout,
    stderr,
    env: world.env ?? {},
    onInterrupt: () => () => undefined,
    whileOpen: () => () => undefined,
    exit: (code) => {
      throw new Error(`exit(${code}) was called`);
    },
  };
  const code = await runCli(args, io);
  return { code, stdout: stdout.text, stderr: stderr.text };
}

/** A stream that keeps what is written to it. */
export class Recorder implements OutputStream {
  text = '';
  readonly isTTY: boolean;
  readonly columns: number | undefined;

  constructor(columns?: number) {
    this.isTTY = columns !== undefined;
    this.columns = columns;
  }

  write(text: string | Uint8Array, done?: () => void): boolean {
    this.text += typeof text === 'string' ? text : Buffer.from(text).toString('latin1');
    done?.();
    return true;
  }

  on(): this {
    return this;
  }
}
