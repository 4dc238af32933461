import { Command } from 'commander';
import { WaymarkError } from '../../../domain/shared/errors.js';
import type { Verification } from '../../../domain/audit/integrity/verification.js';
import { formatCount, plural } from '../../text/quantities.js';
import { EXIT } from '../errors.js';
import { withWaymark } from '../open-waymark.js';
import { helpText } from '../options.js';
import type { Action, Session, SharedOptions } from '../session.js';

/** `waymark verify` */
export function verifyCommand(action: Action): Command {
  return new Command('verify')
    .description('Look at every entry of the log: whether it is there, in its place, and as it was written.')
    .addHelpText(
      'after',
      helpText(
        ['waymark verify', 'waymark verify --store sqlite:/var/lib/app/waymark.db --json'],
        ['Exit code 0 when the log is intact, 1 when it is not: the first position that is wrong is named.'],
      ),
    )
    .action(action<SharedOptions, []>(verify));
}

async function verify(session: Session): Promise<number> {
  const { found, durationMs } = await withWaymark(session, 'read', async (waymark) => {
    const startedAt = performance.now();
    const verification = await waymark.log.verify({ onProgress: progressOf(session) });
    return { found: verification, durationMs: Math.round(performance.now() - startedAt) };
  });
  const ok = found.verdict === 'ok';
  if (session.json) {
    session.printJson({ ok, ...found, durationMs });
    return ok ? EXIT.done : EXIT.failed;
  }
  if (!ok) throw notVerified(found);
  session.print(`log verified: ${plural(found.size, 'entry', 'entries')}, root ${found.rootHash}`);
  return EXIT.done;
}

/** On a terminal a line that counts, for logs of more than one page. */
function progressOf({ io, json }: Session): (checked: number, size: number) => void {
  if (json || io.stderr.isTTY !== true) return () => undefined;
  let isShown = false;
  return (checked, size) => {
    if (checked < size) {
      isShown = true;
      io.stderr.write(
        `\r${formatCount(checked)} of ${formatCount(size)} entries, ${Math.floor((100 * checked) / size)} %`,
      );
    } else if (isShown) {
      io.stderr.write('\r\u001b[K');
    }
  };
}

function notVerified({ verdict, position, detail, ...rest }: Verification): WaymarkError {
  const where = position === undefined ? '' : ` at position ${position}`;
  return new WaymarkError(
    'WAYMARK_LOG_NOT_VERIFIED',
    `The log is ${verdict}${where}: ${detail ?? 'no detail is known'}.`,
    {
      hint: 'Copy the store away as it is, find out who changed it outside of Waymark, and compare it with a backup.',
      details: { verdict, position, detail, ...rest },
    },
  );
}
