import { InvalidArgumentError } from '../../shared/errors.js';
import { assertKeys, wholeNumber } from '../../shared/options.js';
import type { EntryBody } from '../audit-entry.js';
import { verifyInclusion } from './inclusion-proof.js';
import { leafHash } from './merkle-tree.js';
import { type Distrust, InvalidNoteError, UntrustedNoteError } from './note.errors.js';
import { bundleSchema, entryAt, growsInto, type ProofBundle } from './proof-bundle.js';
import { parseSeal, type Seal } from './seal.js';
import { TrustedKeys } from './trusted-keys.js';

/** How to verify a bundle. */
export interface VerifyBundleOptions {
  /** The longest document that is read, in characters: 16 Mi when left out. */
  readonly maxLength?: number;
}

/**
 * What a look at a bundle found.
 *
 * - `ok`: the owner of the key sealed a log that has this entry at this position
 * - `malformed`: it is no bundle
 * - `untrusted`: no key that is trusted for such a seal signed it
 * - `tampered`: a signature does not fit its seal, or the entry is not what was sealed at that position
 * - `forked`: both seals are signed, and the log of the newer one did not grow from that of the older one
 */
export type BundleVerdict = 'ok' | 'malformed' | 'untrusted' | 'tampered' | 'forked';

/** The result of {@link verifyBundle}. */
export type BundleVerification =
  | {
      readonly verdict: 'ok';
      /** What was proved, one sentence. */
      readonly detail: string;
      /** The entry, parsed. */
      readonly entry: EntryBody;
      /** The seal that covers it. */
      readonly seal: Seal;
      /** The older seal, where the bundle has one: compare it with the one that you kept. */
      readonly olderSeal?: Seal;
    }
  | {
      readonly verdict: Exclude<BundleVerdict, 'ok'>;
      /** What is wrong, one sentence. */
      readonly detail: string;
    };

const MAX_LENGTH = 16 * 1024 * 1024;

/**
 * Checks a bundle against keys that were pinned. It opens no store and no connection, and takes nothing from the bundle
 * on trust. Whatever the document is, the answer is a verdict.
 *
 * @param json the document's text
 * @throws InvalidArgumentError when it is not called with a text, keys and options that there are
 * @example
 * const keys = new TrustedKeys(['PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW']);
 * const found = verifyBundle('{"format":"waymark-proof/1"}', keys);
 * if (found.verdict === 'ok') console.log(found.entry.message);
 * else console.error(found.detail);
 */
export function verifyBundle(
  json: string,
  trusted: TrustedKeys,
  options: VerifyBundleOptions = {},
): BundleVerification {
  if (typeof json !== 'string') throw new InvalidArgumentError('A bundle is verified as text, not as a value.');
  if (!(trusted instanceof TrustedKeys)) throw new InvalidArgumentError('The trusted keys must be a TrustedKeys.');
  assertKeys(options, { maxLength: true }, 'bundle option');
  const maxLength = wholeNumber(options.maxLength ?? MAX_LENGTH, 'maxLength', 1);

  if (json.length > maxLength) return finding('malformed', `it is longer than ${maxLength} characters`);
  const bundle = parseBundle(json);
  if (typeof bundle === 'string') return finding('malformed', bundle);
  const entry = entryAt(bundle.entry);
  if (entry === undefined) return finding('malformed', 'its entry is none, or says that it has another position');

  const seal = sealOf(bundle.seal, trusted, 'seal');
  if ('verdict' in seal) return seal;
  const { position } = entry;
  if (position >= seal.size) {
    return finding('malformed', `its seal covers ${seal.size} entries, and the entry is at position ${position}`);
  }
  const isIncluded = verifyInclusion({
    leafHash: leafHash(bundle.entry.body),
    index: position,
    size: seal.size,
    path: toBytes(bundle.path),
    root: Buffer.from(seal.rootHash, 'hex'),
  });
  if (!isIncluded) return finding('tampered', `the entry is not what was sealed at position ${position}`);
  const proved = `${seal.origin} sealed it at position ${position} of ${seal.size} at ${seal.sealedAt}`;
  if (bundle.consistency === undefined) return { verdict: 'ok', detail: proved, entry, seal };

  const olderSeal = sealOf(bundle.consistency.seal, trusted, 'older seal');
  if ('verdict' in olderSeal) return olderSeal;
  if (olderSeal.origin !== seal.origin || olderSeal.size > seal.size) {
    return finding('malformed', 'its older seal is of another log, or covers more entries than its seal');
  }
  if (!growsInto(olderSeal, seal, toBytes(bundle.consistency.path))) {
    return finding('forked', `the log that was sealed at ${seal.size} did not grow from that at ${olderSeal.size}`);
  }
  return { verdict: 'ok', detail: `${proved}, and the log only grew since ${olderSeal.size}`, entry, seal, olderSeal };
}

type Finding = Extract<BundleVerification, { readonly verdict: Exclude<BundleVerdict, 'ok'> }>;

function finding(verdict: Finding['verdict'], detail: string): Finding {
  return { verdict, detail };
}

/** The bundle of a document, or what is wrong with it. */
function parseBundle(json: string): ProofBundle | string {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return 'it is not JSON';
  }
  const { success, data, error } = bundleSchema.safeParse(value);
  if (success) return data;
  // Not Zod's own message: it repeats what the document says, and that may be anything.
  const [issue] = error.issues;
  const at = issue === undefined || issue.path.length === 0 ? 'the document' : issue.path.join('.');
  return issue?.code === 'unrecognized_keys' ? `${at} has a field that there is not` : `${at} is not of the right form`;
}

const VERDICT_OF: Readonly<Record<Distrust, Finding['verdict']>> = {
  'unknown-key': 'untrusted',
  'key-not-valid': 'untrusted',
  'wrong-signature': 'tampered',
};

function sealOf(note: string, trusted: TrustedKeys, what: string): Seal | Finding {
  try {
    return parseSeal(note, trusted);
  } catch (error) {
    if (error instanceof InvalidNoteError) return finding('malformed', `its ${what} is none: ${error.problem}`);
    if (error instanceof UntrustedNoteError) return finding(VERDICT_OF[error.reason], `its ${what}: ${error.message}`);
    throw error;
  }
}

function toBytes(hashes: readonly string[]): readonly Buffer[] {
  return hashes.map((hash) => Buffer.from(hash, 'hex'));
}
