import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { SealAnchor } from '../../application/audit/integrity/seal-anchor.port.js';
import { WaymarkError } from '../../domain/shared/errors.js';

/** A note: its text, an empty line, and signatures. None of its lines but that one is empty. */
const NOTE = /(?:[^\n]+\n)+\n(?:— [^\n]+\n)+/g;

/** How much of the end of the file is sure to hold the last note, in bytes. Ours have less than a thousand. */
const TAIL = 64 * 1024;

/**
 * Seals in a text file, one note after another with an empty line between them. It is opened for appending only, so that
 * a file system that allows nothing else (`chattr +a`, an append-only share) will do.
 *
 * A note is written at once. Where a crash cuts one off, its remains are passed over, and the next seal adds it again.
 *
 * @example
 * const anchor = new FileAnchor('/mnt/witness/orders.seals');
 * const notes = await anchor.read();
 */
export class FileAnchor implements SealAnchor {
  readonly name: string;

  constructor(path: string) {
    this.name = resolve(path);
  }

  read(): Promise<readonly string[] | undefined> {
    return this.#with('r', async (file) => notesOf((await file.readFile()).toString('utf8')));
  }

  async latest(): Promise<string | undefined> {
    const notes = await this.#with('r', async (file) => {
      const { size } = await file.stat();
      const length = Math.min(size, TAIL);
      const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, size - length);
      return notesOf(buffer.toString('utf8', 0, bytesRead));
    });
    return notes?.at(-1);
  }

  async append(notes: readonly string[]): Promise<void> {
    if (notes.length === 0) return;
    await this.#with('a+', async (file) => {
      const { size } = await file.stat();
      const { buffer } = await file.read(Buffer.alloc(1), 0, 1, Math.max(0, size - 1));
      // The remains of a note that was cut off must not become a part of the next one.
      const ending = size > 0 && buffer.toString() !== '\n' ? '\n' : '';
      await file.appendFile(ending + notes.map((note) => `\n${note}`).join(''));
      await file.sync();
    });
  }

  async #with<T>(flags: 'r' | 'a+', work: (file: FileHandle) => Promise<T>): Promise<T | undefined> {
    try {
      if (flags === 'a+') await mkdir(dirname(this.name), { recursive: true });
      const file = await open(this.name, flags, 0o644);
      try {
        return await work(file);
      } finally {
        await file.close();
      }
    } catch (error) {
      if (flags === 'r' && (error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw anchorFailed(this.name, flags === 'r' ? 'read' : 'written', error);
    }
  }
}

function notesOf(text: string): readonly string[] {
  return text.match(NOTE) ?? [];
}

function anchorFailed(path: string, what: 'read' | 'written', cause: unknown): WaymarkError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new WaymarkError('WAYMARK_ANCHOR_FAILED', `The anchor ${path} can not be ${what}: ${why}.`, {
    cause,
    hint: 'Make it a file that this user may append to; seals that are missing from it are added with the next one.',
    details: { path },
  });
}
