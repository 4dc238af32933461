import type { EventBus } from '../../../../application/bus/event-bus.port.js';
import { CheckpointCreated } from '../../../../domain/events/families/checkpoint.events.js';

/** How many checkpoints of an execution were told of. */
export class CheckpointCount {
  #created = 0;
  readonly #stop: () => void;

  constructor(bus: EventBus, executionId: string) {
    const subscription = bus.subscribe(
      CheckpointCreated,
      ({ payload }) => {
        if (payload.executionId === executionId) this.#created += 1;
      },
      { name: 'waymark.observed-run' },
    );
    this.#stop = () => subscription.unsubscribe();
  }

  get created(): number {
    return this.#created;
  }

  stop(): void {
    this.#stop();
  }
}
