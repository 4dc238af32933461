import { WaymarkError } from '../../domain/shared/errors.js';

/** `WAYMARK_DEAD_LETTER_NOT_FOUND` */
export function deadLetterNotFound(id: string): WaymarkError {
  return new WaymarkError('WAYMARK_DEAD_LETTER_NOT_FOUND', `There is no dead letter ${id}.`, {
    hint: 'List them with bus.deadLetters.list(): one that was handled or discarded is gone.',
    details: { id },
  });
}

/** `WAYMARK_DEAD_LETTER_BUSY` */
export function deadLetterBusy(id: string): WaymarkError {
  return new WaymarkError('WAYMARK_DEAD_LETTER_BUSY', `The dead letter ${id} is being sent again, or discarded.`, {
    hint: 'Wait for that to end, and look whether the letter is still there.',
    details: { id },
  });
}
