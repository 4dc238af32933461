import { Command, Option } from 'commander';
import type { Pruned, PrunedExecution } from '../../../application/checkpoint/prune-checkpoints.js';
import type { Compaction } from '../../../application/store/store.port.js';
import type { PrunePolicy } from '../../../domain/checkpoint/prune-policy.js';
import type { CheckpointKind } from '../../../domain/checkpoint/checkpoint.js';
import { printable } from '../../text/printable.js';
import { formatBytes, plural } from '../../text/quantities.js';
import { ageMs } from '../age.js';
import { EXIT, usageError } from '../errors.js';
import { interruptible } from '../interruptible.js';
import { withWaymark } from '../open-waymark.js';
import { actorOf, actorOption, checkId, collect, given, helpText, wholeNumber } from '../options.js';
import type { Action, Session, SharedOptions } from '../session.js';

interface PruneCommandOptions extends SharedOptions {
  readonly all?: boolean;
  readonly keepLast?: number;
  readonly olderThan?: string;
  /** False with `--no-keep-labelled`. */
  readonly keepLabelled: boolean;
  readonly keepKind?: readonly string[];
  readonly dryRun?: boolean;
  readonly compact?: boolean;
  readonly reason?: string;
  readonly actor?: string;
}

/** What the command did. */
interface Outcome {
  readonly pruned: Pruned | undefined;
  readonly compaction: Compaction | undefined;
}

const MAX_KEPT = 1_000_000;
const DATE = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2}))?$/;
const HELP = 'See waymark prune --help.';

/** `waymark prune [EXECUTION]` */
export function pruneCommand(action: Action): Command {
  return new Command('prune')
    .description('Remove checkpoints that are no longer wanted, and the states that nothing else needs.')
    .argument('[execution]', 'the id of the execution')
    .addOption(new Option('--all', 'prune every execution of the store'))
    .addOption(
      new Option('--keep-last <n>', 'keep the newest N checkpoints of each branch').argParser(wholeNumber(0, MAX_KEPT)),
    )
    .addOption(new Option('--older-than <age>', 'keep what is younger: an age (30d, 12h, 2w), or a date (2026-01-31)'))
    .addOption(new Option('--no-keep-labelled', 'remove checkpoints that have a label as well'))
    .addOption(
      new Option('--keep-kind <kind>', 'keep checkpoints of this kind: manual, approval …; repeatable').argParser(
        collect,
      ),
    )
    .addOption(new Option('--dry-run', 'only tell what would be removed, and what that would free'))
    .addOption(new Option('--compact', 'make the file of a SQLite store smaller afterwards'))
    .addOption(new Option('--reason <text>', 'why, recorded with what was removed'))
    .addOption(actorOption())
    .addHelpText(
      'after',
      helpText(
        [
          'waymark prune ID --keep-last 10 --dry-run',
          'waymark prune --all --older-than 30d --reason "monthly"',
          'waymark prune --all --keep-last 5 --older-than 7d --compact',
          'waymark prune --compact',
        ],
        [
          'Always kept: the head of each branch, where each branch starts, where an execution stands that has not ended,',
          'checkpoints with a label, and what kept ones need. With several rules, what one of them keeps is kept.',
          'The log keeps all that it recorded. --compact takes as much room again as the file has, and others wait for it.',
        ],
      ),
    )
    .action(action<PruneCommandOptions, [string | undefined]>(prune));
}

async function prune(session: Session, options: PruneCommandOptions, executionId: string | undefined): Promise<number> {
  await checkId(executionId, 'execution id');
  const target = targetOf(options, executionId);
  const policy = target === undefined ? undefined : policyOf(options);
  const isDry = options.dryRun === true;
  const outcome = await withWaymark(session, isDry ? 'read' : 'change', ({ checkpoints }) =>
    interruptible(session, 'the same command', async (signal): Promise<Outcome> => {
      const { dryRun, reason } = options;
      const verb = given({ dryRun, reason, signal, actor: actorOf(options.actor) });
      const pruned =
        target === undefined || policy === undefined ? undefined : await checkpoints.prune(target, policy, verb);
      return { pruned, compaction: options.compact === true ? await checkpoints.compact() : undefined };
    }),
  );
  if (session.json) session.printJson(toJson(outcome, isDry));
  else session.print(describe(session, outcome, options));
  return EXIT.done;
}

