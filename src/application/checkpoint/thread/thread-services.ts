import type { CheckpointRepository } from '../../../domain/checkpoint/checkpoint.repository.port.js';
import type { ThreadRepository } from '../../../domain/checkpoint/thread/thread.repository.port.js';
import type { EventRecorder } from '../../audit/event-recorder.js';
import type { EventFactory } from '../../context/event-factory.js';

/** What the checkpoints of threads are kept with. */
export interface ThreadServices {
  readonly checkpoints: CheckpointRepository;
  readonly threads: ThreadRepository;
  readonly recorder: EventRecorder;
  readonly factory: EventFactory;
  /**
   * Resolves when what was told of runs before the call is recorded before anything that is committed then; `undefined`
   * where nothing has to be waited for. Left out where nobody tells of runs.
   */
  readonly told?: () => Promise<void> | undefined;
}
