import type { DomainEvent } from '../../domain/events/domain-event.js';
import type { EventCatalog } from '../../domain/events/event-catalog.js';
import type { EventFactory } from '../context/event-factory.js';
import { extendGap, type Gap, gapLine, gapOfLine, openGap, personalGap } from './gap.js';
import { noSpill, type SpillFile } from './spill-file.port.js';
import { messageOf } from './recording-trouble.js';
import type { SubjectKeyring } from './personal/subject-keyring.js';
import { type EventLine, eventLine, eventOfLine } from './spilled-event.js';

/** How much waits in memory while the store can't be written to. */
export interface BufferLimits {
  readonly events: number;
  /** Of the events as they would be stored. */
  readonly bytes: number;
}

/** What waits to be recorded. */
export interface PendingCounts {
  /** Events in memory. */
  readonly buffered: number;
  /** Events in a file. */
  readonly spilled: number;
  /** Events that were given up since this process began. */
  readonly lost: number;
}

/** What is recorded next: events, or that some are lost. */
export type PendingBatch =
  | { readonly events: readonly DomainEvent[]; readonly gap?: undefined }
  | { readonly events?: undefined; readonly gap: Gap };

interface Waiting {
  readonly event: DomainEvent;
  /** How long its line in a spill file is, once that was asked. The line itself would double what is in memory. */
  size?: number;
}

/**
 * Events that were published and are not recorded yet, in order: those in the spill file, which are the oldest, and
 * those in memory. Where some had to be given up a gap stands in their place.
 */
export class PendingEvents {
  readonly #spill: SpillFile;
  readonly #limits: BufferLimits;
  readonly #catalog: EventCatalog;
  readonly #factory: EventFactory;
  readonly #keyring: SubjectKeyring | undefined;
  readonly #memory: (Waiting | Gap)[] = [];
  #buffered = 0;
  /** Of the events whose size was asked. */
  #bytes = 0;
  #lost = 0;
  /** Why spilling does not help, until the next attempt. */
  #spillTrouble: string | undefined;
  /** The batch that was given last, and how much of what waits it is. */
  #taken: { readonly batch: PendingBatch; readonly from: 'spill' | 'memory'; readonly length: number } | undefined;

  /** @param keyring the keys of people; without one, what is personal does not go to the file */
  constructor(
    spill: SpillFile,
    limits: BufferLimits,
    catalog: EventCatalog,
    factory: EventFactory,
    keyring?: SubjectKeyring,
  ) {
    this.#keyring = keyring;
    this.#spill = spill;
    this.#limits = limits;
    this.#catalog = catalog;
    this.#factory = factory;
  }

  /** How many events and gaps wait. */
  get length(): number {
    return this.#spill.count + this.#memory.length;
  }

