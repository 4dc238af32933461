import type { ExportVerification } from '../../application/audit/export/verify-export.js';
import { WaymarkError } from '../../domain/shared/errors.js';
import { printable } from '../text/printable.js';
import { countProgress } from './count-progress.js';
import { EXIT } from './errors.js';
import type { Session } from './session.js';
import { trustedKeys } from './trusted-keys.js';

/** `waymark export --verify FILE` */
export async function verifyExportFile(
  session: Session,
  path: string,
  { trusted, manifest }: { readonly trusted?: readonly string[]; readonly manifest?: string },
): Promise<number> {
  const keys = trustedKeys(trusted);
  const { verifyExport } = await import('../../composition/verify-export.js');
  const found = await verifyExport(path, {
    ...(keys === undefined ? {} : { trusted: keys }),
    ...(manifest === undefined ? {} : { manifest }),
    onProgress: countProgress(session, 'verified'),
  });
  return tellVerified(session, path, found, 'export');
}

/** Prints how a verification of a file went, or throws what is wrong with it. */
export function tellVerified(
  session: Session,
  path: string,
  found: ExportVerification,
  what: 'export' | 'archive',
): number {
  const ok = found.verdict === 'ok';
  if (session.json) {
    session.printJson({ ok, ...found });
    return ok ? EXIT.done : EXIT.failed;
  }
  if (!ok) throw notVerified(path, found, what);
  session.print(`${what} verified: ${found.detail}`);
  if (found.isTrusted !== true) session.note(whoSigned(found));
  return EXIT.done;
}

/** What was not looked at: who signed it. Anybody can make a file and a manifest that agree with each other. */
function whoSigned({ seal }: ExportVerification): string {
  return seal === undefined
    ? 'No seal vouches for it: whoever can write the file and its manifest could have made both.'
    : `Who signed it was not checked: no key was given. Name the public key of ${printable(seal.origin)} with --trusted.`;
}

const HINTS: Readonly<Record<Exclude<ExportVerification['verdict'], 'ok'>, string>> = {
  damaged: 'Get the file and its manifest again from where they were exported, or export anew.',
  untrusted: 'Ask the owner of the log for its key, by another way than the export.',
  unsealed: 'Ask for an export that was made after the log was sealed (waymark seal).',
};

function notVerified(path: string, { verdict, detail, ...rest }: ExportVerification, what: string): WaymarkError {
  if (verdict === 'ok') throw new TypeError('It is verified.');
  return new WaymarkError('WAYMARK_EXPORT_NOT_VERIFIED', `The ${what} ${path} is ${verdict}: ${detail}`, {
    hint: HINTS[verdict],
    details: { verdict, detail, ...rest },
  });
}
