import type { WaymarkError } from '../../../domain/shared/errors.js';
import type { Palette } from '../../text/palette.js';
import { printable, printableJson } from '../../text/printable.js';

/** An error for people: what happened, and what to do next. Its stack only when that is asked for. */
export function errorText(error: WaymarkError, palette: Palette, debug: boolean): string {
  const lines = [`${palette.red('error')} ${palette.bold(error.code)}: ${messageOf(error)}`];
  if (error.hint !== undefined) lines.push(`${palette.cyan('→')} ${printable(error.hint)}`);
  if (debug) lines.push(...stackLines(error));
  return lines.join('\n');
}

/** What an error says, on one line; of a file with several problems each has a line of its own. */
function messageOf({ code, message }: WaymarkError): string {
  if (code !== 'WAYMARK_INVALID_WORKFLOW_FILE') return printable(message);
  return message.split('\n').map(printable).join('\n');
}

/** An error for programs. */
export function errorJson(error: WaymarkError, debug: boolean): string {
  const { code, message, hint, details } = error;
  return printableJson({
    error: { code, message, hint: hint ?? null, details, ...(debug ? { stack: stackLines(error) } : {}) },
  });
}

function stackLines(error: Error): readonly string[] {
  const lines: string[] = [];
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    lines.push(...(at.stack ?? String(at)).split('\n').map(printable));
  }
  return lines;
}
