import type { EncodedPiece, EncodedValue } from '../../src/domain/checkpoint/content/encoded.js';
import type { ReadContents } from '../../src/domain/checkpoint/content/content-graph.js';

/** Contents in a map: what is stored of encoded values, and what is read of it. */
export class PieceStore {
  readonly bodies = new Map<string, string>();
  /** How many reads there were. */
  reads = 0;

  /** Keeps what is not there yet of values, and tells how much that was. */
  keep(values: readonly EncodedValue[]): { readonly bytes: number; readonly pieces: number } {
    const before = this.bodies.size;
    let bytes = 0;
    for (const piece of piecesOf(values)) {
      if (!this.bodies.has(piece.hash)) bytes += Buffer.byteLength(piece.body);
      this.bodies.set(piece.hash, piece.body);
    }
    return { bytes, pieces: this.bodies.size - before };
  }

  readonly read: ReadContents = (hashes) => {
    this.reads += 1;
    const found = hashes.flatMap((hash) => {
      const body = this.bodies.get(hash);
      return body === undefined ? [] : [[hash, body] as const];
    });
    return Promise.resolve(new Map(found));
  };
}

/** All pieces of values, each once. */
export function piecesOf(values: readonly EncodedValue[]): readonly EncodedPiece[] {
  const pieces = new Set(values.flatMap(({ piece }) => (piece === undefined ? [] : [piece])));
  for (const piece of pieces) for (const child of piece.children) pieces.add(child);
  return [...pieces];
}
