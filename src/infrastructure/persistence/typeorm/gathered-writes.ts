import type { GatheredPart, GatheredRows, InsertRow } from './dialect/dialect.js';

/**
 * Not everything that was gathered could be written. Which part of the work would have failed by itself is found out by
 * doing it again, one statement after another.
 */
export class GatheredConflict extends Error {
  override readonly name = 'GatheredConflict';
}

interface Gathered {
  readonly kind: GatheredRows;
  readonly key: string;
  readonly row: InsertRow;
}

/** Rows that wait for others. Their order is kept among those of one key, and means nothing otherwise. */
export class GatheredWrites {
  #rows: Gathered[] = [];
  readonly #keys = new Set<string>();

  get isEmpty(): boolean {
    return this.#rows.length === 0;
  }

  add(kind: GatheredRows, key: string, row: InsertRow): void {
    this.#rows.push({ kind, key, row });
    this.#keys.add(keyOf(kind, key));
  }

  has(kind: GatheredRows, key: string): boolean {
    return this.#keys.has(keyOf(kind, key));
  }

  /** Takes over what others have gathered. */
  take(others: GatheredWrites): void {
    for (const { kind, key, row } of others.#rows) this.add(kind, key, row);
  }

  /** Gives all of it, in statements of which none has a key twice, and forgets it. */
  drain(): readonly (readonly GatheredPart[])[] {
    const waves = this.waves();
    this.#rows = [];
    this.#keys.clear();
    return waves;
  }

  /** Gives all of it, in statements of which none has a key twice. */
  waves(): readonly (readonly GatheredPart[])[] {
    const waves: Map<GatheredRows, InsertRow[]>[] = [];
    const times = new Map<string, number>();
    for (const { kind, key, row } of this.#rows) {
      const name = keyOf(kind, key);
      const time = times.get(name) ?? 0;
      times.set(name, time + 1);
      const wave = (waves[time] ??= new Map<GatheredRows, InsertRow[]>());
      const rows = wave.get(kind);
      if (rows === undefined) wave.set(kind, [row]);
      else rows.push(row);
    }
    return waves.map((wave) => Array.from(wave, ([kind, rows]) => ({ kind, rows })));
  }
}

function keyOf({ name }: GatheredRows, key: string): string {
  return `${name}/${key}`;
}
