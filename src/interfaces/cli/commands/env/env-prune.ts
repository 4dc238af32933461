import { Command, Option } from 'commander';
import type { PrunedEnvironments } from '../../../../application/environment/prune-environments.js';
import { SIZE, sizeBytes } from '../../../../domain/shared/size.js';
import { printable } from '../../../text/printable.js';
import { formatBytes, plural } from '../../../text/quantities.js';
import { ageMs } from '../../age.js';
import { usageError } from '../../errors.js';
import { interruptible } from '../../interruptible.js';
import { withWaymark } from '../../open-waymark.js';
import { actorOf, actorOption, given, helpText, wholeNumber } from '../../options.js';
import type { Action, Session, SharedOptions } from '../../session.js';

interface EnvPruneOptions extends SharedOptions {
  readonly maxAge?: string;
  readonly maxBytes?: string;
  readonly maxCount?: number;
  readonly dryRun?: boolean;
  readonly actor?: string;
}

const MAX_COUNT = 1_000_000;
const HELP = 'See waymark env prune --help.';

/** `waymark env prune` */
export function envPruneCommand(action: Action): Command {
  return new Command('prune')
    .description('Remove environments that are over the limits, those first that were not used for longest.')
    .addOption(new Option('--max-age <age>', 'those that were not used for longer go: 12h, 30d, 2w'))
    .addOption(new Option('--max-bytes <size>', 'what all of them may have together: 500MB, 2GiB, or bytes'))
    .addOption(new Option('--max-count <n>', 'how many may stay').argParser(wholeNumber(0, MAX_COUNT)))
    .addOption(new Option('--dry-run', 'only tell what would be removed, and what that would free'))
    .addOption(actorOption())
    .addHelpText(
      'after',
      helpText(
        [
          'waymark env prune --max-age 30d --dry-run',
          'waymark env prune --max-bytes 2GiB --max-count 20',
          'waymark env prune',
        ],
        [
          'What a process uses stays. What processes that died had left half made goes, limits or none.',
          'An environment that is gone is made again for whoever asks for it.',
        ],
      ),
    )
    .action(action<EnvPruneOptions, []>(prune));
}

async function prune(session: Session, options: EnvPruneOptions): Promise<void> {
  const { maxCount, dryRun = false } = options;
  const limits = given({ maxAgeMs: ageOf(options.maxAge), maxBytes: sizeOf(options.maxBytes), maxCount });
  const pruned = await withWaymark(session, dryRun ? 'read' : 'change', ({ environments }) =>
    interruptible(session, 'the same command', (signal) => {
      const verb = { signal, source: 'cli' as const, ...given({ actor: actorOf(options.actor) }) };
      return environments.prune({ ...limits, ...verb, dryRun });
    }),
  );
  if (session.json) session.printJson({ dryRun, ...pruned });
  else session.print(describe(pruned, dryRun));
}

function ageOf(text: string | undefined): number | undefined {
  const age = text === undefined ? undefined : ageMs(text);
  if (text === undefined || age !== undefined) return age;
  throw usageError(`--max-age is no age (12h, 30d): ${printable(text)}.`, HELP);
}

function sizeOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,15}$/.test(text)) return Number(text);
  if (SIZE.test(text)) return sizeBytes(text);
  throw usageError(`--max-bytes is no size (500MB, 2GiB): ${printable(text)}.`, HELP);
}

function describe({ deleted, freedBytes, kept }: PrunedEnvironments, dryRun: boolean): string {
  const lines = deleted.map(
    ({ id, bytes, lastUsedAt }) =>
      `${printable(id)}  ${formatBytes(bytes)}, last used ${lastUsedAt.slice(0, 19).replace('T', ' ')}`,
  );
  const stay = `${kept} ${kept === 1 ? 'stays' : 'stay'}`;
  if (deleted.length === 0 && freedBytes === 0) return `nothing to remove: ${stay}`;
  const would = dryRun ? 'would remove' : 'removed';
  return [...lines, `${would} ${plural(deleted.length, 'environment')}, ${formatBytes(freedBytes)}; ${stay}`].join(
    '\n',
  );
}
