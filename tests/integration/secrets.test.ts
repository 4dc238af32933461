import { readdirSync, readFileSync } from 'node:fs';
import { inspect } from 'node:util';
import { z } from 'zod';
import {
  captured,
  type CapturePolicy,
  createWaymark,
  defineEvent,
  type DomainEvent,
  InvalidEventError,
  LlmCompleted,
  LlmStarted,
  REDACTED,
  secret,
  ToolCompleted,
  ToolStarted,
  UnknownEvent,
  type Waymark,
} from '../../src/index.js';
import { call } from '../e2e/cli/support/in-process.js';
import { caught } from '../support/caught.js';
import { makeTemporaryFolder, type TemporaryFolder } from '../support/temporary-folder.js';

// Strings are planted wherever a secret can be, and looked for wherever something could have kept them: as bytes in
// every file of the store, and as text in whatever the library gives out.

/** A string that occurs nowhere else. */
const planted = (name: string): string => `PLANTED-${name}-3f9c71`;
const OPEN = planted('open');
const SECRETS = ['field', 'nested', 'array-1', 'array-2', 'optional', 'record', 'object', 'number'].map(planted);
const [FIELD, NESTED, ARRAY_1, ARRAY_2, OPTIONAL, RECORD, OBJECT] = SECRETS as [
  string,
  string,
  string,
  string,
  string,
  string,
  string,
];
const NUMBER = 424_242_000_017;

const options = {
  version: 1,
  severity: 'info',
  category: 'operations',
  emitter: 'host',
  description: 'A fixture.',
  message: () => 'a fixture',
} as const;

/** Has secrets everywhere. */
class ServiceCalled extends defineEvent('service.called', {
  ...options,
  message: (p) => `${p.url} called with ${p.apiKey}, ${JSON.stringify(p.auth)}`,
  stream: (p) => `service/${p.url}`,
  payload: z.object({
    url: z.string(),
    apiKey: secret(z.string().min(8)),
    auth: z.strictObject({ user: z.string(), token: secret(z.string()) }),
    keys: z.array(secret(z.string())),
    password: secret(z.string()).optional(),
    cookie: secret(z.string().optional()),
    headers: z.record(z.string(), secret(z.string())).optional(),
    account: secret(z.strictObject({ iban: z.string(), pin: z.number() })).optional(),
  }),
}) {}

const called = (): DomainEvent =>
  new ServiceCalled({
    url: OPEN,
    apiKey: FIELD,
    auth: { user: 'ada', token: NESTED },
    keys: [ARRAY_1, ARRAY_2],
    password: OPTIONAL,
    cookie: OPTIONAL,
    headers: { authorization: RECORD },
    account: { iban: OBJECT, pin: NUMBER },
  });

const INPUT = planted('input');
const OUTPUT = planted('output');
const common = { callId: 'c-1', executionId: 'e-1' };

/** Events that carry inputs and outputs of models and tools, by what they carry. */
const calls = (): readonly DomainEvent[] => [
  new LlmStarted({ ...common, model: 'm', input: { messages: [{ role: 'user', content: `${INPUT}-llm` }] } }),
  new LlmCompleted({ ...common, model: 'm', durationMs: 1, output: [`${OUTPUT}-llm`] }),
  new ToolStarted({ ...common, toolName: 't', input: { deep: { er: `${INPUT}-tool` } } }),
  new ToolCompleted({ ...common, toolName: 't', durationMs: 1, output: `${OUTPUT}-tool` }),
];

let folder: TemporaryFolder;
let waymark: Waymark;
beforeEach(() => {
  folder = makeTemporaryFolder();
});
afterEach(async () => {
  await waymark.close();
  folder.remove();
});

const open = async (capture?: CapturePolicy): Promise<void> => {
  waymark = await createWaymark({
    storage: `sqlite:${folder.file('waymark.db')}`,
    ...(capture === undefined ? {} : { capture }),
  });
  waymark.catalog.register(ServiceCalled);
};

/** The bytes of every file of the store: the database, its write-ahead log and its index. */
function stored(): string {
  const files = readdirSync(folder.path);
  expect(files).toContain('waymark.db');
  return files.map((file) => readFileSync(folder.file(file), 'latin1')).join('\n');
}

/** Everything that the library and its command line give out of what they have. */
async function told(): Promise<string> {
  const entries = await waymark.log.query({}, { limit: 1_000 });
  const history = waymark.bus.history().events;
  const ids = entries.map(({ event }) => event.id);
  const store = ['--store', folder.file('waymark.db')];
  const printed = [
    await call(['log', '--json', '--after', '-1', '--limit', '1000', ...store]),
    await call(['log', '--after', '-1', '--limit', '1000', ...store]),
    ...(await Promise.all(ids.map((id) => call(['log', '--event', id, ...store])))),
  ];
  expect(printed.map(({ code }) => code)).toStrictEqual(printed.map(() => 0));
  return [
    JSON.stringify(entries),
    inspect(entries, { depth: 20 }),
    JSON.stringify(history),
    inspect(history, { depth: 20 }),
    ...printed.map(({ stdout, stderr }) => `${stdout}\n${stderr}`),
  ].join('\n');
}

