import { Command, Option } from 'commander';
import type { ExportOptions } from '../../../application/audit/export/export-options.js';
import type { AuditFilter } from '../../../domain/audit/audit-criteria.js';
import { EXPORT_FORMATS, type ExportFormat } from '../../../domain/audit/export/export-format.js';
import type { ExportManifest } from '../../../domain/audit/export/export-manifest.js';
import { type Outcome, OUTCOMES, SEVERITIES, type Severity } from '../../../domain/audit/severity.js';
import type { EventCategory } from '../../../domain/events/event-category.js';
import { plural } from '../../text/quantities.js';
import { countProgress } from '../count-progress.js';
import { EXIT, usageError } from '../errors.js';
import { interruptible } from '../interruptible.js';
import { withWaymark } from '../open-waymark.js';
import { collect, given, helpText, wholeNumber } from '../options.js';
import type { Action, Session, SharedOptions } from '../session.js';
import { trustedOption } from '../trusted-keys.js';
import { verifyExportFile } from '../verify-export-file.js';

interface ExportCommandOptions extends SharedOptions {
  readonly format?: ExportFormat;
  readonly out?: string;
  readonly manifest?: string;
  readonly gzip?: boolean;
  readonly from?: number;
  readonly until?: number;
  readonly type?: readonly string[];
  readonly execution?: string;
  readonly stream?: string;
  readonly severity?: readonly Severity[];
  readonly minSeverity?: Severity;
  readonly outcome?: Outcome;
  readonly category?: EventCategory;
  readonly actor?: string;
  readonly correlation?: string;
  readonly since?: string;
  readonly untilTime?: string;
  readonly text?: string;
  readonly withEntry?: boolean;
  readonly resume?: boolean;
  /** False with `--no-record`. */
  readonly record: boolean;
  readonly verify?: string;
  readonly trusted?: readonly string[];
}

const MOST = Number.MAX_SAFE_INTEGER;

/** `waymark export` */
export function exportCommand(action: Action): Command {
  return new Command('export')
    .description('Write the log out, with a manifest that makes the export provable; or verify such an export.')
    .addOption(new Option('--format <format>', 'jsonl when left out').choices(EXPORT_FORMATS))
    .addOption(new Option('--out <file>', 'the file, replaced when the export is complete (default: stdout)'))
    .addOption(new Option('--manifest <file>', 'where the manifest is (default: FILE.manifest.json; none for stdout)'))
    .addOption(new Option('--gzip', 'pack the file with gzip'))
    .addOption(new Option('--from <position>', 'from this position on').argParser(wholeNumber(0, MOST)))
    .addOption(new Option('--until <position>', 'before this position').argParser(wholeNumber(0, MOST)))
    .addOption(new Option('--type <type>', 'only this event type, or family (node.*); repeatable').argParser(collect))
    .addOption(new Option('--execution <id>', 'only entries of this execution'))
    .addOption(new Option('--stream <name>', 'only entries of this stream (orders/4711)'))
    .addOption(
      new Option('--severity <severity>', `only this one (${SEVERITIES.join(', ')}); repeatable`).argParser(collect),
    )
    .addOption(new Option('--min-severity <severity>', 'only this severity and above').choices(SEVERITIES))
    .addOption(new Option('--outcome <outcome>', 'only this outcome').choices(OUTCOMES))
    .addOption(new Option('--category <name>', 'only this category'))
    .addOption(new Option('--actor <who>', 'only what this one did'))
    .addOption(new Option('--correlation <id>', 'only what belongs together under this id'))
    .addOption(new Option('--since <time>', 'only what happened from this time on (ISO 8601)'))
    .addOption(new Option('--until-time <time>', 'only what happened before this time (ISO 8601)'))
    .addOption(new Option('--text <text>', 'only entries whose stored text contains this, letter by letter'))
    .addOption(new Option('--with-entry', 'for cloudevents: with the stored entries, so that it can be imported'))
    .addOption(new Option('--resume', 'go on with an export to the same file that was interrupted'))
    .addOption(new Option('--no-record', 'do not record the export in the log, which is only read then'))
    .addOption(new Option('--verify <file>', 'verify an export, without any store'))
    .addOption(trustedOption())
    .addHelpText(
      'after',
      helpText(
        [
          'waymark export --out 2026-01.jsonl.gz --gzip --resume',
          "waymark export --format csv --type 'deal.*' > deals.csv",
          'waymark export --format cloudevents-batch --out events.json --from 1000 --until 2000',
          'waymark export --verify 2026-01.jsonl.gz --trusted @orders.pub',
        ],
        [
          'An export with a filter is provable entry by entry only (waymark prove). The formats are in docs/export.md.',
          'Exit code 1 when an export that is verified is not what was written, or not what was sealed.',
        ],
      ),
    )
    .action(action<ExportCommandOptions, []>(exportLog));
}

