import type { FileIdentity } from '../store-file.js';

/** The file whose write-ahead log a thread takes back. */
export interface RelievedFile {
  readonly path: string;
  /** Another file at that path is not the store. */
  readonly file: FileIdentity;
  /** What its `synchronous` is: that of the connection that writes. */
  readonly synchronous: string;
  /** How many pages there have to be in the write-ahead log that are not in the file. */
  readonly pages: number;
}

/** What the thread is told: to see whether there is something to take back, or to end. */
export type WalRequest = 'look' | 'end';

/** What it answers: that it is ready, then that it has looked. */
export type WalAnswer = 'ready' | 'done';
