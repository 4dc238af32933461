/** The key of a person as a store keeps it. Its bytes are gone once the person was erased; the rest stays. */
export interface SubjectKeyRecord {
  /** What encrypted values name it by. */
  readonly id: string;
  /** The person, by pseudonym: see {@link subjectPseudonym}. */
  readonly subjectId: string;
  /** 1 for a person's first key; 2 for the one that was made after an erasure. */
  readonly generation: number;
  /** The key as text, wrapped or not; `null` once it was destroyed. */
  readonly material: string | null;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  /** ISO 8601, UTC; `null` for as long as it is there. */
  readonly destroyedAt: string | null;
}
