import type { ExportCodec, RecordReader } from './export-format.js';

/** The stored texts, a line each: SHA-256(0x00 ‖ line) is the leaf. */
export const JSONL: ExportCodec = {
  head: '',
  tail: '',
  holdsBodies: true,
  record: ({ body }) => body,
  place: (record) => `${record}\n`,
  reader: () => linesAreRecords,
  bodyOf: (record) => record,
};

/** Each line is a record. */
export const linesAreRecords: RecordReader = {
  isWithin: false,
  next: (line) => line,
  end: () => undefined,
};