const found = (text: string, strings: readonly string[]): readonly string[] =>
  strings.filter((string) => text.includes(string));

describe('a secret', () => {
  it('is nowhere: not in the files, not on the bus, not in what is read and printed, before and after a restart', async () => {
    await open();
    const heard: DomainEvent[] = [];
    waymark.bus.subscribe('**', (event) => heard.push(event));
    waymark.bus.publish(called());
    await waymark.log.append([called()]);
    await waymark.flush();
    // The write-ahead log is a file of its own as long as the store is open.
    expect(readdirSync(folder.path)).toContain('waymark.db-wal');
    const whileOpen = [stored(), await told(), JSON.stringify(heard), inspect(heard, { depth: 20 })].join('\n');
    await waymark.close();
    const whenClosed = stored();
    await open();
    const afterRestart = [stored(), await told()].join('\n');
    for (const text of [whileOpen, whenClosed, afterRestart]) {
      expect(found(text, [...SECRETS, String(NUMBER)])).toStrictEqual([]);
      // What is no secret is found: the search does look where things are kept.
      expect(found(text, [OPEN, REDACTED])).toStrictEqual([OPEN, REDACTED]);
    }
    expect((await waymark.log.query())[0]?.event.payload).toStrictEqual({
      url: OPEN,
      apiKey: REDACTED,
      auth: { user: 'ada', token: REDACTED },
      keys: [REDACTED, REDACTED],
      password: REDACTED,
      cookie: REDACTED,
      headers: { authorization: REDACTED },
      account: REDACTED,
    });
  });

  it('that is left out is not made up', async () => {
    await open();
    const event = new ServiceCalled({ url: OPEN, apiKey: FIELD, auth: { user: 'ada', token: NESTED }, keys: [] });
    expect(event.payload).not.toHaveProperty('password');
    expect(event.payload).not.toHaveProperty('headers');
    expect(event.payload).not.toHaveProperty('cookie');
    class Anything extends defineEvent('service.told', {
      ...options,
      payload: z.object({ data: secret(z.unknown()) }),
    }) {}
    expect([new Anything({ data: undefined }).payload, new Anything({ data: FIELD }).payload]).toStrictEqual([
      {},
      { data: REDACTED },
    ]);
  });

  it('stays one where an event is made anew of a record', async () => {
    await open();
    const { payload } = called();
    expect(new ServiceCalled(payload as never).payload).toStrictEqual(payload);
  });

  const valid = { url: OPEN, apiKey: FIELD, auth: { user: 'ada', token: NESTED }, keys: [ARRAY_1] };
  it.each([
    ['too short', { ...valid, apiKey: 'PLANTED' }, ['PLANTED']],
    ['of another type', { ...valid, apiKey: NUMBER }, [String(NUMBER)]],
    ['that is an object and should be none', { ...valid, apiKey: { [FIELD]: FIELD } }, [FIELD]],
    ['in an array', { ...valid, keys: [{ key: ARRAY_1 }] }, [ARRAY_1]],
    ['in a nested object', { ...valid, auth: { user: 'ada', token: [NESTED] } }, [NESTED]],
    ['in a record', { ...valid, headers: { authorization: [RECORD] } }, [RECORD]],
    ['of several parts', { ...valid, account: { iban: OBJECT, pin: 'PLANTED' } }, [OBJECT, 'PLANTED']],
    ['beside a field that is wrong', { ...valid, url: 5 }, [FIELD, NESTED, ARRAY_1]],
    ['beside a key that is too much', { ...valid, extra: 1 }, [FIELD, NESTED, ARRAY_1]],
    ['with a key that is one', { ...valid, account: { iban: OBJECT, pin: 1, [RECORD]: 1 } }, [OBJECT, RECORD]],
  ])('%s is refused without being named', async (_, payload, secrets) => {
    await open();
    const error = await caught(() => new ServiceCalled(payload as never));
    expect(error).toBeInstanceOf(InvalidEventError);
    const { message, stack, hint, details, issues, cause } = error as InvalidEventError;
    const text = [
      message,
      stack,
      hint,
      JSON.stringify([details, issues, cause]),
      inspect(error, { depth: 20 }),
      inspect(cause, { depth: 20 }),
    ].join('\n');
    expect(found(text, secrets)).toStrictEqual([]);
    expect(message).toContain('service.called');
  });
});

