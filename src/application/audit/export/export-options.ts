import { type AuditFilter, toAuditCriteria } from '../../../domain/audit/audit-criteria.js';
import { EXPORT_FORMATS, type ExportFormat } from '../../../domain/audit/export/export-format.js';
import { InvalidArgumentError } from '../../../domain/shared/errors.js';
import {
  assertKeys,
  assertOptional,
  assertOptionalSignal,
  type KeysOf,
  oneOf,
  wholeNumber,
} from '../../../domain/shared/options.js';
import type { ExportOutput } from './export-files.port.js';

/** How to export. */
export interface ExportOptions {
  /**
   * The path of a file, which is replaced when the export is complete, or a stream, which is not ended. Beside a file its
   * manifest is written, as `<file>.manifest.json`.
   */
  readonly to: string | ExportOutput;
  /** `jsonl` when left out. */
  readonly format?: ExportFormat;
  /** The first position; that of the first entry that retention left when left out. */
  readonly from?: number;
  /** The position after the last one; the end of the log as it is now when left out. */
  readonly until?: number;
  /** Which entries; all of them when left out. What is filtered is no longer provable as a whole. */
  readonly filter?: AuditFilter;
  /** Whether to pack it with gzip. */
  readonly gzip?: boolean;
  /** For CloudEvents: whether each carries the stored entry too, as `waymarkentry`. Without it nothing can be imported. */
  readonly withEntry?: boolean;
  /** Whether to go on with an export to the same file that was interrupted, if there is one. */
  readonly resume?: boolean;
  /** A path for the manifest, instead of beside the file. A stream has no manifest without it. */
  readonly manifest?: string;
  /** Whether to record `audit.exported`; it is when left out. A store that is open for reading only can't. */
  readonly record?: boolean;
  /** Told after each page how many positions were looked through, of how many. */
  readonly onProgress?: (done: number, total: number) => void;
  /** Stops it: the promise rejects with the signal's reason, and `resume` goes on from there. */
  readonly signal?: AbortSignal;
}

const KEYS: KeysOf<ExportOptions> = {
  to: true,
  format: true,
  from: true,
  until: true,
  filter: true,
  gzip: true,
  withEntry: true,
  resume: true,
  manifest: true,
  record: true,
  onProgress: true,
  signal: true,
};

/** What is exported, and how: what two runs of one export must have in common. */
export interface ExportRequest {
  readonly format: ExportFormat;
  readonly gzip: boolean;
  readonly withEntry: boolean;
  readonly from: number | undefined;
  readonly until: number | undefined;
  /** As JSON: times are texts. */
  readonly filter: AuditFilter | undefined;
}

/** @throws InvalidArgumentError `WAYMARK_INVALID_ARGUMENT` or `WAYMARK_INVALID_QUERY` */
export function toExportRequest(options: ExportOptions): ExportRequest {
  assertKeys(options, KEYS, 'export option');
  for (const key of ['gzip', 'withEntry', 'resume', 'record'] as const) assertOptional(options[key], 'boolean', key);
  assertOptional(options.manifest, 'string', 'manifest');
  assertOptional(options.onProgress, 'function', 'onProgress');
  assertOptionalSignal(options.signal);
  assertTarget(options);
  const format = oneOf(options.format ?? 'jsonl', EXPORT_FORMATS, 'format');
  const { from, until, filter, gzip = false, withEntry = false } = options;
  if (withEntry && (format === 'jsonl' || format === 'csv')) {
    throw new InvalidArgumentError(`withEntry is for CloudEvents: ${format} holds the stored entries as it is.`);
  }
  if (from !== undefined) wholeNumber(from, 'from', 0);
  if (until !== undefined) wholeNumber(until, 'until', from ?? 0);
  if (filter !== undefined) toAuditCriteria(filter);
  return {
    format,
    gzip,
    withEntry,
    from,
    until,
    filter: filter === undefined || isEmpty(filter) ? undefined : asJson(filter),
  };
}

function assertTarget({ to, resume }: ExportOptions): void {
  const isStream = typeof to === 'object' && to !== null && typeof to.write === 'function';
  if (!isStream && (typeof to !== 'string' || to === '' || to.includes('\0'))) {
    throw new InvalidArgumentError('An export goes to the path of a file, or to a stream: { to }.');
  }
  if (isStream && resume === true) {
    throw new InvalidArgumentError('Only an export to a file can be resumed: what a stream got is not known.');
  }
}

function isEmpty(filter: AuditFilter): boolean {
  return Object.values(filter).every((value) => value === undefined);
}

/** As it is in a manifest: the same for the same filter, however it was written. */
function asJson(filter: AuditFilter): AuditFilter {
  const given = Object.entries(filter)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]: [string, unknown]) => [key, value instanceof Date ? value.toISOString() : value] as const);
  return Object.fromEntries(given.toSorted(([one], [other]) => (one < other ? -1 : 1)));
}
