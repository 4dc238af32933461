import { type Command, Option } from 'commander';
import type { AuditFilter } from '../../domain/audit/audit-criteria.js';
import { type Outcome, OUTCOMES, SEVERITIES, type Severity } from '../../domain/audit/severity.js';
import type { EventCategory } from '../../domain/events/event-category.js';
import { collect, given } from './options.js';

/** The options that choose entries of the log, but for the end of the time. */
export interface EntryFilterOptions {
  readonly execution?: string;
  readonly stream?: string;
  readonly type?: readonly string[];
  readonly severity?: readonly Severity[];
  readonly minSeverity?: Severity;
  readonly outcome?: Outcome;
  readonly category?: EventCategory;
  readonly actor?: string;
  readonly correlation?: string;
  readonly since?: string;
  readonly text?: string;
}

/**
 * Gives a command the options that choose entries of the log.
 *
 * @param until what the option for the end of the time is called: where `--until` is a position, it is another
 */
export function withEntryFilter(command: Command, until: '--until' | '--until-time'): Command {
  return command
    .addOption(new Option('--execution <id>', 'only entries of this execution'))
    .addOption(new Option('--stream <name>', 'only entries of this stream (orders/4711)'))
    .addOption(new Option('--type <type>', 'only this event type, or family (node.*); repeatable').argParser(collect))
    .addOption(
      new Option('--severity <severity>', `only this one (${SEVERITIES.join(', ')}); repeatable`).argParser(collect),
    )
    .addOption(new Option('--min-severity <severity>', 'only this severity and above').choices(SEVERITIES))
    .addOption(new Option('--outcome <outcome>', 'only this outcome').choices(OUTCOMES))
    .addOption(new Option('--category <name>', 'only this category'))
    .addOption(new Option('--actor <who>', 'only what this one did'))
    .addOption(new Option('--correlation <id>', 'only what belongs together under this id'))
    .addOption(new Option('--since <time>', 'only what happened from this time on (ISO 8601)'))
    .addOption(new Option(`${until} <time>`, 'only what happened before this time (ISO 8601)'))
    .addOption(new Option('--text <text>', 'only entries whose stored text contains this, letter by letter'));
}

/** The filter that the options ask for; it has no keys when they ask for none. */
export function entryFilterOf(options: EntryFilterOptions, until: string | undefined): AuditFilter {
  const { execution, type, severity, correlation } = options;
  const { stream, minSeverity, outcome, category, actor, since, text } = options;
  return given({
    types: type,
    executionId: execution,
    stream,
    severities: severity,
    minSeverity,
    outcome,
    category,
    actor,
    correlationId: correlation,
    since,
    until,
    text,
  });
}