async function exportLog(session: Session, options: ExportCommandOptions): Promise<number> {
  assertSense(options);
  const { out, verify, trusted, manifest, resume = false, record } = options;
  if (verify !== undefined) return verifyExportFile(session, verify, given({ trusted, manifest }));
  const { format, gzip, from, until, withEntry } = options;
  const filter = filterOf(options);
  const { toExportRequest } = await import('../../../application/audit/export/export-options.js');
  const wanted: ExportOptions = {
    to: out ?? { write: (chunk, done) => void session.io.stdout.write(Buffer.from(chunk).toString(), done) },
    ...given({ format, gzip, from, until, withEntry, manifest, resume, record }),
    ...(Object.keys(filter).length === 0 ? {} : { filter }),
    onProgress: countProgress(session, 'exported'),
  };
  toExportRequest(wanted);
  try {
    const next = 'the same command and --resume';
    const made = await interruptible(session, next, (signal) =>
      withWaymark(session, record ? 'change' : 'read', (waymark) => waymark.log.export({ ...wanted, signal })),
    );
    report(session, made, out);
  } catch (error) {
    // Whoever read it has seen enough (`| head`).
    if (!session.unread.aborted) throw error;
  }
  return EXIT.done;
}

function filterOf(options: ExportCommandOptions): AuditFilter {
  const { type, execution, severity, correlation, untilTime, ...same } = options;
  const { stream, minSeverity, outcome, category, actor, since, text } = same;
  return given({
    types: type,
    executionId: execution,
    stream,
    severities: severity,
    minSeverity,
    outcome,
    category,
    actor,
    correlationId: correlation,
    since,
    until: untilTime,
    text,
  });
}

function report(session: Session, manifest: ExportManifest, out: string | undefined): void {
  if (session.json && out !== undefined) {
    session.printJson(manifest);
    return;
  }
  const { entries, format, file } = manifest;
  const told = `${plural(entries, 'entry', 'entries')} exported as ${format}`;
  if (out === undefined) {
    session.note(told);
    return;
  }
  session.print(`${told} to ${out}`);
  session.print(`  SHA-256 ${file.sha256}`);
  if (manifest.proof === 'root') session.print(`  root at ${manifest.range.until}: ${manifest.rootHash}`);
  else session.note('  Each entry is provable by a bundle of its own only: waymark prove EVENT.');
}

const WITH_STORE = [
  'format',
  'out',
  'gzip',
  'from',
  'until',
  'type',
  'execution',
  'stream',
  'severity',
  'minSeverity',
  'outcome',
  'category',
  'actor',
  'correlation',
  'since',
  'untilTime',
  'text',
  'withEntry',
  'resume',
] as const satisfies readonly (keyof ExportCommandOptions)[];

/** Options that mean different things to do. */
function assertSense(options: ExportCommandOptions): void {
  const { verify, trusted, out, gzip, resume } = options;
  const other = WITH_STORE.find((name) => options[name] !== undefined);
  if (verify !== undefined && other !== undefined) {
    const name = other.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    throw usageError(`--verify and --${name} exclude each other.`, 'Leave one of them out; see waymark export --help.');
  }
  if (verify === undefined && trusted !== undefined) {
    throw usageError('--trusted is for --verify.', 'See waymark export --help.');
  }
  if (out === undefined && (gzip === true || resume === true)) {
    throw usageError(`--${gzip === true ? 'gzip' : 'resume'} needs --out FILE.`, 'Name the file to write with --out.');
  }
}