  counts(): PendingCounts {
    return { buffered: this.#buffered, spilled: this.#spill.count, lost: this.#lost };
  }

  /** Takes over what processes left in files that are gone. Returns how much that is. */
  adopt(): Promise<number> {
    return this.#spill.adopt();
  }

  push(event: DomainEvent): void {
    this.#memory.push({ event });
    this.#buffered += 1;
  }

  /**
   * Makes room, when the store fails: what is more than the limits goes to the file, with everything before it; what
   * does not go there either is given up, the newest first.
   */
  shrink(): void {
    if (!this.#isOver()) return;
    this.#moveToFile();
    while (this.#isOver()) this.#giveUpNewest(this.#whyLost());
  }

  /** Leaves what waits to the process that comes next: in the file, or at least how much it was. */
  leave(): void {
    this.#spillTrouble = undefined;
    this.#moveToFile();
    if (this.#memory.length === 0 || this.#spill === noSpill) return;
    const why = `their process ended while the store could not be written to, and ${this.#spillTrouble ?? this.#spill.limit}`;
    while (this.#buffered > 0) this.#giveUpNewest(why);
    try {
      // Nothing but gaps is left.
      this.#spill.append(
        this.#memory.map((waiting) => this.#lineOf(waiting).text),
        true,
      );
    } catch {
      // There is no place left to tell it but the error that closing ends with.
    }
  }

  /** Moves everything to the file, as far as it takes it. What is moved survives the process. */
  #moveToFile(): void {
    if (this.#spillTrouble !== undefined) return;
    if (this.#spill === noSpill) {
      this.#spillTrouble = noSpill.limit;
      return;
    }
    const moving = this.#memory;
    try {
      const { moved, untold } = this.#appendToFile(moving);
      // What is being recorded from memory is read from the file then, and not recorded twice.
      if (moved > 0 && this.#taken?.from === 'memory') this.#taken = undefined;
      for (const waiting of moving.splice(0, moved)) this.#left(waiting);
      if (untold !== undefined) moving.unshift(untold);
      if (moving.length > 0) this.#spillTrouble = this.#spill.limit;
    } catch (error) {
      this.#spillTrouble = `the spill file failed: ${messageOf(error)}`;
    }
  }

  /**
   * Appends as much as fits. Where personal values had to be left out, a gap after their events tells of it; one that
   * could not be written is given back.
   */
  #appendToFile(waiting: readonly (Waiting | Gap)[]): { readonly moved: number; readonly untold?: Gap } {
    const lines = waiting.map((each) => this.#lineOf(each));
    const texts = lines.map(({ text }) => text);
    const gapAfter = (count: number): Gap | undefined => {
      const lacking = waiting.slice(0, count).filter((_, index): _ is Waiting => (lines[index]?.leftOut ?? 0) > 0);
      return lacking.length === 0
        ? undefined
        : personalGap(
            this.#factory,
            lacking.map(({ event }) => event.occurredAt),
          );
    };
    const whole = gapAfter(lines.length);
    const moved = this.#spill.append(whole === undefined ? texts : [...texts, gapLine(whole)]);
    if (moved > texts.length) return { moved: texts.length };
    const gap = gapAfter(moved);
    if (gap === undefined) return { moved };
    try {
      this.#spill.append([gapLine(gap)], true);
      return { moved };
    } catch {
      return { moved, untold: gap };
    }
  }

  /**
   * Told after each attempt to record that failed. Once something had to be spilled, the rest follows at once: what is in
   * memory is lost with the process.
   */
  failed(): void {
    this.#spillTrouble = undefined;
    if (this.#spill.count > 0) {
      this.#spill.touch();
      this.#moveToFile();
    }
    this.shrink();
  }

  /** What is recorded next. It stays here until it is {@link settled}. */
  async next(max: number): Promise<PendingBatch> {
    // What is read again is the same: the gap that stands for a damaged line has one id.
    if (this.#taken?.from === 'spill' && this.#taken.length <= max) return this.#taken.batch;
    const fromFile = this.#spill.count > 0;
    const { batch, length } = fromFile ? await this.#nextInFile(max) : this.#nextInMemory(max);
    this.#taken = { batch, from: fromFile ? 'spill' : 'memory', length };
    return batch;
  }

  /** Lets go of a batch that is recorded. Returns how much of what waited that was. */
  settled(batch: PendingBatch): number {
    // It was moved to the file in the meantime.
    if (this.#taken?.batch !== batch) return 0;
    const { from, length } = this.#taken;
    this.#taken = undefined;
    if (from === 'spill') this.#spill.remove(length);
    else for (const waiting of this.#memory.splice(0, length)) this.#left(waiting);
    return length;
  }

  /** Counts an event that is given up because it can't be recorded, and whose loss is. */
  countLost(): void {
    this.#lost += 1;
  }

  close(): void {
    this.#spill.close();
  }

  #nextInMemory(max: number): { batch: PendingBatch; length: number } {
    const [first] = this.#memory;
    if (first !== undefined && 'lost' in first) {
      // What is lost from now on is another gap: this one may be recorded as it is.
      first.isOpen = false;
      return { batch: { gap: first }, length: 1 };
    }
    const events: DomainEvent[] = [];
    for (const waiting of this.#memory) {
      if ('lost' in waiting || events.length === max) break;
      events.push(waiting.event);
    }
    return { batch: { events }, length: events.length };
  }

  async #nextInFile(max: number): Promise<{ batch: PendingBatch; length: number }> {
    const lines = await this.#spill.peek(max);
    const events: DomainEvent[] = [];
    for (const line of lines) {
      const read = this.#read(line);
      if (read !== undefined && !('lost' in read)) events.push(read);
      else if (events.length > 0) break;
      else return { batch: { gap: read ?? this.#damaged() }, length: 1 };
    }
    return { batch: { events }, length: events.length };
  }

  /** `undefined` for a line that can't be read. */
  #read(line: string | undefined): DomainEvent | Gap | undefined {
    if (line === undefined) return undefined;
    try {
      return gapOfLine(line) ?? eventOfLine(line, this.#catalog);
    } catch {
      return undefined;
    }
  }

  #damaged(): Gap {
    this.#lost += 1;
    return openGap(this.#factory, 1, 'a line of a spill file is damaged, or its process died while it wrote it');
  }

  #isOver(): boolean {
    if (this.#buffered > this.#limits.events) return true;
    if (this.#limits.bytes === Infinity) return false;
    for (let at = this.#memory.length - 1; at >= 0; at -= 1) {
      const waiting = this.#memory[at] as Waiting | Gap;
      if ('lost' in waiting || waiting.size !== undefined) break;
      waiting.size = this.#lineOf(waiting).text.length;
      this.#bytes += waiting.size;
    }
    return this.#bytes > this.#limits.bytes;
  }

  #giveUpNewest(why: string): void {
    let at = this.#memory.length - 1;
    while ('lost' in (this.#memory[at] as Waiting | Gap)) at -= 1;
    const [given] = this.#memory.splice(at, 1) as [Waiting];
    this.#left(given);
    this.#lost += 1;
    const { occurredAt } = given.event;
    const gap = [this.#memory[at - 1], this.#memory[at]].find(isOpenGap);
    if (gap !== undefined) {
      extendGap(gap, occurredAt);
      return;
    }
    this.#memory.splice(at, 0, { ...openGap(this.#factory, 1, why), since: occurredAt, until: occurredAt });
  }

  #whyLost(): string {
    const { events, bytes } = this.#limits;
    const limit = this.#buffered > events ? `${events} events` : `${bytes} bytes`;
    const trouble = this.#spillTrouble ?? this.#spill.limit;
    return `the store could not be written to, ${limit} waited in memory, and ${trouble}`;
  }

  #lineOf(waiting: Waiting | Gap): EventLine {
    if ('lost' in waiting) return { text: gapLine(waiting), leftOut: 0 };
    return eventLine(waiting.event, this.#catalog, this.#factory.now(), this.#keyring);
  }

  /** Something left memory. */
  #left(waiting: Waiting | Gap): void {
    if ('lost' in waiting) return;
    this.#buffered -= 1;
    this.#bytes -= waiting.size ?? 0;
  }
}

function isOpenGap(waiting: Waiting | Gap | undefined): waiting is Gap {
  return waiting !== undefined && 'lost' in waiting && waiting.isOpen;
}
