import { Command, Option } from 'commander';
import type { Erased } from '../../../application/audit/personal/erasure.js';
import { plural } from '../../text/quantities.js';
import { printable } from '../../text/printable.js';
import { EXIT } from '../errors.js';
import { withWaymark } from '../open-waymark.js';
import { actorOf, actorOption, checkId, given, helpText } from '../options.js';
import type { Action, Session, SharedOptions } from '../session.js';

interface EraseCommandOptions extends SharedOptions {
  readonly reason: string;
  readonly actor?: string;
  readonly dryRun?: boolean;
}

/** `waymark erase SUBJECT` */
export function eraseCommand(action: Action): Command {
  return new Command('erase')
    .description('Make what the log holds about a person unreadable, for good. Every proof stays valid.')
    .argument('<subject>', "the person's id, as personal fields name it")
    .addOption(new Option('--reason <text>', 'why; it is recorded in plain text').makeOptionMandatory())
    .addOption(actorOption())
    .addOption(new Option('--dry-run', 'only tell what would be erased'))
    .addHelpText(
      'after',
      helpText(
        [
          'waymark erase customer-7 --reason "request 4711" --dry-run',
          'waymark erase customer-7 --reason "request 4711" --actor user:ada --json',
        ],
        ['It can not be taken back. Copies of the store that were made before are not reached.'],
      ),
    )
    .action(action<EraseCommandOptions, [string]>(erase));
}

async function erase(session: Session, options: EraseCommandOptions, subject: string): Promise<number> {
  await checkId(subject, 'subject');
  const { reason, dryRun } = options;
  const actor = actorOf(options.actor);
  const isDry = dryRun === true;
  const erased = await withWaymark(session, isDry ? 'read' : 'change', (waymark) =>
    waymark.log.erase(subject, { reason, ...given({ actor, dryRun }) }),
  );
  if (session.json) session.printJson(isDry ? { dryRun: true, ...erased } : erased);
  else session.print(isDry ? foretell(erased) : describe(erased));
  const isLeft = !isDry && !erased.isPurged;
  if (isLeft) session.note('Somebody still reads the store as it was: run it again to purge it.');
  return EXIT.done;
}

function foretell({ subjectId, entriesAffected }: Erased): string {
  return `would erase ${printable(subjectId)} from ${plural(entriesAffected, 'entry', 'entries')}`;
}

function describe({ subjectId, entriesAffected, isErased }: Erased): string {
  const entries = plural(entriesAffected, 'entry', 'entries');
  if (!isErased) return `nothing is left to erase: ${printable(subjectId)} was erased from ${entries} before`;
  return `erased ${printable(subjectId)} from ${entries}`;
}
