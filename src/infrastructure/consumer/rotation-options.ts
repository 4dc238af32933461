/** When a file is put aside for a new one, and what becomes of it. */
export interface RotationOptions {
  /** A file of so many bytes is put aside; any size when left out. */
  readonly maxBytes?: number;
  /** How many files that were put aside are kept; all of them when left out. */
  readonly maxFiles?: number;
  /** The file is put aside at each full month, day, hour, minute or second of this: `1M`, `1d`, `6h`, `30m`, `10s`. */
  readonly interval?: string;
  /** Whether files that were put aside are compressed with gzip; `false` when left out. */
  readonly compress?: boolean;
}
