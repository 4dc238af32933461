/**
 * A place outside of the store where the notes of seals are kept, so that who can change the store can't change them
 * too. Notes are added to it, and never removed.
 */
export interface SealAnchor {
  /** How a message should call it: a path. */
  readonly name: string;

  /**
   * The notes, in the order in which they were added; `undefined` when nothing was ever anchored here. What is no note
   * is passed over: a write that was cut off must not hide what came before it.
   *
   * @throws WaymarkError `WAYMARK_ANCHOR_FAILED`
   */
  read(): Promise<readonly string[] | undefined>;

  /**
   * The note that was added last, or `undefined`.
   *
   * @throws WaymarkError `WAYMARK_ANCHOR_FAILED`
   */
  latest(): Promise<string | undefined>;

  /**
   * Adds notes. They are on disk when it resolves.
   *
   * @throws WaymarkError `WAYMARK_ANCHOR_FAILED`
   */
  append(notes: readonly string[]): Promise<void>;
}
