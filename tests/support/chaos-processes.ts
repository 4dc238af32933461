import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const file = fileURLToPath(new URL('chaos-process.mjs', import.meta.url));

/** Which executions a process starts. */
export interface Share {
  readonly from: number;
  readonly to: number;
}

/** A process that runs executions beside others: see `chaos-process.mjs`. */
export class ChaosProcess {
  /** What it said, line by line. */
  readonly said: string[] = [];
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;
  readonly #onLine = new Set<() => void>();
  #complaint = '';
  #isOver = false;

  /** Starts one that waits for {@link go}. */
  constructor(storage: string, effects: string, { from, to }: Share, ...mode: readonly 'hang'[]) {
    const args = [file, storage, effects, String(from), String(to), ...mode];
    const child = spawn(process.execPath, args, { stdio: 'pipe' });
    this.#child = child;
    child.stderr.on('data', (chunk) => (this.#complaint += String(chunk)));
    // A process that was killed reads no more.
    child.stdin.on('error', () => undefined);
    const notify = (): void => {
      for (const listener of this.#onLine) listener();
    };
    createInterface({ input: child.stdout }).on('line', (line) => {
      this.said.push(line);
      notify();
    });
    this.#ended = once(child, 'close').then(() => {
      this.#isOver = true;
      notify();
    });
  }

  /** Lets it run executions. */
  go(): void {
    this.#child.stdin?.write('go\n');
  }

  /** Resolves when it has said something; rejects when it ends before that. */
  async untilSaid(line: string): Promise<void> {
    while (!this.said.includes(line)) {
      if (this.#isOver) throw new Error(`A process ended too early: ${this.#complaint}`);
      await new Promise<void>((resolve) => {
        const listener = (): void => {
          this.#onLine.delete(listener);
          resolve();
        };
        this.#onLine.add(listener);
      });
    }
  }

  signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    this.#child.kill(signal);
  }

  /** Ends it without a chance to tidy up. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#ended;
    if (this.#child.signalCode !== 'SIGKILL') throw new Error(`A process ended by itself: ${this.#complaint}`);
  }

  /** Lets it finish what it is at. */
  async stop(): Promise<void> {
    this.#child.stdin?.end();
    await this.#ended;
    if (this.#child.exitCode !== 0) throw new Error(`A process failed: ${this.#complaint}`);
  }
}
