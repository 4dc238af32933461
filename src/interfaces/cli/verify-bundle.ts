import { readFile } from 'node:fs/promises';
import type { BundleVerification } from '../../domain/audit/integrity/verify-bundle.js';
import { WaymarkError } from '../../domain/shared/errors.js';
import { printable } from '../text/printable.js';
import { EXIT, usageError } from './errors.js';
import type { Session } from './session.js';
import { trustedKeys } from './trusted-keys.js';

/**
 * `waymark verify --bundle FILE`: nothing but the domain's own proofs is loaded for it, neither a database nor the rest
 * of Waymark. Who checks a proof should have little to trust.
 */
export async function verifyBundleFile(
  session: Session,
  path: string,
  trusted: readonly string[] | undefined,
): Promise<number> {
  const keys = trustedKeys(trusted);
  if (keys === undefined) {
    throw usageError(
      'A bundle proves nothing without a key to believe.',
      "Give the log's public key with --trusted; get it from the owner of the log, by another way than the bundle.",
    );
  }
  const { TrustedKeys } = await import('../../domain/audit/integrity/trusted-keys.js');
  const { verifyBundle } = await import('../../domain/audit/integrity/verify-bundle.js');
  const pinned = new TrustedKeys(keys);
  const found = verifyBundle(await read(path), pinned);
  const ok = found.verdict === 'ok';
  if (session.json) {
    session.printJson({ ok, ...found });
    return ok ? EXIT.done : EXIT.failed;
  }
  if (!ok) throw notProved(path, found);
  session.print(`proved: ${printable(found.detail)}`);
  session.print(`  ${printable(found.entry.message)}`);
  return EXIT.done;
}

async function read(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code ?? String(error);
    throw usageError(`The bundle ${path} can not be read: ${why}.`, 'Name the file that waymark prove wrote.');
  }
}

const HINTS: Readonly<Record<Exclude<BundleVerification['verdict'], 'ok'>, string>> = {
  malformed: 'Get the document again, exactly as waymark prove wrote it.',
  untrusted: 'Ask the owner of the log for the key, and up to which size it is valid.',
  tampered: 'Do not believe the bundle, and ask the owner of the log for another one.',
  forked: 'The owner of the log signed two pasts: keep both seals.',
};

function notProved(
  path: string,
  { verdict, detail }: Exclude<BundleVerification, { readonly verdict: 'ok' }>,
): WaymarkError {
  return new WaymarkError('WAYMARK_NOT_PROVED', `The bundle ${path} is ${verdict}: ${detail}.`, {
    hint: HINTS[verdict],
    details: { verdict, detail },
  });
}
