/** Why a signal aborted, in words. */
export function reasonOfAbort(reason: unknown): string {
  if (reason instanceof Error) return reason.message;
  return typeof reason === 'string' ? reason : 'its signal aborted';
}
