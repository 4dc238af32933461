import { InvalidArgumentError } from '../../shared/errors.js';
import { assertKeys, wholeNumber } from '../../shared/options.js';
import { VerifierKey } from './verifier-key.js';

/** A key, and the seals that it is trusted for. */
export interface TrustedKey {
  readonly key: VerifierKey;
  /** Of logs with at least so many entries. */
  readonly fromSize: number;
  /** Of logs with at most so many entries; without it there is no end. */
  readonly upToSize?: number;
}

/** One key as {@link TrustedKeys} takes it. */
export interface TrustedKeyInit {
  /** A key, or its text `name+id+base64`. */
  readonly key: string | VerifierKey;
  /** 0 when left out. */
  readonly fromSize?: number;
  /** When a key was replaced: the size of the last log that it signed. */
  readonly upToSize?: number;
}

/**
 * The keys that somebody pinned: what a verifier believes, and all it believes.
 *
 * A key is replaced by another at some size of the log. The old one goes on being trusted for what it sealed until then,
 * and for nothing later, so that whoever steals it afterwards can seal no new log with it. Whoever steals it can make
 * another past up to that size: keep an old seal, and ask for proofs of consistency with it.
 *
 * @example
 * const keys = new TrustedKeys([
 *   { key: 'example.com/orders+a37543fb+AWZFqfrpYnyhEA5bpx+uY4/VDVwQISa3OOFkm4gwRKpt', upToSize: 120_000 },
 *   generateSigningKey('example.com/orders').verifier,
 * ]);
 */
export class TrustedKeys {
  readonly keys: readonly TrustedKey[];

  /**
   * @throws InvalidKeyError `WAYMARK_INVALID_KEY` when a text is no key
   * @throws InvalidArgumentError when a range is none, or two keys have the same name and id
   */
  constructor(keys: readonly (string | VerifierKey | TrustedKeyInit)[]) {
    const seen = new Set<string>();
    this.keys = Object.freeze(
      keys.map((given) => {
        const trusted = toTrustedKey(given);
        const identity = `${trusted.key.name}+${trusted.key.keyId}`;
        if (seen.has(identity)) {
          throw new InvalidArgumentError(`The key ${identity} is there twice.`, {
            hint: 'A signature could be of either: trust each key once.',
          });
        }
        seen.add(identity);
        return trusted;
      }),
    );
  }
}

function toTrustedKey(given: string | VerifierKey | TrustedKeyInit): TrustedKey {
  if (typeof given === 'string') return Object.freeze({ key: VerifierKey.parse(given), fromSize: 0 });
  if (given instanceof VerifierKey) return Object.freeze({ key: given, fromSize: 0 });
  assertKeys(given, { key: true, fromSize: true, upToSize: true }, 'trusted key option');
  const { key, fromSize = 0, upToSize } = given;
  wholeNumber(fromSize, 'fromSize of a trusted key', 0);
  if (upToSize !== undefined) wholeNumber(upToSize, 'upToSize of a trusted key', fromSize);
  return Object.freeze({
    key: key instanceof VerifierKey ? key : VerifierKey.parse(key),
    fromSize,
    ...(upToSize === undefined ? {} : { upToSize }),
  });
}
