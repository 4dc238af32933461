/** Tells how far a node's work is: `progress` of its context. */
export type Progress = (fraction: number, message: string) => void;

/**
 * Passes on one report for each tenth of the work that is done: progress is recorded, so a file of a million rows
 * should not fill the log with it.
 */
export function inTenths(progress: Progress): Progress {
  let told = 0;
  return (fraction, message) => {
    const tenth = Math.floor(Math.min(1, fraction) * 10);
    if (tenth <= told) return;
    told = tenth;
    progress(tenth / 10, message);
  };
}
