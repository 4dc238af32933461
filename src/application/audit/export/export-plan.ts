import { proveConsistency } from '../../../domain/audit/integrity/consistency-proof.js';
import type { LogHead } from '../../../domain/audit/integrity/log-head.js';
import type { MerkleFrontier } from '../../../domain/audit/integrity/merkle-tree.js';
import { subtreesOfLog } from '../../../domain/audit/integrity/stored-hashes.js';
import { codecOf } from '../../../domain/audit/export/codec-of.js';
import type { ExportSeal, PositionRange } from '../../../domain/audit/export/export-manifest.js';
import type { AuditLogRepository } from '../../../domain/audit/audit-log.repository.port.js';
import type { SealRepository, StoredSeal } from '../../../domain/audit/seal.repository.port.js';
import { InvalidArgumentError, WaymarkError } from '../../../domain/shared/errors.js';
import type { Hash } from '../../../domain/shared/hash.js';
import { frontierAt, isRootOf } from '../integrity/since-seal.js';
import type { ExportRequest } from './export-options.js';
import type { TransferServices } from './transfer-services.js';

/** What was fixed when an export began: what is appended or sealed meanwhile does not change it. */
export interface ExportPlan {
  /** The version of Waymark that began it. */
  readonly waymark: string;
  readonly request: ExportRequest;
  readonly range: PositionRange;
  /** What it will be held to, where it is provable as a whole. */
  readonly tree?: {
    readonly frontier: readonly Hash[];
    readonly rootHash: Hash;
    readonly seal?: ExportSeal;
  };
}

/**
 * @throws InvalidArgumentError when the range is not one of the log
 * @throws WaymarkError `WAYMARK_LOG_CORRUPT` when the stored hashes do not lead to the root of the head or to a seal
 */
export async function planExport(
  { log, seals, retention, version }: Pick<TransferServices, 'log' | 'seals' | 'retention' | 'version'>,
  request: ExportRequest,
): Promise<ExportPlan> {
  const head = await log.head();
  const first = (await retention.seams()).at(-1)?.to ?? 0;
  const { from = first, until = head.size } = request;
  if (until > head.size || from > until) {
    throw new InvalidArgumentError(`The log has ${head.size} entries: from and until can't be ${from} and ${until}.`, {
      details: { size: head.size },
    });
  }
  const range = { from, until };
  const plan = { waymark: version, request, range };
  if (request.filter !== undefined || !codecOf(request).holdsBodies) return plan;
  const rootHash = await rootAt(log, until, head);
  const seal = await sealFor(seals, range);
  return {
    ...plan,
    tree: {
      frontier: (await knownFrontier(log, from)).hashes(),
      rootHash,
      ...(seal === undefined ? {} : { seal: await vouching(log, seal, range) }),
    },
  };
}

async function rootAt(log: AuditLogRepository, size: number, head: LogHead): Promise<Hash> {
  const rootHash = (await knownFrontier(log, size)).root().toString('hex');
  if (size === head.size && rootHash !== head.rootHash) throw notProvable('its hashes do not lead to its root');
  return rootHash;
}

async function knownFrontier(log: AuditLogRepository, size: number): Promise<MerkleFrontier> {
  const frontier = await frontierAt(log, size);
  if (frontier === undefined) throw notProvable(`hashes of its first ${size} entries are missing`);
  return frontier;
}

/** The seal that covers the whole range with as little more as can be, or else the one that covers most of it. */
async function sealFor(seals: SealRepository, { from, until }: PositionRange): Promise<StoredSeal | undefined> {
  const [beyond] = await seals.list({ after: { size: until, id: '' }, limit: 1 });
  if (beyond !== undefined) return beyond;
  const latest = await seals.latest();
  return latest !== undefined && latest.size > from ? latest : undefined;
}

/** A seal with what is needed to hold the export to it. */
async function vouching(
  log: AuditLogRepository,
  { size, rootHash, note }: StoredSeal,
  { until }: PositionRange,
): Promise<ExportSeal> {
  if (!isRootOf(await knownFrontier(log, size), { rootHash })) {
    throw notProvable(`it is not the log whose first ${size} entries were sealed`);
  }
  if (size <= until) return { note };
  const path = await proveConsistency(subtreesOfLog(log), until, size);
  return { note, consistency: path.map((hash) => hash.toString('hex')) };
}

function notProvable(why: string): WaymarkError {
  return new WaymarkError('WAYMARK_LOG_CORRUPT', `The log can't be exported: ${why}.`, {
    hint: 'Run waymark verify to learn how far the log is intact.',
  });
}
