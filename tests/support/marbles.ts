import type { DomainEvent, RxEventBus, RxEventBusOptions, Scheduler } from '../../src/index.js';
import { makeBus } from './bus.js';
import { deal } from './deals.js';
import { deferred, settle } from './deferred.js';

/** How long a frame of a diagram is. */
export const FRAME_MS = 10;

/** Time that passes frame by frame. */
class FrameScheduler implements Scheduler {
  #now = 0;
  #waits: { readonly due: number; readonly resolve: () => void }[] = [];

  delay(ms: number, signal?: AbortSignal): Promise<void> {
    const wait = deferred();
    if (signal?.aborted === true) wait.reject(signal.reason);
    signal?.addEventListener('abort', () => wait.reject(signal.reason), { once: true });
    this.#waits.push({ due: this.#now + ms, resolve: () => wait.resolve() });
    return wait.promise;
  }

  advance(): void {
    this.#now += FRAME_MS;
    const due = this.#waits.filter((wait) => wait.due <= this.#now);
    this.#waits = this.#waits.filter((wait) => wait.due > this.#now);
    for (const { resolve } of due.toSorted((a, b) => a.due - b.due)) resolve();
  }
}

/**
 * A bus whose tests read as diagrams: one character is one frame, `-` a frame in which nothing happens, `(ab)` two
 * things in one frame. In what is played, a letter is a deal of that name that is published, and `|` closes the bus. In
 * what comes of it, each handler has a lane: a small letter is where it began, a capital where it was done.
 */
export class Marbles {
  readonly bus: RxEventBus;
  readonly #scheduler = new FrameScheduler();
  readonly #lanes = new Map<string, string[]>();
  #frame = 0;

  constructor(options: RxEventBusOptions = {}) {
    // Without chance: waits are as long as they can be.
    this.bus = makeBus({ random: () => 0, ...options, scheduler: this.#scheduler });
  }

  /** Writes into a lane, in the present frame. */
  mark(lane: string, text: string): void {
    const frames = this.#lanes.get(lane) ?? [];
    this.#lanes.set(lane, frames);
    frames[this.#frame] = (frames[this.#frame] ?? '') + text;
  }

  /** A handler that marks what it is given. */
  handler(lane: string): (event: DomainEvent) => void {
    return (event) => this.mark(lane, nameOf(event));
  }

  /** A handler that takes so many frames. */
  worker(lane: string, frames: number): (event: DomainEvent) => Promise<void> {
    return async (event) => {
      this.mark(lane, nameOf(event));
      await this.#scheduler.delay(frames * FRAME_MS);
      this.mark(lane, nameOf(event).toUpperCase());
    };
  }

  /** Plays a diagram to its end, and gives the lanes. */
  async play(
    diagram: string,
    publish: (event: DomainEvent) => unknown = (event) => this.bus.publish(event),
  ): Promise<Readonly<Record<string, string>>> {
    const frames = framesOf(diagram);
    for (const [index, names] of frames.entries()) {
      this.#frame = index;
      if (index > 0) this.#scheduler.advance();
      await settle();
      for (const name of names) {
        if (name === '|') void this.bus.close();
        else publish(deal(name));
      }
      await settle();
    }
    return Object.fromEntries(
      Array.from(this.#lanes, ([lane, marks]) => [lane, frames.map((_, index) => shown(marks[index] ?? '')).join('')]),
    );
  }
}

/** The name that a deal was given. */
export function nameOf(event: DomainEvent): string {
  return (event.payload as { readonly dealId: string }).dealId;
}

function framesOf(diagram: string): readonly (readonly string[])[] {
  return (diagram.match(/\([^)]*\)|./g) ?? []).map((frame) => frame.match(/[^-()]/g) ?? []);
}

function shown(marks: string): string {
  if (marks === '') return '-';
  return marks.length === 1 ? marks : `(${marks})`;
}
