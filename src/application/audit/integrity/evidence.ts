import type { Hash } from '../../../domain/shared/hash.js';
import type { Seal } from '../../../domain/audit/integrity/seal.js';
import { checkNote, checkStoredSeal, type SealCheck } from '../../../domain/audit/integrity/stored-seal.js';
import type { TrustedKeys } from '../../../domain/audit/integrity/trusted-keys.js';
import type { SealRepository, StoredSeal } from '../../../domain/audit/seal.repository.port.js';
import { nextTurn } from '../../shared/next-turn.js';
import type { SealAnchor } from './seal-anchor.port.js';

/** What the log was at some size, as a seal says. */
export interface Voucher {
  readonly size: number;
  readonly rootHash: Hash;
  /** Whether a trusted key signed it. One that is not believed still must not contradict the log. */
  readonly isBelieved: boolean;
  /** What a message should call it. */
  readonly name: string;
}

/** What there is beside the log to hold it to. */
export interface Evidence {
  /** Those that cover less first. */
  readonly vouchers: readonly Voucher[];
  /** The first stored seal that is not what was written, and in which way. */
  readonly damaged?: string;
  /** The seals that the store has; `undefined` when nobody looked. */
  readonly stored?: {
    /** By {@link sealKey}. */
    readonly keys: ReadonlySet<string>;
    /** The size of the smallest, infinite without any. */
    readonly oldest: number;
  };
  /** Whether a key that was pinned has an id. */
  readonly isOurs?: (keyId: string) => boolean;
}

/** No seals at all. */
export const NO_EVIDENCE: Evidence = { vouchers: [] };

/** How many signatures are checked between two turns of the event loop: each takes some 60 µs. */
const PAGE = 100;

/** What an event says of a seal, as one text. */
export function sealKey({ size, rootHash, keyId }: Pick<Seal, 'size' | 'rootHash' | 'keyId'>): string {
  return `${size}/${rootHash}/${keyId}`;
}

/** Reads every seal of a store and of its anchors, and looks at each. */
export async function collectEvidence(
  seals: SealRepository,
  anchors: readonly SealAnchor[],
  trusted: TrustedKeys,
): Promise<Evidence> {
  const vouchers: Voucher[] = [];
  const stored = new Set<string>();
  let oldest = Number.POSITIVE_INFINITY;
  let damaged: string | undefined;
  let after: StoredSeal | undefined;
  for (;;) {
    const page: readonly StoredSeal[] = await seals.list({ limit: PAGE, ...(after === undefined ? {} : { after }) });
    for (const seal of page) {
      const check = checkStoredSeal(seal, trusted);
      if (check.is === 'damaged') {
        damaged ??= `the stored seal ${seal.id} of ${seal.size} entries is not what was written: ${check.problem}`;
      } else {
        stored.add(sealKey(seal));
        oldest = Math.min(oldest, seal.size);
        vouchers.push(voucherOf(check, `the seal of ${check.seal.size} entries of ${check.seal.sealedAt}`));
      }
    }
    after = page.at(-1);
    if (page.length < PAGE) break;
    // A signature takes long enough that the rest of the program wants its turn.
    await nextTurn();
  }
  for (const anchor of anchors) vouchers.push(...(await anchored(anchor, trusted)));
  vouchers.sort((one, other) => one.size - other.size);
  return {
    vouchers,
    stored: { keys: stored, oldest },
    isOurs: (keyId) => trusted.keys.some(({ key }) => key.keyId === keyId),
    ...(damaged === undefined ? {} : { damaged }),
  };
}

/** What is damaged in an anchor may be the remains of a write that was cut off: it vouches for nothing. */
async function anchored(anchor: SealAnchor, trusted: TrustedKeys): Promise<readonly Voucher[]> {
  const vouchers: Voucher[] = [];
  for (const note of (await anchor.read()) ?? []) {
    const check = checkNote(note, trusted);
    // Anybody may have added to a file: one that no trusted key signed says nothing of this log.
    if (check.is !== 'believed') continue;
    vouchers.push(voucherOf(check, `the anchored seal of ${check.seal.size} entries of ${check.seal.sealedAt}`));
    if (vouchers.length % PAGE === 0) await nextTurn();
  }
  return vouchers;
}

function voucherOf({ is, seal }: Exclude<SealCheck, { readonly is: 'damaged' }>, name: string): Voucher {
  const isBelieved = is === 'believed';
  return { size: seal.size, rootHash: seal.rootHash, isBelieved, name: isBelieved ? name : `${name} (not checked)` };
}
