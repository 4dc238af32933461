import { WaymarkError } from '../../domain/shared/errors.js';
import type { CommandResult } from './run-command.js';

/** How much of its last words a command's failure repeats. */
const MAX_REASON = 500;

/** `WAYMARK_COMMAND_FAILED` */
export function commandFailed(nodeId: string, { exitCode, endedBy, stdout, stderr }: CommandResult): WaymarkError {
  const lastLine = reasonIn(stderr.text.trim() === '' ? stdout.text.trim() : stderr.text.trim()).slice(0, MAX_REASON);
  const how = exitCode === null ? `was ended by ${endedBy}` : `ended with exit code ${exitCode}`;
  return new WaymarkError(
    'WAYMARK_COMMAND_FAILED',
    `The command of ${nodeId} ${how}${lastLine === '' ? '' : `: ${lastLine}`}.`,
    {
      hint: 'What it wrote is in its progress: waymark log --execution ID.',
      details: { nodeId, exitCode, signal: endedBy, stderr: stderr.text.slice(-MAX_REASON) },
    },
  );
}

/** The last line; of a Node that an error ended, whose last words are its version, the line of the error. */
function reasonIn(said: string): string {
  const lines = said.split('\n');
  const last = lines.at(-1) ?? '';
  if (!/^Node\.js v\d/.test(last)) return last;
  return lines.findLast((line) => /^\w*(?:Error|Exception)\b/.test(line)) ?? last;
}

/**
 * `WAYMARK_COMMAND_OUT_OF_MEMORY`
 *
 * @param used what was in use in bytes, where that was seen
 */
export function outOfMemory(nodeId: string, limit: number, used?: number): WaymarkError {
  const seen = used === undefined ? 'ran out of memory' : `used ${megabytes(used)} MB of memory`;
  return new WaymarkError(
    'WAYMARK_COMMAND_OUT_OF_MEMORY',
    `The command of ${nodeId} ${seen}, and it may use ${megabytes(limit)} MB.`,
    {
      hint: 'Let it do its work in smaller parts, or raise the memory of the step.',
      details: { nodeId, limitBytes: limit, ...(used === undefined ? {} : { usedBytes: used }) },
    },
  );
}

function megabytes(bytes: number): string {
  return (bytes / 1_000_000).toFixed(1).replace(/\.0$/, '');
}
