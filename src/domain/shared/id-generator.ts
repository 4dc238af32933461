/**
 * Where new identifiers come from. The default gives UUIDv7 (RFC 9562), which sorts by time of creation; tests inject a
 * sequence.
 */
export interface IdGenerator {
  /** A new identifier, never given before. */
  next(): string;
}
