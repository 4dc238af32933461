/** The forms in which a log is exported. */
export const EXPORT_FORMATS = ['jsonl', 'csv', 'cloudevents', 'cloudevents-batch'] as const;

/**
 * The form of an export.
 *
 * - `jsonl`: the stored texts, byte for byte, a line each
 * - `csv`: columns to look at, and the stored text in the last one (RFC 4180)
 * - `cloudevents`: a CloudEvent 1.0 in JSON each line
 * - `cloudevents-batch`: one document with all of them (`application/cloudevents-batch+json`)
 */
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

/** An entry that goes into an export, or came out of one. */
export interface ExportedEntry {
  readonly position: number;
  /** The stored text. */
  readonly body: string;
}

/** How a form is written, and how the stored texts are got back from it. */
export interface ExportCodec {
  /** What comes before the first entry. */
  readonly head: string;
  /** What comes after the last one. */
  readonly tail: string;
  /** Whether the stored texts can be got back. */
  readonly holdsBodies: boolean;
  /** One entry as it is written, without what is between it and the next. */
  record(entry: ExportedEntry): string;
  /** A record in its place. */
  place(record: string, index: number): string;
  /** Takes the lines of an export apart. */
  reader(): RecordReader;
  /**
   * The stored text that a record holds.
   *
   * @throws anything where it holds none
   */
  bodyOf(record: string): string;
}

/** Makes records of lines. One for each export that is read. */
export interface RecordReader {
  /** Whether a record was begun, and more lines of it are to come. */
  readonly isWithin: boolean;
  /**
   * Takes the next line, without its line break.
   *
   * @returns the record that it ends, or `undefined`; `{ problem }` where the line can't be there
   */
  next(line: string): string | undefined | { readonly problem: string };
  /** What is missing after the last line, or `undefined`. */
  end(): string | undefined;
}

/** A text as it comes back from UTF-8: half of a surrogate pair has no form there. */
export function wellFormed(text: string): string {
  return text.replaceAll(/\p{Surrogate}/gu, '\ufffd');
}
