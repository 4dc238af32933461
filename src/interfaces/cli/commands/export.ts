import { Command, Option } from 'commander';
import type { ExportOptions } from '../../../application/audit/export/export-options.js';
import { EXPORT_FORMATS, type ExportFormat } from '../../../domain/audit/export/export-format.js';
import type { ExportManifest } from '../../../domain/audit/export/export-manifest.js';
import { plural } from '../../text/quantities.js';
import { countProgress } from '../count-progress.js';
import { type EntryFilterOptions, entryFilterOf, withEntryFilter } from '../entry-filter.js';
import { EXIT, usageError } from '../errors.js';
import { interruptible } from '../interruptible.js';
import { withWaymark } from '../open-waymark.js';
import { given, helpText, wholeNumber } from '../options.js';
import type { Action, Session, SharedOptions } from '../session.js';
import { trustedOption } from '../trusted-keys.js';
import { verifyExportFile } from '../verify-export-file.js';

interface ExportCommandOptions extends SharedOptions, EntryFilterOptions {
  readonly format?: ExportFormat;
  readonly out?: string;
  readonly manifest?: string;
  readonly gzip?: boolean;
  readonly from?: number;
  readonly until?: number;
  readonly untilTime?: string;
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
  const command = new Command('export')
    .description('Write the log out, with a manifest that makes the export provable; or verify such an export.')
    .addOption(new Option('--format <format>', 'jsonl when left out').choices(EXPORT_FORMATS))
    .addOption(new Option('--out <file>', 'the file, replaced when the export is complete (default: stdout)'))
    .addOption(new Option('--manifest <file>', 'where the manifest is (default: FILE.manifest.json; none for stdout)'))
    .addOption(new Option('--gzip', 'pack the file with gzip'))
    .addOption(new Option('--from <position>', 'from this position on').argParser(wholeNumber(0, MOST)))
    .addOption(new Option('--until <position>', 'before this position').argParser(wholeNumber(0, MOST)));
  return withEntryFilter(command, '--until-time')
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
  const filter = entryFilterOf(options, options.untilTime);
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
