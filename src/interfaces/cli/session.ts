import { makePalette, type Palette } from '../text/palette.js';
import { printable, printableJson } from '../text/printable.js';
import type { CliIo, OutputStream } from './cli-io.js';
import { withoutPassword } from './store-url.js';

/** The options that every command has. */
export interface SharedOptions {
  readonly store?: string;
  readonly json?: boolean;
  /** False with `--no-color`. */
  readonly color: boolean;
  readonly masterKeyFile?: string;
  readonly home?: string;
}

const DEFAULT_STORE = './waymark.db';
const DEFAULT_COLUMNS = 80;
const PLAIN_ARGUMENT = /^[\w@%+=:,./-]+$/;

/** One call of a command: how it was called, and where it writes. Data go to stdout, everything else to stderr. */
export class Session {
  readonly io: CliIo;
  readonly json: boolean;
  /** The colours of stdout. */
  readonly palette: Palette;
  /** The store as it was named: a storage URL or a path. */
  readonly store: string;
  /** The file with the master key, where one was named. */
  readonly masterKeyFile: string | undefined;
  /** The folder of files, workspaces and environments, where one was named. */
  readonly home: string | undefined;
  /** Aborts when nobody reads stdout any more (`| head`). */
  readonly unread: AbortSignal;
  readonly #shared: SharedOptions;

  constructor(io: CliIo, shared: SharedOptions, unread: AbortSignal) {
    this.io = io;
    this.#shared = shared;
    this.json = shared.json === true;
    this.palette = makePalette(this.color(io.stdout));
    this.store = shared.store ?? (io.env['WAYMARK_STORE'] || DEFAULT_STORE);
    this.masterKeyFile = shared.masterKeyFile;
    this.home = shared.home;
    this.unread = unread;
  }

  /**
   * The columns of the terminal; `undefined` without one: nothing is cut then. A terminal that says 0 does not know.
   */
  get width(): number | undefined {
    const { isTTY, columns = 0 } = this.io.stdout;
    if (isTTY !== true) return undefined;
    return columns > 0 ? columns : DEFAULT_COLUMNS;
  }

  /**
   * Whether to write to a stream in colour. `--no-color` and NO_COLOR forbid it, FORCE_COLOR wants it, a terminal takes
   * it.
   */
  color(stream: OutputStream): boolean {
    return wantsColor(stream, this.io.env, this.#shared.color);
  }

  /** Data as text. */
  print(text: string): void {
    this.io.stdout.write(`${text}\n`);
  }

  /** Data as one JSON document. */
  printJson(document: unknown): void {
    this.print(printableJson(document, 2));
  }

  /** Data as one line of JSON. */
  printJsonLine(line: unknown): void {
    this.print(printableJson(line));
  }

  /** Something worth knowing that is not data. Not said with `--json`. */
  note(text: string): void {
    if (!this.json) this.io.stderr.write(`${makePalette(this.color(this.io.stderr)).dim(text)}\n`);
  }

  /** A command to copy: `waymark show ID`, on the store that this one was called with. A password is not repeated. */
  command(name: string, operands: readonly string[] = [], options: readonly string[] = []): string {
    const store = this.#shared.store === undefined ? [] : ['--store', withoutPassword(this.#shared.store)];
    const home = this.#shared.home === undefined ? [] : ['--home', this.#shared.home];
    const shared = [...store, ...home];
    // An id that a host chose may look like an option: whatever follows `--` is none.
    const words = operands.some((operand) => operand.startsWith('-'))
      ? [name, ...options, ...shared, '--', ...operands]
      : [name, ...operands, ...options, ...shared];
    return printable(['waymark', ...words].map(shellQuote).join(' '));
  }
}

/** Whether a stream takes colours. */
export function wantsColor(stream: OutputStream, env: CliIo['env'], allowed: boolean): boolean {
  if (!allowed || env['NO_COLOR']) return false;
  const forced = env['FORCE_COLOR'];
  if (forced !== undefined && forced !== '') return forced !== '0' && forced !== 'false';
  return stream.isTTY === true && env['TERM'] !== 'dumb';
}

function shellQuote(argument: string): string {
  return PLAIN_ARGUMENT.test(argument) || /^"[^"$`\\]*"$/.test(argument)
    ? argument
    : `'${argument.replaceAll("'", String.raw`'\''`)}'`;
}

/** Makes a commander action of a command's work. What the work returns is the exit code; 0 when it returns none. */
export type Action = <Options extends SharedOptions, Arguments extends readonly unknown[]>(
  work: (session: Session, options: Options, ...args: Arguments) => Promise<number | void>,
) => (...received: unknown[]) => Promise<void>;
