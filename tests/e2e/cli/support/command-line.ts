import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../../../dist/interfaces/cli/main.js', import.meta.url));

/** How a command ended, and what it printed. */
export interface Outcome {
  /** `null` when a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** How to call a command. */
export interface CallOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  /** What it reads from stdin; nothing when left out. */
  readonly input?: string;
}

/** A command that runs. */
export interface RunningCommand {
  /** Resolves when what it printed to a stream matches. Fails when it ends without. */
  printed(stream: 'stdout' | 'stderr', pattern: RegExp): Promise<void>;
  signal(name: NodeJS.Signals): void;
  readonly ended: Promise<Outcome>;
}

/** Starts `waymark` as it was built, in a process of its own. */
export function startCommand(args: readonly string[], options: CallOptions): RunningCommand {
  const child = spawn(process.execPath, [MAIN, ...args], { cwd: options.cwd, env: environment(options.env) });
  const output = { stdout: '', stderr: '' };
  const watchers = new Set<() => void>();
  const notify = (): void => {
    for (const look of watchers) look();
  };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      output[name] += text;
      notify();
    });
  }
  // A command may end without having read everything: that is its right.
  child.stdin.on('error', () => undefined);
  child.stdin.end(options.input ?? '');
  let outcome: Outcome | undefined;
  const ended = new Promise<Outcome>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      outcome = { code, ...output };
      notify();
      resolve(outcome);
    });
  });
  return {
    printed: (stream, pattern) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (pattern.test(output[stream])) resolve();
          else if (outcome !== undefined) reject(new Error(`It never printed ${pattern}: ${JSON.stringify(outcome)}`));
          else return;
          watchers.delete(look);
        };
        watchers.add(look);
        look();
      }),
    signal: (name) => void child.kill(name),
    ended,
  };
}

/** Runs `waymark` to its end. */
export function waymark(args: readonly string[], options: CallOptions): Promise<Outcome> {
  return startCommand(args, options).ended;
}

/** This process's environment without what changes how the command line behaves. */
function environment(more: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  const foreign = /^(WAYMARK_.*|NO_COLOR|FORCE_COLOR|NODE_OPTIONS|JITI_.*)$/;
  return { ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !foreign.test(name))), ...more };
}
