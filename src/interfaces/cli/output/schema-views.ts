import type { EventDefinition } from '../../../domain/events/define-event.js';
import type { EventCatalog } from '../../../domain/events/event-catalog.js';
import { type EventField, eventFields, severityInWords } from '../../../domain/events/event-fields.js';
import { exampleRecord } from '../../../domain/events/example-record.js';
import { wrap } from '../../text/columns.js';
import { type Palette, severityColor } from '../../text/palette.js';
import { printable, printableJson } from '../../text/printable.js';
import { plural } from '../../text/quantities.js';
import type { Session } from '../session.js';
import { renderNextSteps } from './next-steps.js';
import { type Column, renderFacts, renderTable } from './table.js';

/** Prints all types, and how many each family has. */
export function showCatalog(session: Session, catalog: EventCatalog): void {
  const definitions = catalog.list();
  const families = catalog.families();
  if (session.json) {
    session.printJson({
      total: definitions.length,
      families: Object.fromEntries(families),
      types: definitions.map(summaryOf),
    });
    return;
  }
  const { palette, width } = session;
  session.print(renderTable(typeColumns(palette), definitions, { width, title: palette.dim }));
  const counts = Array.from(families, ([family, count]) => `${family}\u00a0${count}`).join(', ');
  const total = `${plural(definitions.length, 'type')} in ${plural(families.size, 'family', 'families')}`;
  session.print(`\n${palette.bold(total)}`);
  for (const line of wrap(counts, width)) session.print(line.replaceAll('\u00a0', ' '));
  session.note('waymark schema TYPE tells all about one.');
}

/** Prints a type: what it means, its fields, and an example. */
export function showType(session: Session, definition: EventDefinition, name: string): void {
  const fields = eventFields(definition);
  const example = exampleRecord(definition);
  if (session.json) {
    session.printJson({ ...summaryOf(definition), fields, example });
    return;
  }
  const { palette, width } = session;
  const { bold, dim } = palette;
  const { type } = definition;
  if (name !== type) session.note(`${printable(name)} is an older name of ${type}.`);
  session.print(bold(type));
  for (const line of wrap(definition.description, width)) session.print(line);
  session.print(`\n${renderFacts(factsOf(definition), dim)}`);
  session.print(`\n${bold('payload')}`);
  session.print(renderTable(FIELD_COLUMNS, fields, { width, title: dim, indent: '  ' }));
  session.print(`\n${bold('example')}\n${printableJson(example, 2)}`);
  session.print(`\n${bold('next')}`);
  session.print(
    renderNextSteps(session, [
      { purpose: 'for machines', name: 'schema', operands: [type], options: ['--json-schema'] },
      { purpose: 'where it happened', name: 'log', options: ['--type', type] },
    ]),
  );
}

function summaryOf(definition: EventDefinition): object {
  const { type, version, outcome, category, emitter, aliases, description } = definition;
  const severity = severityInWords(definition);
  return { type, version, severity, outcome, category, emitter, aliases, description };
}

function factsOf(definition: EventDefinition): readonly (readonly [string, string])[] {
  const { version, outcome, category, emitter, aliases } = definition;
  const severity = severityInWords(definition);
  return [
    ['version', String(version)],
    ['severity', severity === 'varies' ? 'depends on what happened' : severity],
    ['outcome', outcome],
    ['category', category],
    ['recorded by', emitter === 'engine' ? 'the engine: Waymark itself' : 'a host: your code, or an adapter'],
    ...(aliases.length === 0 ? [] : [['older names', aliases.join(', ')] as const]),
  ];
}

function typeColumns(palette: Palette): readonly Column<EventDefinition>[] {
  return [
    { title: 'TYPE', value: ({ type }) => type },
    { title: 'VERSION', value: ({ version }) => String(version), optional: true },
    {
      title: 'SEVERITY',
      value: severityInWords,
      color: ({ severity, outcome }) =>
        typeof severity === 'function' ? palette.yellow : severityColor(palette, severity, outcome),
    },
    { title: 'CATEGORY', value: ({ category }) => category, optional: true },
    { title: 'EMITTER', value: ({ emitter }) => emitter, optional: true },
    { title: 'DESCRIPTION', value: ({ description }) => description, flexible: true, prefers: 30 },
  ];
}

const FIELD_COLUMNS: readonly Column<EventField>[] = [
  { title: 'FIELD', value: ({ name }) => name },
  { title: 'REQUIRED', value: ({ required }) => (required ? 'yes' : 'no') },
  { title: 'TYPE', value: ({ type }) => type, flexible: true, wraps: true },
  { title: 'DESCRIPTION', value: describe, flexible: true, wraps: true },
];

function describe({ description, secret, personal, captured }: EventField): string {
  if (personal) return `${description} (personal: encrypted, waymark erase forgets it)`;
  if (secret) return `${description} (secret: kept as [redacted])`;
  return captured ? `${description} (kept only where the capture policy says so)` : description;
}
