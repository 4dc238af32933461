import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { type EventDefinition, WAYMARK_EVENTS } from '../../../../src/index.js';
import * as waymark from '../../../../src/index.js';
import { CAPTURED } from '../../../../src/domain/events/capture.js';

// The specification of the catalog, as data: whoever changes a type's name, severity or fields has to change it here
// too.
interface Specified {
  readonly severity: string;
  readonly outcome: string;
  readonly aliases: readonly string[];
  /** Whether each field is required. */
  readonly fields: Readonly<Record<string, boolean>>;
}

const specified = JSON.parse(
  readFileSync(new URL('../../../fixtures/catalog-types.json', import.meta.url), 'utf8'),
) as Readonly<Record<string, Specified>>;

const definitions = WAYMARK_EVENTS.map((event) => event.definition as unknown as EventDefinition);

/** Category and emitter of each family. */
const FAMILIES = {
  execution: ['workflow', 'engine'],
  node: ['workflow', 'engine'],
  checkpoint: ['checkpoint', 'engine'],
  llm: ['tool_usage', 'host'],
  tool: ['tool_usage', 'host'],
  retriever: ['tool_usage', 'host'],
  graph: ['workflow', 'host'],
  environment: ['resource', 'engine'],
  workspace: ['resource', 'engine'],
  file: ['resource', 'engine'],
  batch: ['workflow', 'engine'],
  worker: ['resource', 'engine'],
  job: ['operations', 'host'],
  agent: ['workflow', 'host'],
  action: ['workflow', 'host'],
  session: ['session', 'host'],
  task: ['workflow', 'host'],
  work_item: ['workflow', 'host'],
  dependency: ['workflow', 'host'],
  blocker: ['workflow', 'host'],
  decision: ['decision', 'host'],
  reasoning: ['reasoning', 'host'],
  error: ['error', 'host'],
  system: ['operations', 'engine'],
  audit: ['operations', 'engine'],
  bus: ['operations', 'engine'],
} as const;

describe('the catalog', () => {
  it('declares every specified type once, and no other', () => {
    const declared = definitions.map((definition) => definition.type);
    expect(declared.toSorted()).toStrictEqual(Object.keys(specified).toSorted());
    expect(new Set(declared).size).toBe(declared.length);
    expect(declared).toHaveLength(187);
  });

  it('gives each type the specified severity, outcome, aliases and fields', () => {
    const declared = Object.fromEntries(definitions.map((definition) => [definition.type, asSpecified(definition)]));
    expect(declared).toStrictEqual(specified);
  });

  it('names each class after its type', () => {
    const names = WAYMARK_EVENTS.map((event) => [event.type, (event as { readonly name?: string }).name]);
    expect(names).toStrictEqual(WAYMARK_EVENTS.map((event) => [event.type, classNameOf(event.type)]));
  });

  it('exports each class under its name', () => {
    const exported = waymark as unknown as Readonly<Record<string, unknown>>;
    const missing = WAYMARK_EVENTS.filter((event) => exported[classNameOf(event.type)] !== event);
    expect(missing.map((event) => event.type)).toStrictEqual([]);
  });

  it('puts each family into its category and says who emits it', () => {
    const declared = Object.fromEntries(
      definitions.map(({ type, category, emitter }) => [type.slice(0, type.indexOf('.')), [category, emitter]]),
    );
    expect(declared).toStrictEqual(FAMILIES);
    const families = FAMILIES as Readonly<Record<string, readonly string[]>>;
    for (const { type, category, emitter } of definitions) {
      expect([type, category, emitter]).toStrictEqual([type, ...families[type.slice(0, type.indexOf('.'))]!]);
    }
  });

  it('resolves an alias to one type only, and never to what is a type itself', () => {
    const aliases = definitions.flatMap((definition) => definition.aliases);
    expect(new Set(aliases).size).toBe(aliases.length);
    expect(aliases.filter((alias) => alias in specified)).toStrictEqual([]);
  });

  it('says what each type means, each in words of its own', () => {
    const descriptions = definitions.map((definition) => definition.description);
    expect(descriptions.filter((description) => !/^[A-Z].{20,}\.$/.test(description))).toStrictEqual([]);
    expect(new Set(descriptions).size).toBe(descriptions.length);
  });

  it('describes every field', () => {
    const silent = definitions.flatMap(({ type, schema }) =>
      Object.entries(schema.shape)
        .filter(([, field]) => !((descriptionOf(field) ?? '').length > 2))
        .map(([name]) => `${type} ${name}`),
    );
    expect(silent).toStrictEqual([]);
  });

  it('captures inputs and outputs of models and tools only where the policy says so', () => {
    const captured = definitions.flatMap(({ type, schema }) =>
      Object.entries(schema.shape)
        .filter(([, field]) => z.globalRegistry.get(unwrapped(field))?.[CAPTURED] === true)
        .map(([name]) => `${type} ${name}`),
    );
    expect(captured).toStrictEqual([
      'llm.started input',
      'llm.completed output',
      'tool.started input',
      'tool.completed output',
    ]);
  });

  it('warns of a failed health check only', () => {
    const { severity } = waymark.SystemHealthChecked.definition;
    const severityOf = severity as (payload: { healthy: boolean; checks: null }) => string;
    expect(severityOf({ healthy: true, checks: null })).toBe('info');
    expect(severityOf({ healthy: false, checks: null })).toBe('warning');
  });
});

function asSpecified({ severity, outcome, aliases, schema }: EventDefinition): Specified {
  return {
    severity: typeof severity === 'function' ? 'by payload' : severity,
    outcome,
    aliases,
    fields: Object.fromEntries(
      Object.entries(schema.shape).map(([name, field]) => [name, !z.safeParse(field, undefined).success]),
    ),
  };
}

/** `node.retry_scheduled` is `NodeRetryScheduled`. */
function classNameOf(type: string): string {
  return type
    .split(/[._]/)
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');
}

function unwrapped(field: z.core.$ZodType): z.core.$ZodType {
  return field instanceof z.ZodOptional ? field.unwrap() : field;
}

function descriptionOf(field: z.core.$ZodType): string | undefined {
  return z.globalRegistry.get(unwrapped(field))?.description;
}
