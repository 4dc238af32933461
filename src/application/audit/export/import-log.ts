import { codecOf } from '../../../domain/audit/export/codec-of.js';
import { importMismatch, notImportable } from '../../../domain/audit/export/export.errors.js';
import { type ExportManifest, parseManifest, type WholeExport } from '../../../domain/audit/export/export-manifest.js';
import type { StoredSeal } from '../../../domain/audit/seal.repository.port.js';
import type { LogHead } from '../../../domain/audit/integrity/log-head.js';
import { InvalidArgumentError } from '../../../domain/shared/errors.js';
import type { Hash } from '../../../domain/shared/hash.js';
import { assertKeys, assertOptional, assertOptionalSignal, type KeysOf } from '../../../domain/shared/options.js';
import { frontierAt } from '../integrity/since-seal.js';
import { appendVerbatim } from './append-verbatim.js';
import { type GivenKeys, holdToSeals } from './export-seal.js';
import { type ReadEntry, readExport } from './read-export.js';
import { RootStops } from './root-stops.js';
import { sealsByKey, sealsToldOf } from './told-seals.js';
import type { TransferServices } from './transfer-services.js';

/** How to import. */
export interface ImportOptions {
  /** The path of the exported file. Its manifest is beside it. */
  readonly from: string;
  /** The keys to believe. With them, a seal has to vouch for the export that one of them signed. */
  readonly trusted?: GivenKeys;
  /** The path of the manifest, where it is not beside the file. */
  readonly manifest?: string;
  /** Told how far it has come: the entries are first looked at, all of them, and then appended. */
  readonly onProgress?: (done: number, total: number, phase: ImportPhase) => void;
  /** Stops it: the promise rejects with the signal's reason, and another import goes on from there. */
  readonly signal?: AbortSignal;
}

/** What an import is about. */
export type ImportPhase = 'verify' | 'append';

/** What an import did. */
export interface ImportResult {
  /** Entries that were appended. */
  readonly imported: number;
  /** Entries of the export that were there before: an earlier import was interrupted. */
  readonly skipped: number;
  /** The head of the log. */
  readonly head: LogHead;
}

const KEYS: KeysOf<ImportOptions> = { from: true, trusted: true, manifest: true, onProgress: true, signal: true };

/** How many entries share a transaction. */
const BATCH = 256;

/** Makes the log what was exported. See `AuditLog.import`. */
export async function importLog(services: TransferServices, options: ImportOptions): Promise<ImportResult> {
  assertImportOptions(options);
  const { from: path, trusted, manifest: at, signal, onProgress } = options;
  signal?.throwIfAborted();
  const { files, log } = services;
  const manifest = importable(parseManifest(await files.open(path, at).readManifest()));
  const before = await log.head();
  const { range } = manifest;
  if (before.size < range.from || before.size > range.until) throw elsewhere(before, manifest);

  // All of it is looked at before any of it is written.
  let rootThere: Hash | undefined;
  const stops = new RootStops().add(before.size, (root) => (rootThere = root));
  holdToSeals(manifest, trusted, stops);
  const progress = (phase: ImportPhase) => (done: number, total: number) => onProgress?.(done, total, phase);
  const looked = readExport(files.open(path, at), manifest, { stops, signal, onProgress: progress('verify') });
  for await (const _ of looked) void _;
  if (rootThere !== before.rootHash) throw elsewhere(before, manifest);

  // It is read again, and may have become another meanwhile: the last batch waits until its end was looked at too.
  const seals = sealsByKey(manifest.seals ?? []);
  let waiting: readonly ReadEntry[] = [];
  const read = readExport(files.open(path, at), manifest, { signal, onProgress: progress('append') });
  for await (const entries of read) {
    waiting = [...waiting, ...entries.filter(({ position }) => position >= before.size)];
    while (waiting.length > BATCH) {
      signal?.throwIfAborted();
      await write(services, waiting.slice(0, BATCH), seals);
      waiting = waiting.slice(BATCH);
    }
  }
  await write(services, waiting, seals);
  const made = await frontierAt(log, range.until);
  const head = await log.head();
  if (made?.root().toString('hex') !== manifest.rootHash) throw elsewhere(head, manifest);
  return { imported: range.until - before.size, skipped: before.size - range.from, head };
}

/** Entries come together with the seals that they tell of: at every moment, what is there verifies. */
async function write(
  { unitOfWork, log, seals: repository }: TransferServices,
  entries: readonly ReadEntry[],
  seals: ReadonlyMap<string, StoredSeal>,
): Promise<void> {
  if (entries.length === 0) return;
  await unitOfWork.run(async (scope) => {
    await appendVerbatim(log, entries, scope);
    for (const seal of sealsToldOf(seals, entries)) await repository.save(seal, scope);
  });
}

function assertImportOptions(options: ImportOptions): void {
  assertKeys(options, KEYS, 'import option');
  if (typeof options.from !== 'string' || options.from === '') {
    throw new InvalidArgumentError('An import comes from the path of a file: { from }.');
  }
  assertOptional(options.manifest, 'string', 'manifest');
  assertOptional(options.onProgress, 'function', 'onProgress');
  assertOptionalSignal(options.signal);
}

function importable(manifest: ExportManifest): WholeExport {
  if (manifest.proof === 'root' && codecOf(manifest).holdsBodies) return manifest;
  throw notImportable(
    manifest.proof === 'bundles' && manifest.filter !== undefined
      ? 'it holds what a filter found, and not every entry'
      : 'it does not hold the stored entries',
  );
}

function elsewhere({ size, rootHash }: LogHead, { range }: WholeExport): Error {
  const place = `The export has the entries ${range.from} to ${range.until - 1}`;
  const why =
    size < range.from || size > range.until
      ? `the log has ${size}`
      : `the ${size} that the log has are not those that they follow`;
  return importMismatch(`${place}, and ${why}.`, { size, rootHash, from: range.from, until: range.until });
}
