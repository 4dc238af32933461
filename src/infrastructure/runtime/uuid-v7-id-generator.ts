import { randomFillSync } from 'node:crypto';
import { v7 } from 'uuid';
import type { IdGenerator } from '../../domain/shared/id-generator.js';

const ID_BYTES = 16;
/** Random bytes are drawn for this many ids at once: asking the operating system costs far more than making the id. */
const POOL_IDS = 512;

/**
 * UUIDv7 (RFC 9562): ids sort by the time they were made. Within a millisecond, and when the clock steps back, a
 * counter that starts at random keeps their order (section 6.2, method 1).
 */
export class UuidV7IdGenerator implements IdGenerator {
  readonly #pool = new Uint8Array(ID_BYTES * POOL_IDS);
  #offset = this.#pool.length;
  #msecs = 0;
  #seq = 0;

  next(): string {
    if (this.#offset === this.#pool.length) {
      randomFillSync(this.#pool);
      this.#offset = 0;
    }
    const random = this.#pool.subarray(this.#offset, this.#offset + ID_BYTES);
    this.#offset += ID_BYTES;
    this.#tick(random);
    return v7({ random, msecs: this.#msecs, seq: this.#seq });
  }

  /** Time that never goes back, and a 32-bit counter within a millisecond, whose first value leaves room to count. */
  #tick(random: Uint8Array): void {
    const now = Date.now();
    if (now > this.#msecs) {
      this.#msecs = now;
      this.#seq = new DataView(random.buffer, random.byteOffset).getUint32(6) >>> 1;
    } else if (this.#seq === 0xffff_ffff) {
      this.#msecs += 1;
      this.#seq = 0;
    } else {
      this.#seq += 1;
    }
  }
}

/** The process's generator. */
export const uuidV7IdGenerator: IdGenerator = new UuidV7IdGenerator();
