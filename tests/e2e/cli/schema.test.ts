import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { WAYMARK_EVENTS } from '../../../src/index.js';
import { call } from './support/in-process.js';
import { json } from './support/json.js';

// A store that can't be opened: whatever looked for one would fail.
const env = { WAYMARK_STORE: '/nowhere/at/all.db' };
const waymark = (...args: readonly string[]) => call(['schema', ...args], { env });

describe('waymark schema', () => {
  it('lists every type, and how many each family has', async () => {
    const { code, stdout, stderr } = await waymark();
    expect({ code, stderr }).toStrictEqual({ code: 0, stderr: 'waymark schema TYPE tells all about one.\n' });
    expect(stdout).toMatch(/^TYPE +VERSION +SEVERITY +CATEGORY +EMITTER +DESCRIPTION\n/);
    expect(stdout).toMatch(/^node\.completed +1 +info +workflow +engine +A node's work is done\./m);
    expect(stdout).toMatch(/^system\.health_checked +1 +varies /m);
    expect(stdout).toContain(`\n\n${WAYMARK_EVENTS.length} types in 26 families\nexecution 13, node 11, `);
  });

  it('gives the same to programs, with counts by family', async () => {
    const { total, families, types } = json((await waymark('--json')).stdout);
    expect(total).toBe(WAYMARK_EVENTS.length);
    expect(total).toBeGreaterThanOrEqual(180);
    expect(Object.values<number>(families).reduce((sum, count) => sum + count, 0)).toBe(total);
    expect(families).toMatchObject({ execution: 13, node: 11, checkpoint: 11, bus: 5 });
    expect(types).toHaveLength(total);
    expect(types[0]).toStrictEqual({
      type: 'execution.started',
      version: 2,
      severity: 'info',
      outcome: 'none',
      category: 'workflow',
      emitter: 'engine',
      aliases: [],
      description: expect.any(String),
    });
  });

  it('filters by family and by who records it', async () => {
    const node = json((await waymark('--family', 'node', '--json')).stdout);
    expect(node).toMatchObject({ total: 11, families: { node: 11 } });
    const host = json((await waymark('--emitter', 'host', '--json')).stdout);
    expect(new Set(host.types.map(({ emitter }: { emitter: string }) => emitter))).toStrictEqual(new Set(['host']));
    const none = await waymark('--family', 'node', '--emitter', 'host');
    expect(none).toMatchObject({ code: 2, stderr: expect.stringContaining('waymark schema --family node') });
  });

  it('tells all about one type', async () => {
    const { code, stdout, stderr } = await waymark('node.failed');
    expect({ code, stderr }).toStrictEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^node\.failed\nA node's work threw an error/);
    expect(stdout).toMatch(/^ {2}outcome +failure$/m);
    expect(stdout).toMatch(/^ {2}occurrence +yes +integer ≥ 1 +The n-th time/m);
    expect(stdout).toMatch(/^ {2}error +yes +\{name: string, .*cause\?: ErrorRecord\} +Why$/m);
    expect(stdout).toContain('"type": "node.failed"');
    expect(stdout).toMatch(/^ {2}where it happened +waymark log --type node\.failed$/m);
  });

  it('knows older names, and says so', async () => {
    const { code, stdout, stderr } = await waymark('tool.success');
    expect({ code, stderr }).toStrictEqual({ code: 0, stderr: 'tool.success is an older name of tool.completed.\n' });
    expect(stdout).toMatch(/^tool\.completed\n/);
    expect(stdout).toMatch(/^ {2}older names +tool\.success, /m);
    expect(stdout).toContain('The result (kept only where the capture policy says so)');
    expect(json((await waymark('tool.success', '--json')).stdout)).toMatchObject({
      type: 'tool.completed',
      aliases: ['tool.success', 'agent.tool_completed'],
      fields: expect.arrayContaining([
        expect.objectContaining({ name: 'output', required: false, captured: true, secret: false }),
      ]),
      example: { type: 'tool.completed', payload: { toolName: 'editor' } },
    });
  });

  it.each([40, 80, 120])('fits a terminal of %i columns without cutting a name or a word', async (terminal) => {
    const { stdout } = await call(['schema', 'checkpoint.created', '--no-color'], { terminal });
    expect(stdout.replaceAll(/\s+/g, ' ')).toContain('Its branch');
    for (const word of ['executionId', 'manual', 'approval', 'signal', 'storing']) expect(stdout).toContain(word);
    expect(stdout).not.toContain('…');
    const table = /FIELD[\s\S]+?\n\n/.exec(stdout)?.[0] ?? '';
    for (const line of table.split('\n')) expect(line.length).toBeLessThanOrEqual(Math.max(terminal, 50));
    const all = (await call(['schema', '--no-color'], { terminal })).stdout;
    expect(all).toContain(terminal === 40 ? "A node's work is about to b…" : "A node's work is about to");
    for (const line of all.split('\n')) expect(line.length).toBeLessThanOrEqual(terminal);
  });

  it('prints JSON Schema, of one type or of all, that takes its own example', async () => {
    const example = json((await waymark('node.failed', '--json')).stdout).example;
    for (const args of [['node.failed'], ['--family', 'node'], []]) {
      const { code, stdout, stderr } = await waymark(...args, '--json-schema');
      expect({ code, stderr }).toStrictEqual({ code: 0, stderr: '' });
      const ajv = new Ajv2020({ strict: true });
      addFormats.default(ajv);
      const isValid = ajv.addVocabulary(['x-waymark-secret', 'x-waymark-captured', 'x-personal']).compile(json(stdout));
      expect(isValid(example)).toBe(true);
      expect(isValid({ ...example, type: 'node.gone' })).toBe(false);
    }
  });

  it('prints AsyncAPI, of all types or of some', async () => {
    const all = json((await waymark('--asyncapi')).stdout);
    expect(all).toMatchObject({ asyncapi: '3.0.0', info: { version: expect.stringMatching(/^\d+\./) } });
    expect(Object.keys(all.channels)).toHaveLength(26);
    const one = json((await waymark('tool.success', '--asyncapi')).stdout);
    expect(Object.keys(one.components.messages)).toStrictEqual(['tool.completed']);
  });

  it.each([
    ['a slip', 'node.complete', /Did you mean node\.completed\?/],
    ['an unknown fact of a family', 'checkpoint.create', /Did you mean checkpoint\.created\?/],
    ['an older name that is misspelt', 'tool.succes', /Did you mean tool\.success/],
    ['a family', 'node', /node is a family: waymark schema --family node lists its types\./],
    ['a pattern', 'node.*', /node is a family/],
    ['nothing like any', 'xyzzy', /^→ waymark schema lists all types\.$/m],
  ])('suggests what was meant by %s, with exit code 2', async (_, name, hint) => {
    const { code, stdout, stderr } = await waymark(name);
    expect({ code, stdout }).toStrictEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^error WAYMARK_UNKNOWN_EVENT_TYPE: There is no event type "/);
    expect(stderr).toMatch(hint);
    const { error } = json((await waymark(name, '--json')).stderr);
    expect(error).toMatchObject({ code: 'WAYMARK_UNKNOWN_EVENT_TYPE', details: { type: name } });
  });

  it.each([
    ['two forms at once', ['--json-schema', '--asyncapi'], /cannot be used with option '--asyncapi'/],
    ['a type and a filter', ['node.failed', '--family', 'node'], /^error WAYMARK_USAGE: A type and a filter exclude/],
    ['a family that there is not', ['--family', 'nodes'], /"nodes"\.\n→ Did you mean node\?/],
    ['a family like none', ['--family', 'xyzzy'], /→ There are execution, node, /],
    ['an emitter that there is not', ['--emitter', 'me'], /Allowed choices are engine, host/],
  ])('refuses %s, with exit code 2', async (_, args, message) => {
    const { code, stdout, stderr } = await waymark(...args);
    expect({ code, stdout }).toStrictEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(message);
  });
});
