import type { UnreadableEntry } from '../../../application/audit/entry-reader.js';
import type { AuditEntry } from '../../../domain/audit/audit-entry.js';
import { WaymarkError } from '../../../domain/shared/errors.js';
import { printable } from '../../text/printable.js';
import { renderTimeline } from '../../text/render-timeline.js';
import type { Session } from '../session.js';
import { entryJson } from './entry-json.js';
import { LockedFields } from './personal-fields.js';

/** How to print entries. */
export interface PrintOptions {
  /** Whether to show the ids of the events. */
  readonly ids?: boolean;
  /** The execution that all of them belong to, where they do. */
  readonly execution?: string;
}

/** An entry, or what is left of one. */
export type LogEntry = AuditEntry | UnreadableEntry;

/** Prints entries in the form that was asked for; several parts in a row read as one. */
export class EntryPrinter {
  readonly #session: Session;
  readonly #options: PrintOptions;
  readonly #unreadable: number[] = [];
  readonly #locked: LockedFields;
  #last: AuditEntry | undefined;

  constructor(session: Session, options: PrintOptions) {
    this.#session = session;
    this.#options = options;
    this.#locked = new LockedFields(session);
  }

  print(entries: readonly LogEntry[]): void {
    if (this.#session.json) {
      for (const entry of entries) this.#session.printJsonLine(this.json(entry));
      return;
    }
    let readable: AuditEntry[] = [];
    for (const entry of entries) {
      if (!('error' in entry)) {
        readable.push(entry);
        continue;
      }
      this.#printReadable(readable);
      readable = [];
      this.#printUnreadable(entry);
    }
    this.#printReadable(readable);
  }

  /** An entry as one line of JSON, or as a part of a document. */
  json(entry: LogEntry): unknown {
    if (!('error' in entry)) {
      this.#locked.count(entry);
      return entryJson(entry);
    }
    const { position, error } = entry;
    this.#unreadable.push(position);
    return { position, error: { code: error.code, message: error.message } };
  }

  /**
   * @throws WaymarkError `WAYMARK_LOG_CORRUPT` when there were entries that could not be read;
   *   `WAYMARK_PERSONAL_UNREADABLE` when personal values need another master key than the one that was given
   */
  end(): void {
    if (this.#unreadable.length === 0) {
      this.#locked.tell();
      return;
    }
    const positions = this.#unreadable.map((position) => `#${position}`).join(', ');
    throw new WaymarkError('WAYMARK_LOG_CORRUPT', `The log is damaged: ${positions} can't be read.`, {
      hint: `The others are as they are stored. How far the log is intact: ${this.#session.command('verify')}`,
      details: { positions: this.#unreadable },
    });
  }

  #printUnreadable({ position, error }: UnreadableEntry): void {
    this.#unreadable.push(position);
    this.#session.print(this.#session.palette.red(`#${position}  unreadable: ${printable(error.message)}`));
  }

  #printReadable(entries: readonly AuditEntry[]): void {
    const last = entries.at(-1);
    if (last === undefined) return;
    for (const entry of entries) this.#locked.countUnshown(entry);
    const { width, palette } = this.#session;
    this.#session.print(
      renderTimeline(entries, {
        color: palette.isColorSupported,
        ids: this.#options.ids === true,
        headings: this.#options.execution === undefined,
        ...(width === undefined ? {} : { width }),
        ...(this.#last === undefined ? {} : { continues: this.#last }),
      }),
    );
    this.#last = last;
  }
}
