import { formatCount } from '../text/quantities.js';
import type { Session } from './session.js';

/** On a terminal a line on stderr that counts, for work of more than one page. */
export function countProgress(
  { io, json }: Session,
  what: string,
  things = 'entries',
): (done: number, total: number) => void {
  if (json || io.stderr.isTTY !== true) return () => undefined;
  let isShown = false;
  return (done, total) => {
    if (done < total) {
      isShown = true;
      io.stderr.write(
        `\r${formatCount(done)} of ${formatCount(total)} ${things} ${what}, ${Math.floor((100 * done) / total)} %`,
      );
    } else if (isShown) {
      isShown = false;
      io.stderr.write('\r\u001b[K');
    }
  };
}
