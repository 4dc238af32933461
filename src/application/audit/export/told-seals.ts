import { parseEntryBody } from '../../../domain/audit/entry-codec.js';
import { readUncheckedSeal } from '../../../domain/audit/integrity/seal.js';
import { storedSealOf } from '../../../domain/audit/integrity/stored-seal.js';
import type { SealRepository, StoredSeal } from '../../../domain/audit/seal.repository.port.js';
import { AuditSealed } from '../../../domain/events/families/audit.events.js';
import { sealKey } from '../integrity/evidence.js';

/** An entry, as far as it has to be known to see whether it tells of a seal. */
interface Told {
  readonly position: number;
  readonly body: string;
}

/** How many seals of one size are looked through. There are several only where several keys signed it. */
const SAME_SIZE = 100;

/**
 * The notes of the seals that entries tell of. A log without them does not verify: it would look as if somebody had
 * removed them. One that is not there any more is left out.
 */
export async function notesToldOf(repository: SealRepository, entries: readonly Told[]): Promise<readonly string[]> {
  const notes: string[] = [];
  for (const { size, key } of entries.flatMap((entry) => toldOf(entry))) {
    const candidates = await repository.list({ after: { size, id: '' }, limit: SAME_SIZE });
    const seal = candidates.find((candidate) => sealKey(candidate) === key);
    if (seal !== undefined) notes.push(seal.note);
  }
  return notes;
}

/** Those of some seals that entries tell of. */
export function sealsToldOf(seals: ReadonlyMap<string, StoredSeal>, entries: readonly Told[]): readonly StoredSeal[] {
  return entries.flatMap((entry) => toldOf(entry)).flatMap(({ key }) => seals.get(key) ?? []);
}

/** Seals from their notes, by what an event says of them. */
export function sealsByKey(notes: readonly string[]): ReadonlyMap<string, StoredSeal> {
  const seals = notes.map((note) => storedSealOf(readUncheckedSeal(note)));
  return new Map(seals.map((seal) => [sealKey(seal), seal]));
}

/** What an entry tells of a seal, in a list; an empty one where it tells of none. */
function toldOf({ position, body }: Told): readonly { readonly size: number; readonly key: string }[] {
  // Few entries are of that type: the others need not be parsed.
  if (!body.includes(`"${AuditSealed.type}"`)) return [];
  const { type, payload } = parseEntryBody(body, position);
  const { size, rootHash, keyId } = payload;
  if (type !== AuditSealed.type || typeof size !== 'number') return [];
  if (typeof rootHash !== 'string' || typeof keyId !== 'string') return [];
  return [{ size, key: sealKey({ size, rootHash, keyId }) }];
}
