import type { Verdict } from '../../../domain/audit/integrity/verification.js';

/** What is wrong with a log. */
export interface Finding {
  readonly verdict: Exclude<Verdict, 'ok'>;
  readonly position?: number;
  readonly detail: string;
}
