import picocolors from 'picocolors';
import type { Outcome, Severity } from '../../domain/audit/severity.js';
import type { ExecutionStatus } from '../../domain/execution/execution-status.js';

/** Functions that colour a text, or leave it as it is. */
export type Palette = ReturnType<typeof picocolors.createColors>;

/** The colours to write with; with `false` every one of them leaves the text as it is. */
export function makePalette(color: boolean): Palette {
  return picocolors.createColors(color);
}

/** The colour of an entry. */
export function severityColor(palette: Palette, severity: Severity, outcome: Outcome): (text: string) => string {
  switch (severity) {
    case 'critical':
    case 'error':
      return palette.red;
    case 'warning':
      return palette.yellow;
    case 'debug':
      return palette.dim;
    case 'info':
      return outcome === 'success' ? palette.green : (text) => text;
  }
}

/** The colour of an execution's status. */
export function statusColor(palette: Palette, status: ExecutionStatus): (text: string) => string {
  switch (status) {
    case 'completed':
      return palette.green;
    case 'failed':
      return palette.red;
    case 'paused':
    case 'cancelled':
      return palette.yellow;
    case 'pending':
    case 'running':
      return palette.cyan;
  }
}