describe('an error about a payload with secrets', () => {
  const invalid = async (payload: z.ZodObject, value: object): Promise<InvalidEventError> => {
    class Fixture extends defineEvent('service.asked', { ...options, payload }) {}
    return (await caught(() => new Fixture(value as never))) as InvalidEventError;
  };
  beforeEach(() => open());

  it('tells all about what is no secret, and of a secret that it is wrong', async () => {
    const payload = z.object({ a: z.string().max(2), b: secret(z.string().max(2)).optional() });
    const error = await invalid(payload, { a: 'long', b: FIELD });
    expect(error.message).toMatch(/a: Too big.*; b: is not valid, and a secret/);
    expect(error.issues.map(({ path }) => path)).toStrictEqual([['a'], ['b']]);
  });

  it('tells nothing that a check of the host would tell', async () => {
    const quoting = z.string().refine(() => false, { error: ({ input }) => `${String(input)} is wrong` });
    const error = await invalid(z.object({ b: secret(quoting) }), { b: FIELD });
    expect(found(inspect(error, { depth: 20 }), [FIELD])).toStrictEqual([]);
  });

  it('tells nothing of one in the option of a union', async () => {
    const login = z.union([z.strictObject({ token: secret(z.strictObject({ t: z.string() })) }), z.number()]);
    const error = await invalid(z.object({ login }), { login: { token: { [FIELD]: 1 } } });
    expect(found(inspect([error, JSON.stringify(error.issues)], { depth: 20 }), [FIELD])).toStrictEqual([]);
    expect(error.message).toContain('login');
  });

  it('comes to an end where the schema has none', async () => {
    const tree = (): z.ZodType => z.lazy(() => z.strictObject({ below: tree().optional() }));
    const error = await invalid(z.object({ tree: tree(), b: secret(z.string()) }), { tree: 1, b: FIELD });
    expect(error.message).toContain('tree');
  });
});

describe('what models and tools were given and gave', () => {
  const ALL = [`${INPUT}-llm`, `${OUTPUT}-llm`, `${INPUT}-tool`, `${OUTPUT}-tool`];

  it.each<[string, CapturePolicy | undefined, readonly string[]]>([
    ['nothing, when no policy is given', undefined, []],
    ['nothing, when the policy is off', false, []],
    ['everything, when the policy is on', true, ALL],
    ['what a function lets through, by type', (type) => type.startsWith('tool.'), ALL.slice(2)],
    ['what a function lets through, by field', (_, field) => field === 'output', [`${OUTPUT}-llm`, `${OUTPUT}-tool`]],
  ])('is kept: %s', async (_, capture, kept) => {
    await open(capture);
    const heard: DomainEvent[] = [];
    waymark.bus.subscribe('**', (event) => heard.push(event));
    for (const event of calls()) waymark.bus.publish(event);
    await waymark.log.append(calls());
    await waymark.flush();
    const whileOpen = [stored(), await told(), JSON.stringify(heard)];
    await waymark.close();
    const whenClosed = [stored()];
    await open(capture);
    for (const text of [...whileOpen, ...whenClosed, stored(), await told()]) {
      expect(found(text, ALL)).toStrictEqual(kept);
    }
    const entries = await waymark.log.query({}, { limit: 100 });
    const names = (events: readonly DomainEvent[]): readonly string[] =>
      events.map((event) => event.constructor.name).toSorted();
    expect(names(entries.map(({ event }) => event))).toStrictEqual(names([...calls(), ...calls()]));
  });

  it('is left out of an event under an older name, or of a newer version, too', async () => {
    await open(false);
    const context = { occurredAt: '2026-01-01T00:00:00.000Z', stream: 'tool' };
    const alias = new UnknownEvent(
      'tool.success',
      { ...common, toolName: 't', durationMs: 1, output: `${OUTPUT}-tool` },
      { ...context, id: 'a', schemaVersion: 1 },
    );
    const newer = new UnknownEvent(
      'tool.started',
      { input: `${INPUT}-tool` },
      { ...context, id: 'n', schemaVersion: 9 },
    );
    waymark.bus.publish(alias);
    await waymark.log.append([newer]);
    await waymark.flush();
    expect(found([stored(), await told()].join('\n'), ALL)).toStrictEqual([]);
    expect((await waymark.log.get('a')).event).toBeInstanceOf(ToolCompleted);
    expect((await waymark.log.get('n')).event.toJSON()).toStrictEqual({ ...newer.toJSON(), payload: {} });
  });

  it('is decided for the types of a host as for those of the library, registered or not', async () => {
    class PromptSent extends defineEvent('prompt.sent', {
      ...options,
      payload: z.object({ text: captured(z.string()).optional(), note: z.string().optional() }),
    }) {}
    await open();
    waymark.bus.publish(new PromptSent({ text: INPUT, note: OPEN }));
    await waymark.flush();
    expect(found(stored(), [INPUT, OPEN])).toStrictEqual([OPEN]);
  });
});