function targetOf(options: PruneCommandOptions, executionId: string | undefined): string | { all: true } | undefined {
  const { all, compact, dryRun, keepLast, olderThan } = options;
  if (all === true && executionId !== undefined) throw usageError('--all and an execution exclude each other.', HELP);
  if (compact === true && dryRun === true) throw usageError('--compact and --dry-run exclude each other.', HELP);
  if (all === true) return { all };
  if (executionId !== undefined) return executionId;
  if (compact === true && keepLast === undefined && olderThan === undefined) return undefined;
  throw usageError('Name an execution, or give --all.', HELP);
}

function policyOf({ keepLast, olderThan, keepLabelled, keepKind }: PruneCommandOptions): PrunePolicy {
  if (keepLast === undefined && olderThan === undefined) {
    throw usageError('Say what to keep: --keep-last, --older-than, or both.', HELP);
  }
  return given({
    keepLast,
    olderThan: olderThan === undefined ? undefined : ageOf(olderThan),
    keepLabelled,
    // Which there are is known where they are looked at.
    keepKinds: keepKind as readonly CheckpointKind[] | undefined,
  });
}

/** An age in milliseconds, or a time. A date of a day is its beginning in UTC. */
function ageOf(text: string): number | Date {
  const ms = ageMs(text);
  if (ms !== undefined) return ms;
  const date = new Date(DATE.test(text) ? text : Number.NaN);
  if (!Number.isNaN(date.getTime())) return date;
  throw usageError(`--older-than is neither an age (30d) nor a date (2026-01-31): ${printable(text)}.`, HELP);
}

function toJson({ pruned, compaction }: Outcome, isDry: boolean): object {
  return { ...(isDry ? { dryRun: true } : {}), ...pruned, ...(compaction === undefined ? {} : { compaction }) };
}

function describe(session: Session, { pruned, compaction }: Outcome, options: PruneCommandOptions): string {
  const lines: string[] = [];
  if (pruned !== undefined) lines.push(...describePruned(pruned, options.dryRun === true));
  if (compaction !== undefined) {
    lines.push(`file: ${formatBytes(compaction.beforeBytes)} before, ${formatBytes(compaction.afterBytes)} now`);
  } else if (options.compact === true) {
    session.note('This store has no file that could be made smaller.');
  }
  return lines.join('\n');
}

function describePruned(pruned: Pruned, isDry: boolean): readonly string[] {
  const { executions, removed, kept, freedBytes, collected } = pruned;
  const lines = executions.length > 1 ? executions.map(describeExecution) : [];
  const what = `${plural(removed, 'checkpoint')}, ${formatBytes(freedBytes)}; ${kept} ${kept === 1 ? 'stays' : 'stay'}`;
  if (removed === 0) lines.push(`nothing to remove: ${plural(kept, 'checkpoint')} ${kept === 1 ? 'stays' : 'stay'}`);
  else lines.push(`${isDry ? 'would remove' : 'removed'} ${what}`);
  if (collected !== undefined && collected.bytes !== freedBytes) {
    lines.push(
      `collected ${plural(collected.contents, 'content')}, ${formatBytes(collected.bytes)}, with what was left over from before`,
    );
  }
  return lines;
}

function describeExecution({ executionId, removed, kept, freedBytes }: PrunedExecution): string {
  return `${printable(executionId)}  ${plural(removed.length, 'checkpoint')}, ${formatBytes(freedBytes)}; ${kept} stay`;
}
