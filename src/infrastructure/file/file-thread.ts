import { existsSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import type { FileProgress, FileWorkOptions } from '../../application/file/file-storage.port.js';
import { threadEnded } from './file-errors.js';
import { type FileAnswer, type FileRequest, received } from './file-messages.js';
import { type FileTask, FileWork, type TaskInput, type TaskOutput } from './file-work.js';
import { WorkControl } from './work-control.js';
import type { WorkshopPlaces } from './workshop.js';

/** Where it is when Waymark was built; sources that are run as they are have none, and neither has a bundle. */
const SCRIPT = new URL('file-work.worker.js', import.meta.url);

/** Who waits for a task. */
interface Waiting {
  readonly resolve: (output: unknown) => void;
  readonly reject: (error: unknown) => void;
  readonly onProgress: ((progress: FileProgress) => void) | undefined;
}

/**
 * Has work on files done by a thread of its own, which is started when it is needed, and again if it broke. Where there
 * can be none the same work is done here: it gives way every few milliseconds.
 */
export class FileThread {
  readonly #places: WorkshopPlaces;
  readonly #waiting = new Map<number, Waiting>();
  readonly #here = new Set<Promise<unknown>>();
  #worker: Worker | undefined;
  #work: FileWork | undefined;
  #tasks = 0;
  #closed: Promise<void> | undefined;
  /** Resolves when nothing is under way. */
  #idle: (() => void) | undefined;

  constructor(places: WorkshopPlaces) {
    this.#places = places;
  }

  /** @throws whatever the task throws, or the reason of the signal */
  async run<Task extends FileTask>(
    task: Task,
    input: TaskInput<Task>,
    { signal, onProgress }: FileWorkOptions = {},
  ): Promise<TaskOutput<Task>> {
    signal?.throwIfAborted();
    if (this.#closed !== undefined) throw threadEnded('the file storage is closed');
    const worker = this.#work === undefined ? this.#start() : undefined;
    if (worker === undefined) return this.#runHere(task, input, signal, onProgress);
    const output = await this.#ask(worker, task, input, signal, onProgress);
    return output as TaskOutput<Task>;
  }

  /** Ends the thread when it has done what it is at. Idempotent. */
  close(): Promise<void> {
    this.#closed ??= this.#end();
    return this.#closed;
  }

  async #end(): Promise<void> {
    await Promise.allSettled(this.#here);
    if (this.#waiting.size > 0) {
      await new Promise<void>((resolve) => {
        this.#idle = resolve;
      });
    }
    await this.#worker?.terminate();
    this.#worker = undefined;
  }

  async #ask(
    worker: Worker,
    task: FileTask,
    input: readonly unknown[],
    signal: AbortSignal | undefined,
    onProgress: Waiting['onProgress'],
  ): Promise<unknown> {
    this.#tasks += 1;
    const id = this.#tasks;
    const abort = (): void => this.#post(worker, { id, abort: true });
    signal?.addEventListener('abort', abort, { once: true });
    try {
      // Who waits for it is not to be left alone by a process that has nothing else to do.
      worker.ref();
      return await new Promise<unknown>((resolve, reject) => {
        this.#waiting.set(id, { resolve, reject, onProgress });
        this.#post(worker, { id, task, input });
      });
    } catch (error) {
      signal?.throwIfAborted();
      throw error;
    } finally {
      signal?.removeEventListener('abort', abort);
      this.#waiting.delete(id);
      if (this.#waiting.size === 0) {
        worker.unref();
        this.#idle?.();
      }
    }
  }

  async #runHere<Task extends FileTask>(
    task: Task,
    input: TaskInput<Task>,
    signal: AbortSignal | undefined,
    onProgress: Waiting['onProgress'],
  ): Promise<TaskOutput<Task>> {
    this.#work ??= new FileWork(this.#places);
    const perform = this.#work[task].bind(this.#work) as unknown as (
      control: WorkControl,
      ...given: TaskInput<Task>
    ) => Promise<TaskOutput<Task>>;
    // It begins when who has asked goes on, as it would over there.
    const work = Promise.resolve().then(() => perform(new WorkControl(signal, onProgress), ...input));
    this.#here.add(work);
    try {
      return await work;
    } finally {
      this.#here.delete(work);
    }
  }

  #start(): Worker | undefined {
    if (this.#worker !== undefined) return this.#worker;
    if (!existsSync(SCRIPT)) return undefined;
    let worker: Worker;
    try {
      // Without the options of the process: what they have loaded first would have to be loaded for the thread.
      worker = new Worker(SCRIPT, { name: 'waymark-files', workerData: this.#places, execArgv: [] });
    } catch {
      // A process may be forbidden to have threads.
      return undefined;
    }
    this.#worker = worker;
    worker.on('message', (answer: FileAnswer) => this.#take(answer));
    let cause: unknown;
    worker.on('error', (error) => {
      cause = error;
    });
    worker.once('exit', () => this.#lose(worker, cause));
    // A process that has nothing more to do ends, whether or not this was closed. To listen holds it, so this is last.
    worker.unref();
    return worker;
  }

  #take(answer: FileAnswer): void {
    const waiting = this.#waiting.get(answer.id);
    if ('progress' in answer) waiting?.onProgress?.(answer.progress);
    else if ('error' in answer) waiting?.reject(received(answer.error));
    else waiting?.resolve(answer.output);
  }

  /** It is gone, and a new one takes its place the next time. */
  #lose(worker: Worker, cause: unknown): void {
    if (this.#worker === worker) this.#worker = undefined;
    for (const { reject } of this.#waiting.values()) reject(threadEnded('the thread that does it has ended', cause));
  }

  #post(worker: Worker, request: FileRequest): void {
    worker.postMessage(request);
  }
}
