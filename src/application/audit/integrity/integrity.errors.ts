import type { Verdict } from '../../../domain/audit/integrity/verification.js';
import { WaymarkError } from '../../../domain/shared/errors.js';

/** The log is not what grew from what was sealed. Nothing was signed. */
export class LogForkedError extends WaymarkError {
  /** What a verification would say of it. */
  readonly verdict: Exclude<Verdict, 'ok'>;
  /** What is wrong, one sentence. */
  readonly problem: string;

  constructor(verdict: Exclude<Verdict, 'ok'>, problem: string, details: Readonly<Record<string, unknown>>) {
    super('WAYMARK_LOG_FORKED', `The log is not sealed: ${problem}.`, {
      hint: 'Run waymark verify with the key and the anchor, and compare the store with a backup. Do not seal it anew.',
      details: { verdict, ...details },
    });
    this.verdict = verdict;
    this.problem = problem;
  }
}

/** There is no seal that could prove something, and no key to make one. */
export function unsealed(message: string, details: Readonly<Record<string, unknown>>): WaymarkError {
  return new WaymarkError('WAYMARK_UNSEALED', message, {
    hint: 'Seal the log: waymark seal --key FILE, or give createWaymark a key: { seals: { key } }.',
    details,
  });
}

/** Something was to be signed without a key. */
export function noSigningKey(): WaymarkError {
  return new WaymarkError('WAYMARK_NO_SIGNING_KEY', 'The log can not be sealed: there is no key to sign it with.', {
    hint: 'Give createWaymark one: { seals: { key } }; waymark seal --generate-key FILE --name NAME makes one.',
  });
}
