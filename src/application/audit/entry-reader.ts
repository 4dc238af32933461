import type { AuditEntry, StoredEntry } from '../../domain/audit/audit-entry.js';
import { parseEntryBody } from '../../domain/audit/entry-codec.js';
import { ENVELOPE_MARK, keyIdsIn } from '../../domain/audit/personal/personal-envelope.js';
import { type PersonalKeys, revealPersonal } from '../../domain/audit/personal/reveal-personal.js';
import type { EventDefinition } from '../../domain/events/define-event.js';
import type { EventCatalog } from '../../domain/events/event-catalog.js';
import { WaymarkError } from '../../domain/shared/errors.js';
import type { SubjectKeyring } from './personal/subject-keyring.js';
import type { Recorded } from './recorded.js';

/** An entry that is there and can't be read: somebody has changed its text. */
export interface UnreadableEntry {
  readonly position: number;
  readonly error: WaymarkError;
}

/** Whether what is personal in events of unknown types is decrypted for a reader. */
export type UnknownTypes = 'as-stored' | 'reveal';

const NO_KEYS: PersonalKeys = new Map();

/** Makes of what is stored what a reader of the log gets. */
export class EntryReader {
  readonly #catalog: EventCatalog;
  readonly #keyring: SubjectKeyring | undefined;
  readonly #unknownTypes: UnknownTypes;

  /** @param keyring the keys of people; without one, what is personal can't be read */
  constructor(catalog: EventCatalog, keyring?: SubjectKeyring, unknownTypes: UnknownTypes = 'as-stored') {
    this.#unknownTypes = unknownTypes;
    this.#catalog = catalog;
    this.#keyring = keyring;
  }

  /** @throws WaymarkError `WAYMARK_LOG_CORRUPT`; `details.position` is where */
  async read(stored: StoredEntry): Promise<AuditEntry> {
    return this.#read(stored, await this.#keysOf([stored]));
  }

  /**
   * Several, for which the store is asked for keys at once.
   *
   * @throws WaymarkError `WAYMARK_LOG_CORRUPT`; `details.position` is where
   */
  async readAll(stored: readonly StoredEntry[]): Promise<readonly AuditEntry[]> {
    const keys = await this.#keysOf(stored);
    return stored.map((entry) => this.#read(entry, keys));
  }

  /** What has just been recorded. It is what reading gives, without parsing what was just made. */
  async readRecorded(recorded: readonly Recorded[]): Promise<readonly AuditEntry[]> {
    if (!recorded.every((each) => this.#isAtHand(each))) return this.readAll(recorded.map(({ entry }) => entry));
    return recorded.map(({ event, entry, message = '' }) => {
      const { position, leafHash, columns } = entry;
      const { severity, outcome, category, recordedAt } = columns;
      return Object.freeze({ position, event, severity, outcome, category, message, recordedAt, leafHash });
    });
  }

  /** For who looks at a damaged log. */
  async readWhatCanBe(stored: readonly StoredEntry[]): Promise<readonly (AuditEntry | UnreadableEntry)[]> {
    const keys = await this.#keysOf(stored);
    return stored.map((entry) => {
      try {
        return this.#read(entry, keys);
      } catch (error) {
        if (!WaymarkError.is(error)) throw error;
        return { position: entry.position, error };
      }
    });
  }

  /** Whether reading an entry would give the event that it was made of: of its newest shape, and with nothing encrypted. */
  #isAtHand({ event, entry, message }: Recorded): boolean {
    if (message === undefined) return false;
    const registered = this.#catalog.find(event.type);
    return (
      registered !== undefined &&
      registered === event.constructor &&
      event.context.schemaVersion === (registered.definition as EventDefinition).version &&
      !isPersonal(entry.body)
    );
  }

  async #keysOf(stored: readonly StoredEntry[]): Promise<PersonalKeys> {
    if (this.#keyring === undefined) return NO_KEYS;
    const ids = stored.flatMap(({ body }) => (isPersonal(body) ? keyIdsIn(body) : []));
    return ids.length === 0 ? NO_KEYS : this.#keyring.forReading(ids);
  }

  #read(stored: StoredEntry, keys: PersonalKeys): AuditEntry {
    const body = parseEntryBody(stored.body, stored.position);
    const { position: _, recordedAt, severity, outcome, category, message, ...record } = body;
    // Before it is brought into the newest shape: that is for readers, and so is what was encrypted. A type that this
    // build does not know is given as it is stored, unless it is only shown.
    const isKnown = this.#unknownTypes === 'reveal' || this.#catalog.find(body.type) !== undefined;
    const isRevealed = isPersonal(stored.body) && isKnown;
    const revealed = isRevealed ? revealPersonal(body.payload, body.id, keys) : undefined;
    return Object.freeze({
      position: stored.position,
      event: this.#catalog.decode(revealed === undefined ? record : { ...record, payload: revealed.payload }),
      severity,
      outcome,
      category,
      message,
      recordedAt,
      leafHash: stored.leafHash,
      ...(revealed === undefined || revealed.erased.length === 0 ? {} : { erased: Object.freeze(revealed.erased) }),
      ...(revealed === undefined || revealed.unreadable.length === 0
        ? {}
        : { unreadable: Object.freeze(revealed.unreadable) }),
    });
  }
}

function isPersonal(body: string): boolean {
  return body.includes(ENVELOPE_MARK);
}
