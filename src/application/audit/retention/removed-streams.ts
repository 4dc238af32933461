import type { RetentionRepository } from '../../../domain/audit/retention/retention.repository.port.js';
import { type Hash, sha256Hex } from '../../../domain/shared/hash.js';
import type { TransactionScope } from '../../../domain/shared/transaction.js';
import { nextTurn } from '../../shared/next-turn.js';

const PAGE = 1_000;

/** One hash over how many entries each stream has lost, for the seam to be signed with: each page is hashed onto it. */
export async function hashRemovedStreams(
  retention: Pick<RetentionRepository, 'removedStreams'>,
  scope?: TransactionScope,
): Promise<Hash> {
  let hash = sha256Hex('');
  let after = '';
  for (;;) {
    const page = await retention.removedStreams({ after, limit: PAGE }, scope);
    for (const { stream, entries } of page) hash = sha256Hex(`${hash}\n${JSON.stringify([stream, entries])}`);
    const last = page.at(-1);
    if (last === undefined) return hash;
    after = last.stream;
    await nextTurn();
  }
}
