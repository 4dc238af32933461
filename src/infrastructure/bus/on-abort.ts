/** What is to be called when a signal aborts, and what the signal itself calls for all of that. */
interface Waiting {
  readonly calls: Set<() => void>;
  readonly callAll: () => void;
}

const waitingFor = new WeakMap<AbortSignal, Waiting>();

/**
 * Calls something when a signal aborts. However many wait for a signal, it has one listener: Node warns of a leak where
 * there are more than ten, and one signal for all the subscriptions of a program is none.
 *
 * @returns what ends that
 */
export function onAbort(signal: AbortSignal, call: () => void): () => void {
  const waiting = waitingFor.get(signal) ?? listen(signal);
  waiting.calls.add(call);
  return () => {
    waiting.calls.delete(call);
    if (waiting.calls.size > 0 || waitingFor.get(signal) !== waiting) return;
    waitingFor.delete(signal);
    signal.removeEventListener('abort', waiting.callAll);
  };
}

function listen(signal: AbortSignal): Waiting {
  const calls = new Set<() => void>();
  const callAll = (): void => {
    waitingFor.delete(signal);
    for (const call of calls) call();
  };
  const waiting = { calls, callAll };
  waitingFor.set(signal, waiting);
  signal.addEventListener('abort', callAll, { once: true });
  return waiting;
}
