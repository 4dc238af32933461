import { CheckpointPruned } from '../../../domain/events/families/checkpoint.events.js';
import type { ThreadServices } from './thread-services.js';

/** See `GraphThreads.delete`. */
export async function removeThread(services: ThreadServices, threadId: string): Promise<void> {
  const { checkpoints, threads, recorder, factory } = services;
  await recorder.commit({
    weight: 1,
    write: async (scope) => {
      const thread = await threads.thread(threadId, scope);
      if (thread === undefined) return [];
      const { executionId } = thread;
      const removed = await checkpoints.removeExecution(executionId, scope);
      await threads.remove(threadId, scope);
      if (removed === 0) return [];
      const told = { executionId, removed, kept: 0, freedBytes: 0, policy: { thread: 'deleted' } };
      return [factory.make(CheckpointPruned, told)];
    },
  });
}
