import type { StoredEntry } from '../../../domain/audit/audit-entry.js';
import { codecOf } from '../../../domain/audit/export/codec-of.js';
import type { ExportCodec } from '../../../domain/audit/export/export-format.js';
import {
  type ExportManifest,
  MAX_POSITION_RANGES,
  type PositionRange,
} from '../../../domain/audit/export/export-manifest.js';
import { TreeWalk, type WalkState } from '../../../domain/audit/export/tree-walk.js';
import { AuditExported } from '../../../domain/events/families/audit.events.js';
import { InvalidArgumentError, WaymarkError } from '../../../domain/shared/errors.js';
import { nextTurn } from '../../shared/next-turn.js';
import { notesToldOf } from './told-seals.js';
import type { ExportSink } from './export-files.port.js';
import { type ExportOptions, type ExportRequest, toExportRequest } from './export-options.js';
import { type ExportPlan, planExport } from './export-plan.js';
import { exportedRows } from './exported-rows.js';
import type { TransferServices } from './transfer-services.js';

/** How far an export has come. */
interface ExportProgress {
  readonly plan: ExportPlan;
  /** The position to go on from. */
  readonly next: number;
  readonly entries: number;
  readonly walk?: WalkState;
  readonly positions: readonly PositionRange[];
  /** The notes of the seals that its entries tell of. */
  readonly seals: readonly string[];
}

/** Pages between two saves: what an interruption costs at most. */
const PAGES_PER_SAVE = 10;

/** Writes a part of the log out. See `AuditLog.export`. */
export async function exportLog(services: TransferServices, options: ExportOptions): Promise<ExportManifest> {
  const request = toExportRequest(options);
  const { to, resume = false, manifest, record = true, signal } = options;
  signal?.throwIfAborted();
  // What can't be exported must not cost what an earlier export has left to be resumed.
  const planned = resume ? undefined : await planExport(services, request);
  const { sink, saved } = await services.files.create(to, { gzip: request.gzip, resume, manifest });
  try {
    if (saved !== undefined && 'manifest' in saved) return saved.manifest;
    const begun =
      saved === undefined
        ? beginning(planned ?? (await planExport(services, request)))
        : resumed(saved.progress, request);
    if (saved === undefined) await sink.save(begun);
    const done = await writeOut(services, sink, begun, options);
    const made = manifestOf(done, sink);
    // Before it is in its place: nothing leaves the log that the log does not know of.
    if (record) await tell(services, made, typeof to === 'string' ? to : 'a stream');
    await sink.finish(made);
    return made;
  } finally {
    await sink.close();
  }
}

function beginning(plan: ExportPlan): ExportProgress {
  const { range, tree } = plan;
  return {
    plan,
    next: range.from,
    entries: 0,
    positions: [],
    seals: [],
    ...(tree === undefined ? {} : { walk: { size: range.from, frontier: tree.frontier, parts: [] } }),
  };
}

/** Whoever resumes an export wants what was begun. What they leave out is as it was. */
function resumed(saved: unknown, request: ExportRequest): ExportProgress {
  const progress = saved as ExportProgress;
  const begun = progress.plan.request;
  const { from = progress.plan.range.from, until = progress.plan.range.until, ...rest } = request;
  const { from: _, until: __, ...before } = begun;
  const isSame =
    JSON.stringify(rest) === JSON.stringify(before) &&
    from === progress.plan.range.from &&
    until === progress.plan.range.until;
  if (isSame) return progress;
  throw new InvalidArgumentError('The export that was interrupted was begun with other options.', {
    hint: 'Give the same format, range and filter, or leave out resume to begin anew.',
    details: { begun },
  });
}

async function writeOut(
  { log, seals: repository }: TransferServices,
  sink: ExportSink,
  begun: ExportProgress,
  { onProgress, signal }: ExportOptions,
): Promise<ExportProgress> {
  const { plan } = begun;
  const { from, until } = plan.range;
  const codec = codecOf(plan.request);
  const walk = begun.walk === undefined ? undefined : new TreeWalk(from, begun.walk);
  let { entries, next } = begun;
  let { positions, seals } = begun;
  let pages = 0;
  const progress = (): ExportProgress => ({
    plan,
    next,
    entries,
    positions,
    seals,
    ...(walk === undefined ? {} : { walk: walk.state }),
  });
  let isBegun = sink.digest().bytes > 0;
  const write = async (text: string): Promise<void> => {
    await sink.write(isBegun ? text : codec.head + text);
    isBegun = true;
  };
  for await (const page of exportedRows(log, plan, next)) {
    signal?.throwIfAborted();
    if (page.rows.length > 0) await write(page.rows.map((row, index) => textOf(codec, row, entries + index)).join(''));
    for (const { body } of page.rows) walk?.add(body);
    const told = walk === undefined ? [] : await notesToldOf(repository, page.rows);
    if (told.length > 0) seals = [...seals, ...told];
    if (plan.request.filter !== undefined) positions = withPositions(positions, page.rows);
    entries += page.rows.length;
    ({ next } = page);
    onProgress?.(next - from, until - from);
    pages += 1;
    if (pages % PAGES_PER_SAVE === 0) await sink.save(progress());
    // A driver that works synchronously gives the event loop no turn of its own.
    await nextTurn();
  }
  signal?.throwIfAborted();
  // An empty export has its frame too, and one member of gzip.
  if (!isBegun || codec.tail !== '') await write(codec.tail);
  const rootHash = plan.tree?.rootHash;
  if (walk !== undefined && walk.rootHash !== rootHash) throw anotherTree(plan.range);
  return progress();
}

function textOf(codec: ExportCodec, { position, body }: StoredEntry, index: number): string {
  return codec.place(codec.record({ position, body }), index);
}

/** Ranges with more positions, which come in order. One more than is listed says that there are too many. */
function withPositions(ranges: readonly PositionRange[], rows: readonly StoredEntry[]): readonly PositionRange[] {
  const more = [...ranges];
  for (const { position } of rows) {
    if (more.length > MAX_POSITION_RANGES) break;
    const last = more.at(-1);
    if (last?.until === position) more[more.length - 1] = { from: last.from, until: position + 1 };
    else more.push({ from: position, until: position + 1 });
  }
  return more;
}

function manifestOf({ plan, entries, walk, positions, seals }: ExportProgress, sink: ExportSink): ExportManifest {
  const { format, gzip, withEntry, filter } = plan.request;
  const facts = {
    formatVersion: 1,
    waymark: plan.waymark,
    format,
    gzip,
    ...(withEntry ? { withEntry } : {}),
    range: plan.range,
    entries,
  } as const;
  const file = sink.digest();
  if (plan.tree !== undefined) {
    const told = seals.length === 0 ? {} : { seals };
    return { ...facts, proof: 'root', ...plan.tree, ...told, parts: walk?.parts ?? [], file };
  }
  if (filter === undefined) return { ...facts, proof: 'bundles', file };
  const isListed = positions.length <= MAX_POSITION_RANGES;
  return { ...facts, proof: 'bundles', filter: { ...filter }, ...(isListed ? { positions } : {}), file };
}

async function tell(
  { recorder, factory }: TransferServices,
  { format, entries }: ExportManifest,
  destination: string,
): Promise<void> {
  await recorder.record([factory.make(AuditExported, { format, entries, destination })]);
}

function anotherTree({ until }: PositionRange): WaymarkError {
  return new WaymarkError(
    'WAYMARK_LOG_CORRUPT',
    `The log can't be exported: its texts do not lead to its root at ${until} entries.`,
    { hint: 'Run waymark verify to learn how far the log is intact.', details: { size: until } },
  );
}
