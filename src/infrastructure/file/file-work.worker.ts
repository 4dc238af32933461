import { parentPort, workerData } from 'node:worker_threads';
import { type FileAnswer, type FileRequest, sendable } from './file-messages.js';
import { FileWork } from './file-work.js';
import { WorkControl } from './work-control.js';
import type { WorkshopPlaces } from './workshop.js';

// A thread of its own, started by FileThread: it works on files, which holds it up for as long as that takes.

const work = new FileWork(workerData as WorkshopPlaces);
const running = new Map<number, AbortController>();

parentPort?.on('message', (request: FileRequest) => {
  if ('abort' in request) running.get(request.id)?.abort();
  else void perform(request);
});

async function perform({ id, task, input }: Extract<FileRequest, { task: unknown }>): Promise<void> {
  const controller = new AbortController();
  running.set(id, controller);
  const control = new WorkControl(controller.signal, (progress) => answer({ id, progress }));
  try {
    // What belongs together was checked where it was asked for.
    const perform = work[task].bind(work) as (of: WorkControl, ...given: readonly unknown[]) => Promise<unknown>;
    answer({ id, output: await perform(control, ...input) });
  } catch (error) {
    answer({ id, error: sendable(error) });
  } finally {
    running.delete(id);
  }
}

function answer(message: FileAnswer): void {
  parentPort?.postMessage(message);
}
