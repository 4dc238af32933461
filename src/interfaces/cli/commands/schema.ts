import { Command, Option } from 'commander';
import type { CatalogFilter, EventCatalog } from '../../../domain/events/event-catalog.js';
import { WaymarkError } from '../../../domain/shared/errors.js';
import { usageError } from '../errors.js';
import { nearest } from '../nearest.js';
import { given, helpText } from '../options.js';
import { packageFacts } from '../package-facts.js';
import type { Action, Session, SharedOptions } from '../session.js';

interface SchemaOptions extends SharedOptions {
  readonly family?: string;
  readonly emitter?: 'engine' | 'host';
  readonly jsonSchema?: boolean;
  readonly asyncapi?: boolean;
  readonly workflow?: boolean;
}

/** `waymark schema [type]` */
export function schemaCommand(action: Action): Command {
  return new Command('schema')
    .description('Describe the types of events: all of them, or one with its fields. It opens no store.')
    .argument('[type]', 'a type (node.completed), or an older name of one')
    .addOption(new Option('--family <name>', 'only the types of this family (node)'))
    .addOption(new Option('--emitter <who>', 'only what this one records').choices(['engine', 'host']))
    .addOption(
      new Option('--json-schema', 'print JSON Schema (2020-12); without a type, one document for all').conflicts(
        'asyncapi',
      ),
    )
    .addOption(new Option('--asyncapi', 'print an AsyncAPI 3.0 document'))
    .addOption(
      new Option('--workflow', 'print the JSON Schema of workflow files, which editors complete by').conflicts([
        'asyncapi',
        'jsonSchema',
        'family',
        'emitter',
      ]),
    )
    .addHelpText(
      'after',
      helpText(
        [
          'waymark schema',
          'waymark schema --family checkpoint',
          'waymark schema node.completed',
          'waymark schema node.completed --json-schema',
          'waymark schema --asyncapi > asyncapi.json',
          'waymark schema --workflow > workflow.schema.json',
        ],
        ['engine: Waymark records it by itself. host: your code does, or an adapter.'],
      ),
    )
    .action(action<SchemaOptions, [string | undefined]>(schema));
}

async function schema(session: Session, options: SchemaOptions, name: string | undefined): Promise<void> {
  if (options.workflow === true) {
    if (name !== undefined) throw usageError('--workflow takes no type.', 'Leave one of them out.');
    const { workflowFileJsonSchema } = await import('../../../composition/workflow-files.js');
    session.printJson(workflowFileJsonSchema());
    return;
  }
  const { EventCatalog: Catalog } = await import('../../../domain/events/event-catalog.js');
  const { WAYMARK_EVENTS } = await import('../../../domain/events/families/index.js');
  const all = new Catalog(WAYMARK_EVENTS);
  const chosen = new Catalog(choose(all, options, name).map((type) => all.get(type)));
  const [first] = chosen.list();
  if (options.asyncapi === true) {
    const { asyncApiDocument } = await import('../../../application/catalog/async-api.js');
    session.printJson(asyncApiDocument(chosen, packageFacts()));
  } else if (options.jsonSchema === true) {
    const { eventJsonSchema, eventsJsonSchema } = await import('../../../domain/events/json-schema.js');
    session.printJson(
      name === undefined || first === undefined ? eventsJsonSchema(chosen.list()) : eventJsonSchema(first),
    );
  } else {
    const { showCatalog, showType } = await import('../output/schema-views.js');
    if (name === undefined || first === undefined) showCatalog(session, chosen);
    else showType(session, first, name);
  }
}

/** The names of the types that were asked for. */
function choose(
  catalog: EventCatalog,
  { family, emitter }: SchemaOptions,
  name: string | undefined,
): readonly string[] {
  if (name !== undefined) {
    if (family !== undefined || emitter !== undefined) {
      throw usageError('A type and a filter exclude each other.', 'Leave one of them out; see waymark schema --help.');
    }
    return [catalog.find(name)?.type ?? fail(unknownType(catalog, name))];
  }
  const families = [...catalog.families().keys()];
  if (family !== undefined && !families.includes(family)) throw unknownFamily(families, family);
  const types = catalog.list(given({ family, emitter }) satisfies CatalogFilter).map(({ type }) => type);
  if (types.length > 0) return types;
  throw usageError(
    `No type of the family ${family} is recorded by the ${emitter}.`,
    `waymark schema --family ${family} lists what there is.`,
  );
}

function unknownType(catalog: EventCatalog, name: string): WaymarkError {
  const family = name.replace(/\.?\*?$/, '');
  const names = catalog.list().flatMap(({ type, aliases }) => [type, ...aliases]);
  const similar = nearest(name, names);
  const meant = similar.length === 0 ? '' : `Did you mean ${either(similar)}? `;
  const hint = catalog.families().has(family)
    ? `${family} is a family: waymark schema --family ${family} lists its types.`
    : `${meant}waymark schema lists all types.`;
  return new WaymarkError('WAYMARK_UNKNOWN_EVENT_TYPE', `There is no event type ${JSON.stringify(name)}.`, {
    hint,
    details: { type: name, similar },
  });
}

function unknownFamily(families: readonly string[], family: string): WaymarkError {
  const similar = nearest(family, families);
  return usageError(
    `There is no family ${JSON.stringify(family)}.`,
    similar.length === 0 ? `There are ${families.join(', ')}.` : `Did you mean ${either(similar)}?`,
  );
}

function either(names: readonly string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`;
}

function fail(error: WaymarkError): never {
  throw error;
}
