import type { EntryDraft } from '../../../domain/audit/audit-entry.js';
import type { AuditLogRepository } from '../../../domain/audit/audit-log.repository.port.js';
import { columnsOf, parseEntryBody } from '../../../domain/audit/entry-codec.js';
import { importMismatch } from '../../../domain/audit/export/export.errors.js';
import type { TransactionScope } from '../../../domain/shared/transaction.js';

/** An entry with the position and the text that it has elsewhere. */
export interface VerbatimEntry {
  readonly position: number;
  readonly body: string;
}

/**
 * Appends entries exactly as they are in another log: at the same positions, with the same text, byte for byte.
 *
 * A store gives positions itself, and records no event twice. It is given what it makes the same text of; where it
 * makes another, because it has the event already or somebody else appended, everything is taken back.
 *
 * @throws WaymarkError `WAYMARK_IMPORT_MISMATCH`
 */
export async function appendVerbatim(
  log: AuditLogRepository,
  entries: readonly VerbatimEntry[],
  scope: TransactionScope,
): Promise<void> {
  const [first] = entries;
  if (first === undefined) return;
  // A repository that is not of this transaction would keep what is taken back here.
  const { size } = await log.head();
  if (size !== first.position) {
    throw importMismatch(`The log has ${size} entries, and the one at position ${first.position} was to come next.`, {
      size,
      position: first.position,
    });
  }
  const appended = await log.append(entries.map(toDraft), scope);
  const wrong = entries.findIndex(({ body }, index) => appended[index]?.body !== body);
  if (wrong === -1) return;
  const { position } = entries[wrong] as VerbatimEntry;
  const there = appended[wrong];
  throw importMismatch(
    there === undefined || there.position === position
      ? `The entry of position ${position} can not be appended as it is.`
      : `The event of position ${position} would be at position ${there.position}: it is recorded already, or others were appended.`,
    { position },
  );
}

function toDraft({ position, body }: VerbatimEntry): EntryDraft {
  return {
    rest: body.slice(`{"position":${position},`.length),
    columns: columnsOf(parseEntryBody(body, position)),
  };
}
