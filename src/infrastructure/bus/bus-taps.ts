import type { BusTrace } from '../../application/bus/bus-metrics.js';
import { errorRecord } from '../../application/context/error-record.js';

/** Who watches the bus. */
export class BusTaps {
  readonly #observers = new Set<(trace: BusTrace) => void>();

  /** Whether anybody does. */
  get areOn(): boolean {
    return this.#observers.size > 0;
  }

  add(observer: (trace: BusTrace) => void): Disposable {
    // Of its own, so that one function can watch twice.
    const own = (trace: BusTrace): void => observer(trace);
    this.#observers.add(own);
    return { [Symbol.dispose]: () => void this.#observers.delete(own) };
  }

  tell(trace: BusTrace): void {
    for (const observer of this.#observers) {
      try {
        observer(trace);
      } catch (error) {
        // It must not hurt what it watches. Whoever debugs has to know that it is gone.
        this.#observers.delete(observer);
        process.emitWarning(
          `A tap of the bus threw and was taken off: ${errorRecord(error).message}`,
          'WaymarkWarning',
        );
      }
    }
  }
}
