import type { Seam } from '../../../domain/audit/retention/seam.js';
import { checkSeam } from '../../../domain/audit/retention/seam-note.js';
import type { TrustedKeys } from '../../../domain/audit/integrity/trusted-keys.js';
import type { ExportSource } from '../export/export-files.port.js';
import { type ExportVerification, verifyExportFrom } from '../export/verify-export.js';

/**
 * Holds an archive to its manifest, to its seal, and to the seam that was left where it was cut off. Without a key to
 * believe, all of that has to agree with itself, and nobody looks at who signed it: `isTrusted` is false then.
 *
 * @param trusted the keys to believe; with one, the archive's seal and its seam have to be signed by it
 */
export async function verifyArchive(
  source: ExportSource,
  seams: readonly Seam[],
  trusted: TrustedKeys,
): Promise<ExportVerification> {
  const wantsKey = trusted.keys.length > 0;
  const found = await verifyExportFrom(source, wantsKey ? { trusted } : {});
  if (found.verdict !== 'ok') return found;
  const { sha256 } = source.digest();
  const seam = seams.find(({ archive }) => archive.sha256 === sha256);
  const problem = seam === undefined ? NO_SEAM : seamProblem(seam, found, trusted, wantsKey);
  return problem === undefined ? found : { ...found, ...problem, detail: `${found.detail}; but ${problem.detail}` };
}

type Problem = Pick<ExportVerification, 'verdict' | 'detail'>;

const NO_SEAM: Problem = { verdict: 'damaged', detail: 'no seam of this log is where it was cut off' };

/** What is wrong with the seam of an archive. */
function seamProblem(
  { note, ...seam }: Seam,
  { rootHash }: ExportVerification,
  trusted: TrustedKeys,
  wantsKey: boolean,
): Problem | undefined {
  const where = `the seam at ${seam.to}`;
  if (seam.rootHash !== rootHash) {
    return { verdict: 'damaged', detail: `${where} has another root than its entries lead to` };
  }
  if (note === undefined) {
    return wantsKey ? { verdict: 'unsealed', detail: `${where} is not signed` } : undefined;
  }
  const check = checkSeam({ ...seam, note }, trusted);
  if (check.is === 'damaged') {
    return { verdict: 'damaged', detail: `${where} is not what was written: ${check.problem}` };
  }
  if (!wantsKey || check.is === 'believed') return undefined;
  return { verdict: 'untrusted', detail: `no key that is trusted signed ${where}` };
}
