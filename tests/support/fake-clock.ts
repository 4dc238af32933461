import type { Clock } from '../../src/index.js';

/** Time that passes only when the test says so, or by a fixed step each time somebody looks. */
export class FakeClock implements Clock {
  #now: number;
  #monotonic = 0;
  readonly #step: number;

  constructor(start = Date.UTC(2026, 0, 1), step = 0) {
    this.#now = start;
    this.#step = step;
  }

  now(): number {
    this.advance(this.#step);
    return this.#now;
  }

  monotonic(): number {
    this.advance(this.#step);
    return this.#monotonic;
  }

  /** Sets the wall clock, as an administrator or a time server does. */
  set(ms: number): void {
    this.#now = ms;
  }

  advance(ms: number): void {
    this.#now += ms;
    this.#monotonic += ms;
  }
}
