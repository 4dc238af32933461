import { z } from 'zod';
import type { Hash } from '../../shared/hash.js';
import { ExportDamagedError } from './export.errors.js';
import { EXPORT_FORMATS, type ExportFormat } from './export-format.js';

/** Positions `from` to `until - 1`. */
export interface PositionRange {
  readonly from: number;
  /** The position after the last one. */
  readonly until: number;
}

/** A seal that vouches for an export. */
export interface ExportSeal {
  /** Its signed note, as it was written. */
  readonly note: string;
  /**
   * Where the seal covers more than the export: that the sealed log grew from the exported one (RFC 9162 section 2.1.4).
   */
  readonly consistency?: readonly Hash[];
}

/** What is true of every export. */
export interface ExportFacts {
  readonly formatVersion: 1;
  /** The version of Waymark that wrote it. */
  readonly waymark: string;
  readonly format: ExportFormat;
  readonly gzip: boolean;
  /** Whether each CloudEvent carries its stored entry. */
  readonly withEntry?: boolean;
  /** The part of the log that was looked through. */
  readonly range: PositionRange;
  readonly entries: number;
  /** The file that was written. */
  readonly file: { readonly bytes: number; readonly sha256: Hash };
}

/** An export that is provable as a whole: every entry of its range, text by text. */
export interface WholeExport extends ExportFacts {
  readonly proof: 'root';
  /** The Merkle frontier before the first entry, from which the tree is gone on with. */
  readonly frontier: readonly Hash[];
  /** The root of the log up to `range.until`. */
  readonly rootHash: Hash;
  /** The roots after every {@link PART} entries: where the tree is another, they tell whereabouts. */
  readonly parts: readonly Hash[];
  /** What vouches for the export. */
  readonly seal?: ExportSeal;
  /** The notes of the seals that its entries tell of (`audit.sealed`): they belong to the log, and are imported with it. */
  readonly seals?: readonly string[];
}

/** An export of which each entry is provable by a bundle of its own only: `waymark prove EVENT`. */
export interface PartialExport extends ExportFacts {
  readonly proof: 'bundles';
  /** What was looked for, where not everything was. */
  readonly filter?: Readonly<Record<string, unknown>>;
  /** Which positions a filter found; left out where there are more than {@link MAX_POSITION_RANGES} ranges of them. */
  readonly positions?: readonly PositionRange[];
}

/** What is written beside an export: what it is, and what it is held to. */
export type ExportManifest = WholeExport | PartialExport;

/** Entries between two roots of {@link WholeExport.parts}. */
export const PART = 1_000;

/** How many ranges of positions a manifest lists. */
export const MAX_POSITION_RANGES = 1_000;

const hash = z.string().regex(/^[0-9a-f]{64}$/, 'is not a hash');
const count = z.int().min(0);
const range = z
  .strictObject({ from: count, until: count })
  .refine(({ from, until }) => from <= until, 'ends before it begins');
const facts = {
  formatVersion: z.literal(1),
  waymark: z.string(),
  format: z.enum(EXPORT_FORMATS),
  gzip: z.boolean(),
  withEntry: z.boolean().optional(),
  range,
  entries: count,
  file: z.strictObject({ bytes: count, sha256: hash }),
};
const MANIFEST = z.discriminatedUnion('proof', [
  z
    .strictObject({
      ...facts,
      proof: z.literal('root'),
      frontier: z.array(hash),
      rootHash: hash,
      parts: z.array(hash),
      seal: z.strictObject({ note: z.string(), consistency: z.array(hash).optional() }).optional(),
      seals: z.array(z.string()).optional(),
    })
    .refine(({ range: { from, until }, entries }) => entries === until - from, 'entries is not what the range has'),
  z.strictObject({
    ...facts,
    proof: z.literal('bundles'),
    filter: z.record(z.string(), z.unknown()).optional(),
    positions: z.array(range).optional(),
  }),
]);

/** A manifest as it is written. */
export function formatManifest(manifest: ExportManifest): string {
  return `${JSON.stringify(manifest, undefined, 2)}\n`;
}

/**
 * Reads a manifest. It is closed: what nobody checks can't look as if it were checked.
 *
 * @throws ExportDamagedError `WAYMARK_EXPORT_DAMAGED`
 */
export function parseManifest(text: string): ExportManifest {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new ExportDamagedError('its manifest is not JSON', undefined, { cause });
  }
  const version = (value as { formatVersion?: unknown } | null)?.formatVersion;
  if (typeof version === 'number' && version > 1) {
    throw new ExportDamagedError(`its manifest is of version ${version}, which a newer Waymark reads`);
  }
  const { data, error } = MANIFEST.safeParse(value);
  if (data !== undefined) return data as ExportManifest;
  const [issue] = error.issues;
  const path = issue?.path.join('.') ?? '';
  throw new ExportDamagedError(`its manifest is none: ${path === '' ? '' : `${path}: `}${issue?.message ?? ''}`);
}
