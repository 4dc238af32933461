import { ExportDamagedError } from '../../../domain/audit/export/export.errors.js';
import type { ExportSeal, WholeExport } from '../../../domain/audit/export/export-manifest.js';
import { verifyConsistency } from '../../../domain/audit/integrity/consistency-proof.js';
import { parseSeal, readUncheckedSeal, type Seal } from '../../../domain/audit/integrity/seal.js';
import { TrustedKeys, type TrustedKeyInit } from '../../../domain/audit/integrity/trusted-keys.js';
import type { VerifierKey } from '../../../domain/audit/integrity/verifier-key.js';
import type { Hash } from '../../../domain/shared/hash.js';
import { unsealed } from '../integrity/integrity.errors.js';
import type { RootStops } from './root-stops.js';
import { sealsByKey } from './told-seals.js';

/** Keys as a caller gives them. */
export type GivenKeys = TrustedKeys | readonly (string | VerifierKey | TrustedKeyInit)[];

/** The seal that vouches for an export. */
export interface ExportVoucher {
  readonly seal: Seal;
  /** Whether a trusted key signed it. Nobody asked where no keys were given. */
  readonly isTrusted: boolean;
}

/**
 * Holds an export to its seals, as its roots become known.
 *
 * @param stops where it is noted at which sizes of the log it wants to know the root; a root that is not what was sealed
 *   throws ExportDamagedError
 * @returns what vouches for it; `undefined` where nothing does, and no keys ask for it
 * @throws UntrustedNoteError `WAYMARK_NOTE_UNTRUSTED`; InvalidNoteError `WAYMARK_INVALID_NOTE`; WaymarkError
 *   `WAYMARK_UNSEALED` when keys are given, and no seal covers the export
 */
export function holdToSeals(
  manifest: WholeExport,
  keys: GivenKeys | undefined,
  stops: RootStops,
): ExportVoucher | undefined {
  const trusted = keys === undefined || keys instanceof TrustedKeys ? keys : new TrustedKeys(keys);
  const { range, seals = [] } = manifest;
  for (const { size, rootHash } of sealsByKey(seals).values()) {
    if (size < range.from || size > range.until) continue;
    stops.add(size, (root) => assertSealed(root === rootHash, size));
  }
  if (manifest.seal !== undefined) return heldTo(manifest, manifest.seal, trusted, stops);
  if (trusted === undefined) return undefined;
  throw unsealed('The export has no seal that a key could vouch for.', {});
}

function heldTo(
  manifest: WholeExport,
  { note, consistency }: ExportSeal,
  trusted: TrustedKeys | undefined,
  stops: RootStops,
): ExportVoucher {
  const { from, until } = manifest.range;
  const seal = trusted === undefined ? readUncheckedSeal(note) : parseSeal(note, trusted);
  if (seal.size < from) throw new ExportDamagedError('its seal covers nothing of it');
  stops.add(Math.min(seal.size, until), (root) => {
    assertSealed(seal.size < until ? root === seal.rootHash : grewInto(seal, until, root, consistency), seal.size);
  });
  return { seal, isTrusted: trusted !== undefined };
}

function assertSealed(isSealed: boolean, size: number): void {
  if (!isSealed) throw new ExportDamagedError(`it is not what was sealed at ${size} entries`);
}

function grewInto(seal: Seal, size: number, rootHash: Hash, path: readonly Hash[] = []): boolean {
  return verifyConsistency({
    firstSize: size,
    firstRoot: Buffer.from(rootHash, 'hex'),
    secondSize: seal.size,
    secondRoot: Buffer.from(seal.rootHash, 'hex'),
    path: path.map((hash) => Buffer.from(hash, 'hex')),
  });
}
