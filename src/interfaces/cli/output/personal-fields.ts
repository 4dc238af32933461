import type { AuditEntry } from '../../../domain/audit/audit-entry.js';
import type { UnreadableField } from '../../../domain/audit/personal/reveal-personal.js';
import { WaymarkError } from '../../../domain/shared/errors.js';
import { isJsonObject, type JsonObject, type JsonValue, pointerSegment } from '../../../domain/shared/json.js';
import { plural } from '../../text/quantities.js';
import { masterKeyOf, MASTER_KEY_VARIABLE } from '../master-key.js';
import type { Session } from '../session.js';

const NO_KEY = '[personal: no key]';
const UNREADABLE = '[personal: unreadable]';

/** A payload for people: with a word in the place of each personal value that could not be read. */
export function shownPayload({ event, unreadable = [] }: AuditEntry): JsonObject {
  const payload = event.toJSON().payload;
  if (unreadable.length === 0) return payload;
  const words = new Map(unreadable.map((field) => [field.path, isLocked(field) ? NO_KEY : UNREADABLE]));
  const walk = (value: JsonValue, path: string): JsonValue => {
    const word = words.get(path);
    if (word !== undefined) return word;
    if (typeof value !== 'object' || value === null) return value;
    if (!isJsonObject(value)) return value.map((item, index) => walk(item, path + pointerSegment(index)));
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [key, walk(item, path + pointerSegment(key))]),
    );
  };
  return walk(payload, '') as JsonObject;
}

/** How many personal values of what was shown wait for a master key. */
export class LockedFields {
  readonly #session: Session;
  #count = 0;
  #first: WaymarkError | undefined;

  constructor(session: Session) {
    this.#session = session;
  }

  count({ unreadable = [] }: AuditEntry): void {
    for (const field of unreadable) {
      if (!isLocked(field)) continue;
      this.#count += 1;
      this.#first ??= field.error;
    }
  }

  /** For an entry that is shown without its payload: that nobody has a key is nothing to tell, that it is another one is. */
  countUnshown(entry: AuditEntry): void {
    if (masterKeyOf(this.#session) !== undefined) this.count(entry);
  }

  /**
   * Says at the end what was not shown for want of a key.
   *
   * @throws WaymarkError `WAYMARK_PERSONAL_UNREADABLE` when a master key was given, and it is not that of the store
   */
  tell(): void {
    if (this.#count === 0) return;
    const values = plural(this.#count, 'personal value');
    if (masterKeyOf(this.#session) === undefined) {
      this.#session.note(
        `${values} can't be read without the master key: name its file with --master-key-file, or set ${MASTER_KEY_VARIABLE}.`,
      );
      return;
    }
    throw new WaymarkError(
      'WAYMARK_PERSONAL_UNREADABLE',
      `${values} can't be read: the master key that was given is not the one that their keys are wrapped with.`,
      {
        cause: this.#first,
        hint: `Name the file of the other one with --master-key-file, or set ${MASTER_KEY_VARIABLE}. Everything else is shown as it is.`,
        details: { locked: this.#count },
      },
    );
  }
}

function isLocked({ error }: UnreadableField): boolean {
  return error.details['isLocked'] === true;
}
