import type { EntryBody } from '../../../domain/audit/audit-entry.js';
import { parseEntryBody } from '../../../domain/audit/entry-codec.js';
import { codecOf } from '../../../domain/audit/export/codec-of.js';
import { ExportDamagedError } from '../../../domain/audit/export/export.errors.js';
import type { ExportCodec } from '../../../domain/audit/export/export-format.js';
import { type ExportManifest, PART } from '../../../domain/audit/export/export-manifest.js';
import { TreeWalk } from '../../../domain/audit/export/tree-walk.js';
import type { Hash } from '../../../domain/shared/hash.js';
import { nextTurn } from '../../shared/next-turn.js';
import type { ExportSource } from './export-files.port.js';

/** An entry that was read from an export. */
export interface ReadEntry {
  readonly position: number;
  readonly body: string;
  /** The line that it begins in, from 1. */
  readonly line: number;
}

/** How to read an export. */
export interface ReadOptions {
  /** Sizes of the log at which somebody wants to know the root. */
  readonly stops?: ReadonlyMap<number, (rootHash: Hash) => void>;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Reads an export, and holds it to its manifest: every record is what its own text makes, in its place, they lead to
 * the root, and the file has the bytes that were written. What it gives is sound as far as it goes; that nothing is
 * missing is known when it ends.
 *
 * @throws ExportDamagedError `WAYMARK_EXPORT_DAMAGED`
 */
export async function* readExport(
  source: ExportSource,
  manifest: ExportManifest,
  { stops, onProgress, signal }: ReadOptions = {},
): AsyncGenerator<readonly ReadEntry[], void, undefined> {
  const records = new Records(manifest, stops);
  for await (const lines of source.lines(manifest.gzip)) {
    signal?.throwIfAborted();
    const entries = records.take(lines);
    if (entries.length > 0) {
      yield entries;
      onProgress?.(records.count, manifest.entries);
    }
    // Hashing is work for the processor: the rest of the program has its turn in between.
    await nextTurn();
  }
  signal?.throwIfAborted();
  records.end();
  const { bytes, sha256 } = source.digest();
  if (bytes !== manifest.file.bytes || sha256 !== manifest.file.sha256) {
    throw new ExportDamagedError('its bytes are not those that were written');
  }
}

/** Takes lines to entries, and looks at each. */
class Records {
  readonly #manifest: ExportManifest;
  readonly #codec: ExportCodec;
  readonly #reader;
  readonly #walk: TreeWalk | undefined;
  #line = 0;
  #recordLine = 1;
  /** The line that each part of the tree begins in. */
  #partLine = 1;
  #next: number;
  count = 0;

  constructor(manifest: ExportManifest, stops: ReadOptions['stops']) {
    this.#manifest = manifest;
    this.#codec = codecOf(manifest);
    this.#reader = this.#codec.reader();
    this.#next = manifest.range.from;
    if (manifest.proof === 'root') this.#walk = walkOf(manifest, stops);
  }

  take(lines: readonly string[]): readonly ReadEntry[] {
    const entries: ReadEntry[] = [];
    for (const line of lines) {
      this.#line += 1;
      const taken = this.#reader.next(line);
      if (typeof taken === 'object') throw new ExportDamagedError(taken.problem, this.#line);
      if (taken === undefined) {
        if (!this.#reader.isWithin) this.#recordLine = this.#line + 1;
        continue;
      }
      const entry = this.#read(taken, this.#recordLine);
      if (entry !== undefined) entries.push(entry);
      this.count += 1;
      this.#recordLine = this.#line + 1;
    }
    return entries;
  }

  end(): void {
    const { entries } = this.#manifest;
    const problem = this.#reader.end();
    if (problem !== undefined) throw new ExportDamagedError(problem, this.#recordLine);
    if (this.count !== entries) {
      throw new ExportDamagedError(`it ends after ${this.count} of ${entries} entries`, this.#line + 1);
    }
    if (this.#walk === undefined || this.#manifest.proof !== 'root') return;
    if (this.#walk.rootHash !== this.#manifest.rootHash) this.#contradicts('its entries do not lead to its root');
  }

  /** The entry of a record; `undefined` where the form holds none. */
  #read(record: string, line: number): ReadEntry | undefined {
    if (this.count >= this.#manifest.entries) {
      throw new ExportDamagedError(`it goes on after ${this.#manifest.entries} entries`, line);
    }
    if (!this.#codec.holdsBodies) return undefined;
    const { body, entry } = this.#parsed(record, line);
    const { position } = entry;
    this.#assertPlace(position, line);
    // The stored text says it all: what stands beside it has to say the same.
    if (this.#codec.record({ position, body }) !== record || !body.startsWith(`{"position":${position},`)) {
      throw new ExportDamagedError('what it says of an entry is not what the entry says', line);
    }
    this.#next = position + 1;
    this.#hash(body, line);
    return { position, body, line };
  }

  #parsed(record: string, line: number): { readonly body: string; readonly entry: EntryBody } {
    try {
      const body = this.#codec.bodyOf(record);
      return { body, entry: parseEntryBody(body, this.#next) };
    } catch (cause) {
      throw new ExportDamagedError('it is not an entry', line, { cause });
    }
  }

  #assertPlace(position: unknown, line: number): void {
    const { proof, range } = this.#manifest;
    const isNext =
      proof === 'root'
        ? position === this.#next
        : Number.isSafeInteger(position) && (position as number) >= this.#next && (position as number) < range.until;
    if (isNext) return;
    throw new ExportDamagedError(`its position is ${JSON.stringify(position)}, and ${this.#next} comes next`, line);
  }

  #hash(body: string, line: number): void {
    const walk = this.#walk;
    if (walk === undefined || this.#manifest.proof !== 'root') return;
    if (this.count % PART === 0) this.#partLine = line;
    walk.add(body);
    if ((this.count + 1) % PART !== 0) return;
    const part = (this.count + 1) / PART - 1;
    if (walk.parts[part] !== this.#manifest.parts[part]) this.#contradicts('its entries are not what was exported');
  }

  #contradicts(problem: string): never {
    throw new ExportDamagedError(problem, this.#partLine, { lastLine: Math.max(this.#partLine, this.#line) });
  }
}

function walkOf(manifest: Extract<ExportManifest, { proof: 'root' }>, stops: ReadOptions['stops']): TreeWalk {
  const { range, frontier } = manifest;
  try {
    return new TreeWalk(range.from, { size: range.from, frontier, parts: [] }, stops);
  } catch (cause) {
    throw new ExportDamagedError('its manifest is none: the frontier does not fit the range', undefined, { cause });
  }
}
