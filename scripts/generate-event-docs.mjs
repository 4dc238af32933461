// @ts-check
/**
 * Writes docs/events.md from the catalog in dist/: `npm run docs`. With --check it writes nothing, and fails when the
 * file is not what it would write.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';

/** @typedef {import('../src/index.js').EventDefinition} EventDefinition */

const TARGET = fileURLToPath(new URL('../docs/events.md', import.meta.url));

// Not by literal paths: the types come from src/, which is there before anything is built.
const built = (/** @type {string} */ path) => import(new URL(`../dist/${path}`, import.meta.url).href);
/** @type {typeof import('../src/index.js')} */
const { EventCatalog, NodeCompleted, WAYMARK_EVENTS } = await built('index.js');
/** @type {typeof import('../src/domain/events/event-fields.js')} */
const { eventFields, severityInWords } = await built('domain/events/event-fields.js');
/** @type {typeof import('../src/domain/events/example-record.js')} */
const { exampleRecord } = await built('domain/events/example-record.js');
/** @type {typeof import('../src/domain/events/families/about.js')} */
const { ABOUT_CATEGORIES, ABOUT_FAMILIES } = await built('domain/events/families/about.js');

const catalog = new EventCatalog(WAYMARK_EVENTS);
const definitions = catalog.list();
const categories = [...new Set(definitions.map(({ category }) => category))];

const written = await format([introduction(), contents(), ...categories.map(categorySection)].join('\n\n'), {
  ...(await resolveConfig(TARGET)),
  parser: 'markdown',
});
assertAnchors(written);

if (!process.argv.includes('--check')) {
  writeFileSync(TARGET, written);
  console.log(`docs/events.md: ${definitions.length} types.`);
} else if (present() === written) {
  console.log('docs/events.md is current.');
} else {
  console.error('docs/events.md is not what the catalog says. Run `npm run docs` and commit what it writes.');
  process.exitCode = 1;
}

/** @returns {string} the file as it is; empty when there is none */
function present() {
  try {
    return readFileSync(TARGET, 'utf8');
  } catch {
    return '';
  }
}

function introduction() {
  return `<!-- Written by \`npm run docs\` from the catalog in src/domain/events/families. Edit that, not this. -->

# Events

Waymark knows ${definitions.length} types of event in ${catalog.families().size} families. This page tells what each of them means, when it is emitted, and what it
holds. \`waymark schema\` tells the same on the command line; \`waymark schema --json-schema\` and \`--asyncapi\` tell it to
machines.

## How to read it

A type is called \`family.fact\`. Its **severity** is debug, info, warning, error or critical. Its **outcome** says whether
something succeeded or failed; most types say neither. **Emitted by the engine** means that Waymark records it by itself;
**recorded by a host** means that your code does (\`bus.publish\`, \`log.append\`), or an adapter. An **older name** is one under
which other systems or earlier versions recorded the type: the catalog reads it as this one.

The tables list the fields of the payload, and no others are allowed. A field with \`?\` may be left out. The examples are
payloads; an event as it is stored and sent has its context around that:

\`\`\`json
${JSON.stringify(exampleRecord(NodeCompleted.definition), null, 2)}
\`\`\`

| in a table             | means                                                                                        |
| ---------------------- | -------------------------------------------------------------------------------------------- |
| \`id\`                   | 1 to 256 characters, none of them a control character                                        |
| \`SHA-256 in hex\`       | 64 digits, 0 to 9 and a to f                                                                 |
| \`ErrorRecord\`          | \`{name, message, code?, stack?, cause?}\`, where the cause is another one                     |
| …Ms, …Bytes            | milliseconds, and bytes                                                                      |
| captured               | kept only where the capture policy says so; by default it is left out                        |
| secret                 | checked, and then replaced by \`[redacted]\` before anybody sees the event                     |
| personal               | encrypted where it is stored, with a key of that person: \`waymark erase\` makes it unreadable |

## How to add a family

A host declares its types as Waymark declares its own:

\`\`\`ts
import { createWaymark, defineEvent } from 'waymark';
import { z } from 'zod';

class DealCreated extends defineEvent('deal.created', {
  version: 1,
  severity: 'info',
  category: 'workflow',
  emitter: 'host',
  description: 'A deal was entered. Recorded when the form is saved.',
  message: (deal) => \`Deal \${deal.dealId} created\`,
  payload: z.object({ dealId: z.string().describe('The deal') }),
}) {}

await using waymark = await createWaymark({ storage: 'sqlite:./waymark.db' });
waymark.catalog.register(DealCreated);
waymark.bus.publish(new DealCreated({ dealId: 'd-1' }));
\`\`\`

To change a payload's shape later, raise \`version\` and add an upcaster from the one before; to change a name, keep the old
one in \`aliases\`. What is stored stays as it is, and is read in the newest shape. A family of Waymark's own is a file in
\`src/domain/events/families\`, with a line in \`families/about.ts\`; then run \`npm run docs\`.`;
}

