import type { BusTrace } from '../../application/bus/bus-metrics.js';
import { errorRecord } from '../../application/context/error-record.js';
import { onRejection } from '../../application/shared/thenable.js';

/** An observer may be an async function, though nobody waits for it. */
type Observer = (trace: BusTrace) => unknown;

/** Who watches the bus. */
export class BusTaps {
  readonly #observers = new Set<Observer>();

  /** Whether anybody does. */
  get areOn(): boolean {
    return this.#observers.size > 0;
  }

  add(observer: (trace: BusTrace) => void): Disposable {
    // Of its own, so that one function can watch twice.
    const own: Observer = (trace) => observer(trace);
    this.#observers.add(own);
    return { [Symbol.dispose]: () => void this.#observers.delete(own) };
  }

  tell(trace: BusTrace): void {
    for (const observer of this.#observers) {
      try {
        const returned = observer(trace);
        if (returned !== undefined) onRejection(returned, (error) => this.#takeOff(observer, error));
      } catch (error) {
        this.#takeOff(observer, error);
      }
    }
  }

  /** It must not hurt what it watches. Whoever debugs has to know that it is gone. */
  #takeOff(observer: Observer, error: unknown): void {
    if (!this.#observers.delete(observer)) return;
    process.emitWarning(`A tap of the bus failed and was taken off: ${errorRecord(error).message}`, 'WaymarkWarning');
  }
}
