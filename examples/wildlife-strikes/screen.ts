import type { ProgressStream } from 'waymark';

/** Where the example writes to. */
export interface Screen {
  readonly stream: ProgressStream;
  readonly color: boolean;
  /** The columns of the terminal; `undefined` without one: nothing is cut then. */
  readonly width: number | undefined;
  print(text: string): void;
  /** A sentence of the story. */
  say(text: string): void;
  heading(text: string): void;
}

/** A screen on a stream, in colour when it is a terminal and NO_COLOR does not forbid it. */
export function makeScreen(stream: ProgressStream, env: NodeJS.ProcessEnv): Screen {
  const color = stream.isTTY === true && !env['NO_COLOR'] && env['TERM'] !== 'dumb';
  const print = (text: string): void => void stream.write(`${text}\n`);
  return {
    stream,
    color,
    width: stream.isTTY === true ? stream.columns : undefined,
    print,
    say: print,
    heading: (text) => print(`\n${color ? `\u001b[1m${text}\u001b[22m` : text}`),
  };
}