function contents() {
  const lines = categories.flatMap((category) => [
    `- [${category}](#${anchor(`Category ${category}`)})`,
    ...familiesOf(category).map((family) => {
      const links = typesOf(category, family).map(({ type }) => `[${factOf(type)}](#${anchor(type)})`);
      return `  - [**${family}**](#${anchor(`Family ${family}`)}) (${links.length}): ${links.join(' · ')}`;
    }),
  ]);
  return ['## Contents', '', ...lines].join('\n');
}

/** @param {EventDefinition['category']} category */
function categorySection(category) {
  return [
    `## Category ${category}`,
    ABOUT_CATEGORIES[category],
    ...familiesOf(category).map((family) =>
      [`### Family ${family}`, aboutFamily(family), ...typesOf(category, family).map(typeSection)].join('\n\n'),
    ),
  ].join('\n\n');
}

/** @param {EventDefinition} definition */
function typeSection(definition) {
  return [
    `#### ${definition.type}`,
    escaped(definition.description),
    facts(definition),
    fieldTable(definition),
    ['```json', JSON.stringify(exampleRecord(definition).payload, null, 2), '```'].join('\n'),
  ].join('\n\n');
}

/** @param {EventDefinition} definition */
function facts(definition) {
  const { version, outcome, emitter, aliases } = definition;
  const severity = severityInWords(definition);
  const told = [
    severity === 'varies' ? 'severity **depends on what happened**' : `severity **${severity}**`,
    ...(outcome === 'none' ? [] : [`outcome **${outcome}**`]),
    emitter === 'engine' ? 'emitted by the engine' : 'recorded by a host',
    `version ${version}`,
    ...(aliases.length === 0 ? [] : [`older names ${aliases.map((alias) => `\`${alias}\``).join(', ')}`]),
  ];
  const [first = '', ...rest] = told;
  return `${first.charAt(0).toUpperCase()}${first.slice(1)}${rest.map((fact) => ` · ${fact}`).join('')}`;
}

/** @param {EventDefinition} definition */
function fieldTable(definition) {
  const rows = eventFields(definition).map(({ name, required, type, description, secret, personal, captured }) => {
    const marks = [
      ...(secret ? ['secret'] : []),
      ...(personal ? ['personal'] : []),
      ...(captured ? ['captured'] : []),
    ].map((mark) => ` (${mark})`);
    const words = type.includes('cause?: ErrorRecord') ? 'ErrorRecord' : type;
    return `| \`${name}${required ? '' : '?'}\` | ${escaped(words)} | ${escaped(description)}${marks.join('')} |`;
  });
  return ['| field | type | |', '| --- | --- | --- |', ...rows].join('\n');
}

/** @param {string} family */
function aboutFamily(family) {
  const about = ABOUT_FAMILIES[family];
  if (about === undefined) throw new Error(`families/about.ts says nothing about the family ${family}.`);
  return about;
}

/** @param {EventDefinition['category']} category */
function familiesOf(category) {
  return [...catalog.families().keys()].filter((family) => typesOf(category, family).length > 0);
}

/** @param {EventDefinition['category']} category @param {string} family */
function typesOf(category, family) {
  return catalog.list({ category, family });
}

/** @param {string} type @returns {string} what follows the family: `completed` */
function factOf(type) {
  return type.slice(type.lastIndexOf('.') + 1);
}

/** @param {string} heading @returns {string} the anchor that GitHub gives a heading */
function anchor(heading) {
  return heading
    .toLowerCase()
    .replaceAll(/[^\w -]/g, '')
    .replaceAll(' ', '-');
}

/** @param {string} text @returns {string} a text that Markdown leaves as it is, within a table too */
function escaped(text) {
  return text.replaceAll(/[|*_[\]<>]/g, String.raw`\$&`);
}

/** @param {string} markdown Fails when a link of the page leads nowhere, or to one of two headings of a name. */
function assertAnchors(markdown) {
  const headings = [...markdown.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    anchor(heading.replaceAll('\\', '')),
  );
  const twice = headings.filter((heading, index) => headings.indexOf(heading) !== index);
  const lost = [...markdown.matchAll(/\]\(#([^)]+)\)/g)]
    .map(([, to = '']) => to)
    .filter((to) => !headings.includes(to));
  if (twice.length + lost.length === 0) return;
  throw new Error(`Headings twice: ${twice.join(', ')}; links to nowhere: ${lost.join(', ')}`);
}
