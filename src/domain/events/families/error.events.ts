import { z } from 'zod';
import { defineEvent } from '../define-event.js';
import { brief } from './brief.js';
import { count, flag, id, ms, passage, text, words } from './fields.js';
import { setting } from './setting-fields.js';

const family = { version: 1, category: 'error', emitter: 'host' } as const;
const failed = { ...family, severity: 'error', outcome: 'failure' } as const;

const error = { ...setting, errorId: id('The error: the same where it is resolved') };
const message = words('What went wrong');
const line = count('The line in the file').optional();

/** Somebody ran into an error. */
export class ErrorEncountered extends defineEvent('error.encountered', {
  ...failed,
  description: 'A person or an agent ran into an error in their work. Recorded when it is noticed.',
  message: (p) => `${p.errorType}: ${brief(p.message)}`,
  payload: z.object({
    ...error,
    errorType: words('The kind of error'),
    message: passage(1, 2000, 'What went wrong'),
    filePath: words('The file it is in').optional(),
    line,
    traceback: text(5000, 'Where it was thrown').optional(),
    impact: words('What it means for the work').optional(),
    taskBlocked: flag('Whether the task can go on no more').optional(),
    workItemBlocked: flag('Whether the work item can go on no more').optional(),
  }),
}) {}

/** An error is gone. */
export class ErrorResolved extends defineEvent('error.resolved', {
  ...family,
  severity: 'info',
  description: 'An error that was recorded before is gone. Recorded when somebody has made sure of it.',
  message: (p) => `resolved: ${brief(p.resolution)}`,
  payload: z.object({
    ...error,
    resolution: words('What was done about it'),
    durationMs: ms('Time since it was noticed').optional(),
  }),
}) {}

/** A module could not be loaded. */
export class ErrorImportFailed extends defineEvent('error.import_failed', {
  ...failed,
  description: 'A module is missing or could not be loaded. Recorded when a run or a check stopped at it.',
  message: (p) => `cannot import ${p.module}: ${brief(p.message)}`,
  payload: z.object({ ...error, module: words('The module'), message }),
}) {}

/** A test failed. */
export class ErrorTestFailed extends defineEvent('error.test_failed', {
  ...failed,
  description: 'A test did not pass. Recorded for each failing test of a run.',
  message: (p) => `test ${p.test} failed: ${brief(p.message)}`,
  payload: z.object({ ...error, test: words('The test'), message }),
}) {}

/** A build failed. */
export class ErrorBuildFailed extends defineEvent('error.build_failed', {
  ...failed,
  description: 'A build did not come to its end. Recorded when the build tool gave up.',
  message: (p) => `build${p.target === undefined ? '' : ` of ${p.target}`} failed: ${brief(p.message)}`,
  payload: z.object({ ...error, target: words('What was to be built').optional(), message }),
}) {}

/** A file can't be parsed. */
export class ErrorSyntaxFound extends defineEvent('error.syntax_found', {
  ...failed,
  aliases: ['error.syntax'],
  description: 'A file breaks the rules of its language. Recorded when a parser or a compiler stopped at it.',
  message: (p) => `${p.filePath}${p.line === undefined ? '' : `:${p.line}`}: ${brief(p.message)}`,
  payload: z.object({ ...error, filePath: words('The file'), line, message }),
}) {}

/** Every type of the family. */
export const ERROR_EVENTS = [
  ErrorEncountered,
  ErrorResolved,
  ErrorImportFailed,
  ErrorTestFailed,
  ErrorBuildFailed,
  ErrorSyntaxFound,
] as const;
