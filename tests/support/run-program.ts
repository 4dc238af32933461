import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** A program that was started, and what it prints. */
export interface Program {
  /** The lines of its output, as they come. */
  readonly lines: AsyncIterable<string>;
  /** Ends it without a chance to tidy up. */
  kill(): void;
  /** Resolves when it has ended by itself; rejects with what it wrote to stderr when it failed. */
  readonly ended: Promise<void>;
}

/** Starts a program of `tests/support` with arguments, and Node with options of its own. */
export function startProgram(name: string, args: readonly string[], nodeOptions: readonly string[] = []): Program {
  const file = fileURLToPath(new URL(name, import.meta.url));
  const child = spawn(process.execPath, [...nodeOptions, file, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let complaint = '';
  child.stderr.on('data', (chunk) => (complaint += String(chunk)));
  const ended = new Promise<void>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      if (code === 0 || signal === 'SIGKILL') resolve();
      else reject(new Error(`${name} ${args.join(' ')} ended with ${code}: ${complaint}`));
    });
  });
  return { lines: createInterface({ input: child.stdout }), kill: () => child.kill('SIGKILL'), ended };
}

/** Runs a program to its end and gives the lines that it printed. */
export async function runProgram(
  name: string,
  args: readonly string[],
  nodeOptions: readonly string[] = [],
): Promise<readonly string[]> {
  const program = startProgram(name, args, nodeOptions);
  const lines: string[] = [];
  for await (const line of program.lines) lines.push(line);
  await program.ended;
  return lines;
}
