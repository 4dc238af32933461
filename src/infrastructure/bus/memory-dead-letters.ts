import type { DeadLetterStorage } from '../../application/bus/recorded-event-bus.port.js';
import type { DomainEvent } from '../../domain/events/domain-event.js';
import { InMemoryDeadLetterRepository } from '../persistence/in-memory/in-memory-dead-letter.repository.js';
import { InMemoryUnitOfWork } from '../persistence/in-memory/in-memory-unit-of-work.js';

/**
 * Dead letters of a bus that has no store.
 *
 * @param emit publishes the event that tells of a change
 */
export function memoryDeadLetters(emit: (event: DomainEvent) => void): DeadLetterStorage {
  const repository = new InMemoryDeadLetterRepository();
  const unitOfWork = new InMemoryUnitOfWork();
  return {
    repository,
    commit: async (event, write) => {
      await unitOfWork.run(write);
      emit(event);
    },
  };
}
