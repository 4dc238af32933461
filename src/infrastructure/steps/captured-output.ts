import { StringDecoder } from 'node:string_decoder';
import type { SecretMask } from './secret-mask.js';

/** How long a line may be to be reported as a whole, in UTF-16 code units. */
const MAX_LINE = 16_384;

/** What a stream wrote: its end, where it wrote more than is kept. */
export interface CapturedText {
  readonly text: string;
  /** How many characters at its beginning are not kept. */
  readonly dropped: number;
}

/**
 * Takes in what a command writes to one stream: keeps the last of it, and tells of each line as it is written. Nothing
 * that it gives out holds a secret: that is looked for in what was written, before anything is cut.
 */
export class CapturedOutput {
  readonly #decoder = new StringDecoder('utf8');
  readonly #limit: number;
  readonly #mask: SecretMask;
  readonly #onLine: (line: string) => void;
  #chunks: string[] = [];
  #length = 0;
  #dropped = 0;
  #line = '';
  #lineIsCut = false;

  /** @param limit how much is kept, in UTF-16 code units */
  constructor(limit: number, mask: SecretMask, onLine: (line: string) => void) {
    this.#limit = limit;
    this.#mask = mask;
    this.#onLine = onLine;
  }

  write(bytes: Buffer): void {
    this.#take(this.#decoder.write(bytes));
  }

  /** Tells of the last line, and gives what was kept. */
  end(): CapturedText {
    this.#take(this.#decoder.end());
    if (this.#line !== '') this.#tell();
    const kept = this.#chunks.join('');
    const surplus = Math.max(0, kept.length - this.#limit);
    const text = this.#mask.hideFrom(kept, surplus);
    return { text, dropped: this.#dropped + surplus };
  }

  #take(text: string): void {
    if (text === '') return;
    this.#chunks.push(text);
    this.#length += text.length;
    // A secret that the limit cuts through can be told only when all of it is still there.
    const needed = this.#limit + this.#mask.longest;
    if (this.#length > 2 * needed + MAX_LINE) {
      const kept = this.#chunks.join('').slice(-needed);
      this.#dropped += this.#length - kept.length;
      this.#chunks = [kept];
      this.#length = kept.length;
    }
    this.#split(text);
  }

  #split(text: string): void {
    let from = 0;
    for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', from)) {
      this.#extend(text.slice(from, end));
      this.#tell();
      from = end + 1;
    }
    this.#extend(text.slice(from));
  }

  #extend(text: string): void {
    const room = MAX_LINE + this.#mask.longest - this.#line.length;
    if (text.length > room) this.#lineIsCut = true;
    if (room > 0) this.#line += text.slice(0, room);
  }

  #tell(): void {
    const whole = this.#line.replace(/\r$/, '');
    const shown = this.#mask.hide(whole);
    this.#onLine(this.#lineIsCut ? shown.slice(0, Math.max(0, shown.length - this.#mask.longest)) : shown);
    this.#line = '';
    this.#lineIsCut = false;
  }
}
