import { WaymarkError } from '../../shared/errors.js';
import { labelProblem } from '../../shared/identifiers.js';

/** A text is no signed note, or its text is not that of a seal. */
export class InvalidNoteError extends WaymarkError {
  /** What is wrong with it. */
  readonly problem: string;

  constructor(what: 'note' | 'seal', problem: string) {
    super('WAYMARK_INVALID_NOTE', `This is no signed ${what}: ${problem}.`, {
      hint: 'Give the whole text exactly as it was written, line breaks and the last one included.',
      details: { problem },
    });
    this.problem = problem;
  }
}

/**
 * Why a signed note is not believed.
 *
 * - `unknown-key`: nobody who is trusted signed it
 * - `wrong-signature`: the signature of a trusted key does not fit the text
 * - `key-not-valid`: the key is trusted, and not for a log of that size
 */
export type Distrust = 'unknown-key' | 'wrong-signature' | 'key-not-valid';

/** A signed note is well-formed, and must not be believed. */
export class UntrustedNoteError extends WaymarkError {
  readonly reason: Distrust;

  constructor(reason: Distrust, message: string) {
    super('WAYMARK_NOTE_UNTRUSTED', message, { hint: HINTS[reason], details: { reason } });
    this.reason = reason;
  }
}

const HINTS: Readonly<Record<Distrust, string>> = {
  'unknown-key': 'Trust its key, if you have that from the owner of the log by another way than the note.',
  'wrong-signature': 'It was changed after it was signed: get it again from where it is kept.',
  'key-not-valid': 'Ask the owner of the log when the key was replaced, and correct the sizes it is trusted for.',
};

/** Names from a note in a message: it may be shown on a terminal, and anybody can write a note. */
export function shownNames(names: readonly string[]): string {
  const shown = names
    .slice(0, 3)
    .map((name) => (labelProblem(name) === undefined ? name : '(a name that can not be shown)'));
  const more = names.length - shown.length;
  return more === 0 ? shown.join(', ') : `${shown.join(', ')} and ${more} more`;
}
