import { codecOf } from '../../../domain/audit/export/codec-of.js';
import { ExportDamagedError } from '../../../domain/audit/export/export.errors.js';
import { type ExportManifest, parseManifest, type WholeExport } from '../../../domain/audit/export/export-manifest.js';
import { InvalidNoteError, UntrustedNoteError } from '../../../domain/audit/integrity/note.errors.js';
import type { Seal } from '../../../domain/audit/integrity/seal.js';
import { WaymarkError } from '../../../domain/shared/errors.js';
import type { Hash } from '../../../domain/shared/hash.js';
import { assertKeys, assertOptional, assertOptionalSignal, type KeysOf } from '../../../domain/shared/options.js';
import type { ExportSource } from './export-files.port.js';
import { type ExportVoucher, type GivenKeys, holdToSeals } from './export-seal.js';
import { readExport } from './read-export.js';
import { RootStops } from './root-stops.js';

/** How to verify an export. */
export interface VerifyExportOptions {
  /** The keys to believe. With them, a seal has to vouch for the export that one of them signed. */
  readonly trusted?: GivenKeys;
  /** The path of the manifest, where it is not beside the file. */
  readonly manifest?: string;
  /** Told how many entries were looked at, of how many. */
  readonly onProgress?: (done: number, total: number) => void;
  /** Stops it: the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** What an export was found to be. */
export interface ExportVerification {
  /**
   * - `ok`: it is what was exported, and what was sealed where there is a seal
   * - `damaged`: it, or its manifest, is not what was written
   * - `untrusted`: no key signed its seal that is trusted for a log of that name and size
   * - `unsealed`: keys were given, and it has no seal
   */
  readonly verdict: 'ok' | 'damaged' | 'untrusted' | 'unsealed';
  /** What was proved, or what is wrong, one sentence. */
  readonly detail: string;
  /** The line where it shows, from 1, where it can be told. */
  readonly line?: number;
  /** Entries that were read. */
  readonly entries?: number;
  /** The root that the entries lead to. */
  readonly rootHash?: Hash;
  /** The seal that it was found to agree with. Nobody looked at its signature where no keys were given. */
  readonly seal?: Seal;
  /** Whether a trusted key signed the seal. */
  readonly isTrusted?: boolean;
}

const KEYS: KeysOf<VerifyExportOptions> = { trusted: true, manifest: true, onProgress: true, signal: true };

/** Holds an export to its manifest, and that to its seal. It needs no store. */
export async function verifyExportFrom(
  source: ExportSource,
  options: VerifyExportOptions,
): Promise<ExportVerification> {
  assertKeys(options, KEYS, 'option of verifyExport');
  assertOptional(options.manifest, 'string', 'manifest');
  assertOptional(options.onProgress, 'function', 'onProgress');
  assertOptionalSignal(options.signal);
  try {
    return await held(source, parseManifest(await source.readManifest()), options);
  } catch (error) {
    const found = findingOf(error);
    if (found === undefined) throw error;
    return found;
  }
}

async function held(
  source: ExportSource,
  manifest: ExportManifest,
  { trusted, onProgress, signal }: VerifyExportOptions,
): Promise<ExportVerification> {
  const { entries } = manifest;
  const stops = new RootStops();
  const voucher = manifest.proof === 'root' ? holdToSeals(manifest, trusted, stops) : undefined;
  for await (const _ of readExport(source, manifest, { stops, onProgress, signal })) void _;
  if (manifest.proof === 'root') return whole(manifest, voucher);
  if (trusted !== undefined) {
    const detail = `its bytes are those that were written, and nothing proves what it holds: ${WHY_NOT}`;
    return { verdict: 'unsealed', detail, entries };
  }
  const what = codecOf(manifest).holdsBodies ? 'each entry is a whole one, and the' : 'the';
  return { verdict: 'ok', detail: `${what} bytes are those that were written; ${WHY_NOT}`, entries };
}

const WHY_NOT = 'each entry is to be proved by a bundle of its own (waymark prove)';

function whole(manifest: WholeExport, voucher: ExportVoucher | undefined): ExportVerification {
  const { range, entries, rootHash } = manifest;
  const size = `${entries} entries lead to the root of the log at ${range.until}`;
  if (voucher === undefined) return { verdict: 'ok', detail: `${size}; there is no seal`, entries, rootHash };
  const { seal, isTrusted } = voucher;
  const covered = seal.size >= range.until ? 'all of them' : `those before position ${seal.size}`;
  const detail = `${size}; ${seal.origin} sealed ${covered}${isTrusted ? '' : ', if its key is theirs: none was given'}`;
  return { verdict: 'ok', detail, entries, rootHash, seal, isTrusted };
}

/** What an error says of an export; `undefined` where it says something else. */
function findingOf(error: unknown): ExportVerification | undefined {
  if (error instanceof ExportDamagedError) {
    const { line } = error;
    return { verdict: 'damaged', detail: error.message, ...(line === undefined ? {} : { line }) };
  }
  if (error instanceof InvalidNoteError) return { verdict: 'damaged', detail: error.message };
  if (error instanceof UntrustedNoteError) {
    return { verdict: error.reason === 'wrong-signature' ? 'damaged' : 'untrusted', detail: error.message };
  }
  return WaymarkError.is(error, 'WAYMARK_UNSEALED') ? { verdict: 'unsealed', detail: error.message } : undefined;
}
