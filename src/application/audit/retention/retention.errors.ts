import type { Verification } from '../../../domain/audit/integrity/verification.js';
import type { Seam } from '../../../domain/audit/retention/seam.js';
import { WaymarkError } from '../../../domain/shared/errors.js';

/** Nothing was removed, and here is why. */
export function refused(why: string, found?: Verification): WaymarkError {
  return new WaymarkError('WAYMARK_RETENTION_REFUSED', `Nothing is removed from the log: ${why}.`, {
    hint: 'Run waymark verify, and see that the archive can be written; then try again.',
    details: found === undefined ? {} : { ...found },
  });
}

/** Another process was faster. What it removed is in the archive that it made. */
export function cutMeanwhile(cause?: unknown): WaymarkError {
  return new WaymarkError(
    'WAYMARK_RETENTION_REFUSED',
    'Nothing is removed from the log by this call: somebody else has cut it meanwhile.',
    { cause, hint: 'See what was removed, and where it is: waymark retain --list. Then ask again for the rest.' },
  );
}

/** There is a file where the archive is to go, and it is not an earlier attempt at the same. */
export function archiveInTheWay(path: string): WaymarkError {
  return new WaymarkError('WAYMARK_RETENTION_REFUSED', `Nothing is removed from the log: ${path} is there already.`, {
    hint: 'It is not known to be the archive of these entries. Look at it, move it away or name another folder, and try again.',
    details: { path },
  });
}

/** A cut that nobody signs can't be told from one that somebody else made. */
export function unsignedSeam(): WaymarkError {
  return new WaymarkError(
    'WAYMARK_NO_SIGNING_KEY',
    'Nothing is removed from the log: there is no key to sign the seam.',
    {
      hint: 'Give createWaymark one: { seals: { key } }; or say { unsigned: true }, if the log is never to be sealed.',
    },
  );
}

/** The entry at a position was removed. */
export function archived(position: number, { from, to, archive }: Seam): WaymarkError {
  return new WaymarkError(
    'WAYMARK_ENTRY_ARCHIVED',
    `The entry at position ${position} was removed from the log, and is in ${archive.path}.`,
    {
      hint: `Read it there, or begin at position ${to}.`,
      details: { position, from, to, archive: archive.path, sha256: archive.sha256 },
    },
  );
}
