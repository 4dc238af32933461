import { z } from 'zod';
import { defineEvent } from '../define-event.js';
import { brief } from './brief.js';
import { call } from './call-fields.js';
import { bytes, captured, count, error, exitStatus, flag, ms, words } from './fields.js';

const family = { version: 1, category: 'tool_usage', emitter: 'host' } as const;

const tool = { ...call, toolName: words('The tool') };
const operation = words('What the tool was to do, where it can do several things').optional();
const filePath = words('The file, as the tool was given it');
const ended = { success: flag('Whether it worked'), durationMs: ms('How long it took').optional() };
const search = {
  ...tool,
  pattern: words('What was looked for'),
  matches: count('How much was found').optional(),
  ...ended,
};

const failedUnless = (success: boolean) => (success ? '' : ' (failed)');
const found = (p: { matches?: number | undefined; success: boolean }) =>
  `${p.matches === undefined ? '' : `: ${p.matches} match(es)`}${failedUnless(p.success)}`;

/** A tool was called. */
export class ToolStarted extends defineEvent('tool.started', {
  ...family,
  severity: 'debug',
  aliases: ['agent.tool_called'],
  description: 'A tool was called. Recorded before it does anything.',
  message: (p) => `${p.toolName} called`,
  payload: z.object({
    ...tool,
    operation,
    filePath: filePath.optional(),
    command: words('The command it runs').optional(),
    input: captured('The arguments').optional(),
  }),
}) {}

/** A tool did what it was called for. */
export class ToolCompleted extends defineEvent('tool.completed', {
  ...family,
  severity: 'info',
  outcome: 'success',
  aliases: ['tool.success', 'agent.tool_completed'],
  description: 'A tool did what it was called for. Recorded when its result is there.',
  message: (p) => `${p.toolName} completed in ${Math.round(p.durationMs)} ms`,
  payload: z.object({
    ...tool,
    durationMs: ms('How long it took'),
    operation,
    output: captured('The result').optional(),
  }),
}) {}

/** A tool could not do what it was called for. */
export class ToolFailed extends defineEvent('tool.failed', {
  ...family,
  severity: 'error',
  outcome: 'failure',
  aliases: ['tool.failure', 'agent.tool_failed'],
  description: 'A tool threw or reported an error. Recorded when it did.',
  message: (p) => `${p.toolName} failed: ${p.error.message}`,
  payload: z.object({ ...tool, durationMs: ms('How long it ran'), operation, error: error('Why') }),
}) {}

/** A tool read a file. */
export class ToolFileRead extends defineEvent('tool.file_read', {
  ...family,
  severity: 'debug',
  aliases: ['tool.read_file'],
  description: 'A tool read a file, or tried to. Recorded when the attempt is over.',
  message: (p) => `${p.toolName} read ${p.filePath}${failedUnless(p.success)}`,
  payload: z.object({ ...tool, filePath, bytes: bytes('What was read').optional(), ...ended }),
}) {}

/** A tool wrote a file. */
export class ToolFileWritten extends defineEvent('tool.file_written', {
  ...family,
  severity: 'info',
  aliases: ['tool.write_file'],
  description:
    'A tool wrote a whole file, new or in place of an old one, or tried to. Recorded when the attempt is over.',
  message: (p) => `${p.toolName} wrote ${p.filePath}${failedUnless(p.success)}`,
  payload: z.object({
    ...tool,
    filePath,
    bytes: bytes('Size of the file').optional(),
    linesAdded: count('Lines written').optional(),
    ...ended,
  }),
}) {}

/** A tool changed part of a file. */
export class ToolFileEdited extends defineEvent('tool.file_edited', {
  ...family,
  severity: 'info',
  aliases: ['tool.edit_file'],
  description: 'A tool changed part of a file, or tried to. Recorded when the attempt is over.',
  message: (p) => `${p.toolName} edited ${p.filePath}${failedUnless(p.success)}`,
  payload: z.object({
    ...tool,
    filePath,
    linesAdded: count('Lines that are new').optional(),
    linesRemoved: count('Lines that are gone').optional(),
    ...ended,
  }),
}) {}

/** A tool ran a command. */
export class ToolCommandRun extends defineEvent('tool.command_run', {
  ...family,
  severity: 'info',
  aliases: ['tool.bash_command'],
  description: 'A tool ran a command in a shell. Recorded when the command has ended or could not be started.',
  message: (p) => `${p.toolName} ran ${brief(p.command)}${failedUnless(p.success)}`,
  payload: z.object({
    ...tool,
    command: words('The command, as it was run'),
    exitCode: exitStatus('Its exit code, where it came to an end').optional(),
    ...ended,
  }),
}) {}

/** A tool searched the contents of files. */
export class ToolContentSearched extends defineEvent('tool.content_searched', {
  ...family,
  severity: 'debug',
  aliases: ['tool.grep_search'],
  description: 'A tool searched the contents of files for a pattern. Recorded when the search is over.',
  message: (p) => `${p.toolName} searched for ${brief(p.pattern)}${found(p)}`,
  payload: z.object(search),
}) {}

/** A tool looked for files by name. */
export class ToolFilesMatched extends defineEvent('tool.files_matched', {
  ...family,
  severity: 'debug',
  aliases: ['tool.glob_search'],
  description: 'A tool looked for files whose names match a pattern. Recorded when the search is over.',
  message: (p) => `${p.toolName} looked for files ${brief(p.pattern)}${found(p)}`,
  payload: z.object(search),
}) {}

/** Every type of the family. */
export const TOOL_EVENTS = [
  ToolStarted,
  ToolCompleted,
  ToolFailed,
  ToolFileRead,
  ToolFileWritten,
  ToolFileEdited,
  ToolCommandRun,
  ToolContentSearched,
  ToolFilesMatched,
] as const;
