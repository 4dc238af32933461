import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const file = fileURLToPath(new URL('writer-process.mjs', import.meta.url));

/** A process that appends to a log, and tells what is durable. */
export class WriterProcess {
  /** The ids of the events that it said are durable. */
  readonly acknowledged: string[] = [];
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;
  readonly #onLine = new Set<() => void>();
  #complaint = '';
  #isOver = false;

  /** Starts one that waits for {@link go}. */
  constructor(storage: string, name: string, writers: number) {
    const child = spawn(process.execPath, [file, storage, name, String(writers)], { stdio: 'pipe' });
    this.#child = child;
    child.stderr.on('data', (chunk) => (this.#complaint += String(chunk)));
    // A process that was killed reads no more.
    child.stdin.on('error', () => undefined);
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (line.includes('-')) this.acknowledged.push(line);
      for (const notify of this.#onLine) notify();
    });
    this.#ended = once(child, 'close').then(() => {
      this.#isOver = true;
      for (const notify of this.#onLine) notify();
    });
  }

  /** Lets it write. */
  go(): void {
    this.#child.stdin?.write('go\n');
  }

  /** Resolves when it has said that so many events are durable; rejects when it ends before that. */
  async untilAcknowledged(count: number): Promise<void> {
    while (this.acknowledged.length < count) {
      if (this.#isOver) throw new Error(`A writer ended too early: ${this.#complaint}`);
      await new Promise<void>((resolve) => {
        const notify = (): void => {
          this.#onLine.delete(notify);
          resolve();
        };
        this.#onLine.add(notify);
      });
    }
  }

  /** Ends it without a chance to tidy up. Resolves when everything that it had said was read. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#ended;
    if (this.#child.signalCode !== 'SIGKILL') throw new Error(`A writer ended by itself: ${this.#complaint}`);
  }

  /** Lets it finish what it is at. */
  async stop(): Promise<void> {
    this.#child.stdin?.end();
    await this.#ended;
    if (this.#child.exitCode !== 0) throw new Error(`A writer failed: ${this.#complaint}`);
  }
}
