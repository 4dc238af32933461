import type { CheckedPage } from '../../../../domain/audit/integrity/page-checkers.port.js';
import type { FileIdentity } from '../store-file.js';

/** The file that a checking thread reads. */
export interface CheckedFile {
  readonly path: string;
  /** Another file at that path is not the store. */
  readonly file: FileIdentity;
  /** Whether the file is open for reading only: a thread must not open it in another way. */
  readonly readonly: boolean;
}

/** What a checking thread is asked: a page, or to end. */
export type PageRequest = { readonly from: number; readonly count: number } | 'end';

/** What it answers: that it is ready, then a page for each one that was asked for, in their order. */
export type PageAnswer = 'ready' | { readonly page: CheckedPage | undefined };
