import {
  closeSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  read,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { open as openFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { crc32 } from 'node:zlib';

const NEWLINE = 0x0a;
/** How much is read at once, in bytes. A line that is longer is read in one piece all the same. */
const READ_BYTES = 256 * 1024;
const CHECKSUM_DIGITS = 8;

const readFrom = promisify(read);

/**
 * One spill file: a line for each thing that waits, `CHECKSUM JSON`, where the checksum is the CRC-32 of the JSON in
 * hexadecimal.
 */
export class SpillSegment {
  readonly path: string;
  readonly #descriptor: number;
  /** Up to where it is written, and from where it is still to be read, in bytes. */
  #end: number;
  #start = 0;
  #count: number;
  /** The lengths of the lines that were read last, in bytes. */
  #peeked: readonly number[] = [];

  private constructor(path: string, descriptor: number, end: number, count: number) {
    this.path = path;
    this.#descriptor = descriptor;
    this.#end = end;
    this.#count = count;
  }

  /** A new file, which only its owner can read. @throws an error of the file system; `EEXIST` when there is one */
  static create(path: string): SpillSegment {
    const descriptor = openSync(path, 'wx+', 0o600);
    syncFolder(dirname(path));
    return new SpillSegment(path, descriptor, 0, 0);
  }

  /** A file that another process left. What follows its last complete line counts as a line, which is damaged. */
  static async adopt(path: string): Promise<SpillSegment> {
    const count = await countLines(path);
    const descriptor = openSync(path, 'r+');
    return new SpillSegment(path, descriptor, fstatSync(descriptor).size, count);
  }

  /** How many lines are still to be read. */
  get count(): number {
    return this.#count;
  }

  /** In bytes. */
  get size(): number {
    return this.#end;
  }

  /** Whether the path still leads to this file, so that what is appended is found again. */
  get isInPlace(): boolean {
    const found = statSync(this.path, { throwIfNoEntry: false });
    const own = fstatSync(this.#descriptor);
    return found?.ino === own.ino && found.dev === own.dev;
  }

  /** Appends framed lines. They are on the disk when it returns; nothing is there of them when it throws. */
  append(lines: readonly Buffer[]): void {
    const bytes = Buffer.concat(lines);
    try {
      for (let written = 0; written < bytes.length;) {
        written += writeSync(this.#descriptor, bytes, written, bytes.length - written, this.#end + written);
      }
      fsyncSync(this.#descriptor);
    } catch (error) {
      ftruncateSync(this.#descriptor, this.#end);
      throw error;
    }
    this.#end += bytes.length;
    this.#count += lines.length;
  }

  /** The next lines, at least one where there is one; `undefined` for one that is damaged. */
  async peek(max: number): Promise<readonly (string | undefined)[]> {
    let bytes = await this.#read(READ_BYTES);
    for (let wanted = READ_BYTES; !bytes.includes(NEWLINE) && this.#start + wanted < this.#end;) {
      wanted *= 2;
      bytes = await this.#read(wanted);
    }
    // It may have become shorter than it was written.
    const isAll = this.#start + bytes.length >= this.#end || !bytes.includes(NEWLINE);
    const lines: (string | undefined)[] = [];
    const lengths: number[] = [];
    for (let from = 0; from < bytes.length && lines.length < max;) {
      const newline = bytes.indexOf(NEWLINE, from);
      if (newline === -1 && !isAll) break;
      const end = newline === -1 ? bytes.length : newline + 1;
      lines.push(newline === -1 ? undefined : unframed(bytes.subarray(from, newline)));
      lengths.push(end - from);
      from = end;
    }
    if (lines.length === 0 && this.#count > 0) {
      lines.push(undefined);
      lengths.push(0);
    }
    this.#peeked = lengths;
    return lines;
  }

  /** Goes past lines that were peeked. */
  skip(count: number): void {
    this.#start += this.#peeked.slice(0, count).reduce((sum, length) => sum + length, 0);
    this.#peeked = this.#peeked.slice(count);
    this.#count -= count;
  }

  /** Removes the file, where it is still this one. */
  remove(): void {
    if (this.isInPlace) unlinkSync(this.path);
    this.close();
  }

  close(): void {
    closeSync(this.#descriptor);
  }

  async #read(bytes: number): Promise<Buffer> {
    const wanted = Math.min(bytes, this.#end - this.#start);
    const { buffer, bytesRead } = await readFrom(this.#descriptor, Buffer.alloc(wanted), 0, wanted, this.#start);
    return buffer.subarray(0, bytesRead);
  }
}

/** A line as it is written. JSON holds no line break. */
export function framed(json: string): Buffer {
  return Buffer.from(`${checksumOf(Buffer.from(json))} ${json}\n`);
}

function unframed(line: Buffer): string | undefined {
  const json = line.subarray(CHECKSUM_DIGITS + 1);
  return line.toString('latin1', 0, CHECKSUM_DIGITS + 1) === `${checksumOf(json)} ` ? json.toString('utf8') : undefined;
}

function checksumOf(bytes: Buffer): string {
  return crc32(bytes).toString(16).padStart(CHECKSUM_DIGITS, '0');
}

async function countLines(path: string): Promise<number> {
  const file = await openFile(path, 'r');
  try {
    const buffer = Buffer.alloc(READ_BYTES);
    let count = 0;
    let isTorn = false;
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, buffer.length);
      if (bytesRead === 0) return count + (isTorn ? 1 : 0);
      const part = buffer.subarray(0, bytesRead);
      for (let at = part.indexOf(NEWLINE); at !== -1; at = part.indexOf(NEWLINE, at + 1)) count += 1;
      isTorn = part.at(-1) !== NEWLINE;
    }
  } finally {
    await file.close();
  }
}

/** A file is found again after a power failure when its folder is on the disk, too. */
function syncFolder(folder: string): void {
  // Windows has no descriptor of a folder to be flushed, and needs none.
  if (process.platform === 'win32') return;
  const descriptor = openSync(folder, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
