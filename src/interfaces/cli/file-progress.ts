import type { FileProgress } from '../../application/file/file-storage.port.js';
import { formatBytes, plural } from '../text/quantities.js';
import type { Session } from './session.js';

/** What counts the files of a long work. */
export interface ShownProgress {
  readonly onProgress: (progress: FileProgress) => void;
  /** Takes the line away. */
  end(): void;
}

/** On a terminal a line on stderr that counts files, as how many there will be is not known before. */
export function fileProgress({ io, json }: Session, what: string): ShownProgress {
  if (json || io.stderr.isTTY !== true) return { onProgress: () => undefined, end: () => undefined };
  let isShown = false;
  return {
    onProgress: ({ files, bytes }) => {
      isShown = true;
      io.stderr.write(`\r${plural(files, 'file')} ${what}, ${formatBytes(bytes)}\u001b[K`);
    },
    end: () => {
      if (isShown) io.stderr.write('\r\u001b[K');
      isShown = false;
    },
  };
}
