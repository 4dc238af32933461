import { WaymarkError } from '../../domain/shared/errors.js';

/** The statuses that may be others on the next try. */
const PASSING = new Set([408, 425, 429, 500, 502, 503, 504]);

/** How much of an answer a failure repeats. */
const MAX_BODY = 500;

/** `WAYMARK_HTTP_STATUS` */
export function unexpectedStatus(method: string, url: string, status: number, body: string): WaymarkError {
  return new WaymarkError('WAYMARK_HTTP_STATUS', `${method} ${url} was answered with ${status}.`, {
    hint: 'Look at the answer in details.body, or name the status under expect.',
    details: { method, url, status, body: body.slice(0, MAX_BODY) },
  });
}

/** `WAYMARK_HTTP_FAILED` */
export function requestFailed(method: string, url: string, reason: string): WaymarkError {
  return new WaymarkError('WAYMARK_HTTP_FAILED', `${method} ${url} failed: ${reason}.`, {
    hint: 'Look whether the address is right and the server can be reached.',
    details: { method, url },
  });
}

/** Whether a request that failed in this way may go well on the next try. Of what is no request's failure nothing is known. */
export function mayPass(error: unknown): boolean {
  if (!WaymarkError.is(error, 'WAYMARK_HTTP_STATUS')) return !WaymarkError.is(error, 'WAYMARK_INVALID_REQUEST');
  return PASSING.has(Number(error.details['status']));
}
