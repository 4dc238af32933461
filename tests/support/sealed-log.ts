import { draftEntry } from '../../src/domain/audit/entry-codec.js';
import {
  EMPTY_HEAD,
  extendLog,
  leafHash,
  type LogHead,
  makeSeal,
  type Seal,
  SigningKey,
  type StoredEntry,
  type SubtreeHashes,
  subtreesOf,
  TrustedKeys,
} from '../../src/index.js';
import { DealCreated } from './deals.js';

const TIME = '2026-01-01T12:00:00.000Z';

/** The log that {@link SealedLog} is, by default. */
export const ORIGIN = 'example.com/deals';

/** A key that is the same in every run. */
export function keyOf(name: string, digit = 1): SigningKey {
  return SigningKey.fromSeed(name, Buffer.alloc(32, digit));
}

/** A log in memory that can be sealed at any size, and is the same in every run. */
export class SealedLog {
  readonly key: SigningKey;
  readonly entries: readonly StoredEntry[];
  readonly subtrees: SubtreeHashes;

  constructor(size: number, { key = keyOf(ORIGIN), prefix = 'd' }: { key?: SigningKey; prefix?: string } = {}) {
    this.key = key;
    const drafts = Array.from({ length: size }, (_, index) => {
      const context = { id: `${ORIGIN}/${index}`, occurredAt: TIME };
      return draftEntry(new DealCreated({ dealId: `${prefix}-${index}` }, context), DealCreated.definition, TIME);
    });
    this.entries = extendLog(EMPTY_HEAD, drafts).entries;
    this.subtrees = subtreesOf(this.entries.map((entry) => leafHash(entry.body)));
  }

  get trusted(): TrustedKeys {
    return new TrustedKeys([this.key.verifier]);
  }

  headAt(size: number): LogHead {
    const drafts = this.entries
      .slice(0, size)
      .map(({ body, position, columns }) => ({ rest: body.slice(`{"position":${position},`.length), columns }));
    return extendLog(EMPTY_HEAD, drafts).head;
  }

  sealAt(size: number, key = this.key): Seal {
    return makeSeal(this.headAt(size), key, { sealedAt: '2026-02-03T04:05:06.789Z' });
  }
}
