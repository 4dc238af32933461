import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Waymark } from '../../src/index.js';
import { createWaymark, loadWorkflowFile, workflowFileJsonSchema } from '../../src/index.js';
import type { JsonObject } from '../../src/domain/shared/json.js';
import { codeOf } from '../support/caught.js';
import { makeTemporaryFolder, type TemporaryFolder } from '../support/temporary-folder.js';
import { fileOf, workflowFrom } from '../support/workflow-file.js';

let folder: TemporaryFolder;
let waymark: Waymark;

beforeEach(async () => {
  folder = makeTemporaryFolder();
  waymark = await createWaymark({ storage: 'memory:' });
});

afterEach(async () => {
  await waymark.close();
  folder.remove();
});

/** Runs steps to their end. Returns what became of them. */
async function run(steps: string, input: JsonObject = {}, head = '', environment: Record<string, string> = {}) {
  const workflow = workflowFrom(fileOf(steps, head), { folder: folder.path, environment });
  const handle = await waymark.executions.start(workflow, input);
  const result = await handle.result();
  const { headCheckpointId } = await waymark.executions.get(handle.id);
  const state = (await waymark.checkpoints.state(headCheckpointId)) as JsonObject;
  return { id: handle.id, result, state, workflow };
}

/** Waits until an execution has completed, and looks at its state. */
async function expectState(id: string, expected: JsonObject): Promise<void> {
  let execution = await waymark.executions.get(id);
  while (execution.status === 'running' || execution.status === 'paused') {
    await new Promise((resolve) => setImmediate(resolve));
    execution = await waymark.executions.get(id);
  }
  expect(execution.status).toBe('completed');
  expect(await waymark.checkpoints.state(execution.headCheckpointId)).toMatchObject(expected);
}

/** The ids of nodes that a type of event tells of, in order. */
async function nodesOf(executionId: string, type: string): Promise<readonly string[]> {
  const entries = await waymark.log.query({ executionId, types: [type] }, { limit: 1_000 });
  return entries.map(({ event }) => (event.payload as { readonly nodeId: string }).nodeId);
}

describe('steps of a file', () => {
  it('run in order, and keep what they give', async () => {
    const { state, result } = await run(
      [
        '- { id: a, run: echo one, output: { first: text } }',
        '- { id: b, set: { second: "${{ state.first }} and ${{ 1 + 1 }}", n: "${{ size(state.first) }}" } }',
        '- { id: c, run: "printf \'%s\' ${{ state.second }}", output: { third: lines } }',
      ].join('\n'),
    );
    expect(result.status).toBe('completed');
    expect(state).toStrictEqual({ first: 'one', second: 'one and 2', n: 3, third: ['one and 2'] });
  });

  it('run beside each other where they need it', async () => {
    const { id } = await run(
      [
        '- { id: a, set: { a: 1 } }',
        '- { id: b, set: { b: 1 }, needs: a }',
        '- { id: c, set: { c: 1 }, needs: a }',
        '- { id: d, set: { d: "${{ state.b + state.c }}" }, needs: [b, c] }',
      ].join('\n'),
    );
    expect(await nodesOf(id, 'node.completed')).toStrictEqual([
      'a',
      expect.stringMatching(/[bc]/),
      expect.stringMatching(/[bc]/),
      'd',
    ]);
  });

  it('are skipped where their condition does not hold, and those after them are not', async () => {
    const steps = '- { id: a, if: input.go, set: { a: 1 } }\n- { id: b, set: { b: 1 } }';
    expect((await run(steps, { go: false })).state).toStrictEqual({ go: false, b: 1 });
    const { id, state } = await run(steps, { go: true });
    expect(state).toStrictEqual({ go: true, a: 1, b: 1 });
    expect(await nodesOf(id, 'node.skipped')).toStrictEqual(['a/else']);
  });

  it('decide, by the first case that holds', async () => {
    const steps = [
      '- id: gate',
      '  decision:',
      '    - when: state.n > 10',
      '      steps: { set: { size: large } }',
      '    - when: ${{ state.n > 5 }}',
      '      steps: [{ id: x, set: { size: medium } }, { id: y, set: { also: "${{ state.size }}" } }]',
      '    - otherwise: { set: { size: small } }',
      '- { id: after, set: { done: true } }',
    ].join('\n');
    expect((await run(steps, { n: 11 })).state).toStrictEqual({ n: 11, size: 'large', done: true });
    expect((await run(steps, { n: 6 })).state).toStrictEqual({ n: 6, size: 'medium', also: 'medium', done: true });
    expect((await run(steps, { n: 1 })).state).toStrictEqual({ n: 1, size: 'small', done: true });
  });

  it('switch by a value', async () => {
    const steps =
      '- id: route\n  switch: state.kind\n  cases:\n    bug: { set: { to: ada } }\n    "7": { set: { to: bob } }\n- { id: after, set: { done: true } }';
    expect((await run(steps, { kind: 'bug' })).state['to']).toBe('ada');
    expect((await run(steps, { kind: 7 })).state['to']).toBe('bob');
    expect((await run(steps, { kind: 'else' })).state).toStrictEqual({ kind: 'else', done: true });
  });

  it('run side by side, for every item, and again and again', async () => {
    const steps = [
      '- id: both',
      '  parallel: { l: { set: { l: 1 } }, r: [{ id: x, set: { r: 2 } }] }',
      '- id: each',
      '  for-each: state.names',
      '  as: name',
      '  concurrency: 2',
      '  into: greeted',
      '  steps: [{ id: greet, run: "echo hello ${{ state.name }} ${{ index }}", output: { greeting: text } }]',
      '- id: count',
      '  loop: { until: state.n >= 3, max: 5 }',
      '  steps: [{ id: add, set: { n: "${{ state.n + 1 }}", at: "${{ iteration }}" } }]',
    ].join('\n');
    const { state } = await run(steps, { names: ['Ada', '$(id)'], n: 0 });
    expect(state).toMatchObject({
      l: 1,
      r: 2,
      greeted: [{ greeting: 'hello Ada 0' }, { greeting: 'hello $(id) 1' }],
      n: 3,
      at: 3,
    });
  });

  it('are within others, by themselves', async () => {
    const { id, state } = await run(
      '- id: g\n  steps:\n    - { id: a, set: { a: 1 } }\n    - { id: b, set: { b: "${{ state.a }}" } }',
    );
    expect(state).toStrictEqual({ a: 1, b: 1 });
    expect(await nodesOf(id, 'node.completed')).toStrictEqual(['g/a', 'g/b', 'g']);
  });

  it('wait for an approval, whose message is filled in', async () => {
    const { id, result, workflow } = await run(
      '- { id: ask, approval: { message: "Release ${{ state.v }}?", approvers: [ada] } }\n- { id: after, set: { done: true } }',
      { v: 2 },
    );
    expect(result.status).toBe('paused');
    expect((await waymark.executions.get(id)).suspended).toMatchObject([
      { nodeId: 'ask', awaiting: 'approval', details: { message: 'Release 2?' } },
    ]);
    waymark.executions.register(workflow);
    await waymark.executions.approve(id, { actor: 'ada' });
    await expectState(id, { done: true });
  });

  it('wait for a signal, and take what comes with it', async () => {
    const { id } = await run(
      '- { id: s, signal: paid, into: payment }\n- { id: after, set: { got: "${{ state.payment.sum }}" } }',
    );
    await waymark.executions.signal(id, 'paid', { sum: 5 });
    await expectState(id, { got: 5 });
  });

  it('wait for a while', async () => {
    const { result } = await run('- { id: w, wait: 1ms }\n- { id: v, wait: { until: "2020-01-01T00:00:00Z" } }');
    expect(result.status).toBe('completed');
  });

  it('send requests, and try again what may pass', async () => {
    let calls = 0;
    const server: Server = createServer((_request, response) => {
      calls += 1;
      response.writeHead(calls === 1 ? 503 : 200, { 'content-type': 'application/json' }).end(`{"calls":${calls}}`);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/x`;
    const step = (extra: string): string =>
      `- { id: call, http: { url: "${url}", ${extra} }, retry: { attempts: 3, delay: 1ms }, output: { got: json } }`;
    expect((await run(step('method: POST'))).state).toStrictEqual({ got: { calls: 2 } });
    calls = 5;
    const failed = await run(step('expect: [201]'));
    expect(failed.result).toMatchObject({ status: 'failed', error: { code: 'WAYMARK_HTTP_STATUS' } });
    expect(calls).toBe(6);
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  it('fail, are tried again, and end when they take too long', async () => {
    const tried = await run(
      '- { id: a, run: "echo x >> tries; test $(wc -l < tries) -eq 3", retry: { attempts: 3, delay: 1ms } }',
    );
    expect(tried.result.status).toBe('completed');
    const failed = await run('- { id: a, run: "echo why >&2; exit 4" }');
    expect(failed.result).toMatchObject({ status: 'failed', error: { code: 'WAYMARK_COMMAND_FAILED' } });
    const late = await run('- { id: a, run: "sleep 600", timeout: 50ms }');
    expect(late.result).toMatchObject({ status: 'failed' });
  });

  it('undo what they did when the workflow fails', async () => {
    const { result } = await run(
      '- { id: a, run: "echo made > thing", compensate: { run: "echo undone > thing" } }\n- { id: b, run: exit 1 }',
      {},
      'on-failure: compensate\n',
    );
    expect(result.status).toBe('failed');
    expect(readFileSync(folder.file('thing'), 'utf8')).toBe('undone\n');
  });

  it('undo what they did for each item, with its item and with what was returned for it', async () => {
    const { result } = await run(
      [
        '- id: publish',
        '  for-each: state.packages',
        '  as: package',
        '  concurrency: 1',
        '  into: published',
        '  steps:',
        '    - id: push',
        '      run: printf "%s" "receipt of ${{ state.package }}"',
        '      output: { receipt: text }',
        '      compensate: { run: \'echo "${{ index }} ${{ item }} ${{ state.package }} ${{ state.receipt }}" >> undone\' }',
        '- { id: bad, run: exit 3 }',
      ].join('\n'),
      { packages: ['x', 'y'] },
      'on-failure: compensate\n',
    );
    expect(result.status).toBe('failed');
    expect(readFileSync(folder.file('undone'), 'utf8')).toBe('1 y y receipt of y\n0 x x receipt of x\n');
  });

  it('give the result that the file says, from an input that its schema checks', async () => {
    const head =
      'input: { type: object, properties: { n: { type: integer, default: 2 } }, additionalProperties: false }\noutput: { twice: "${{ state.n * 2 }}", text: "n=${{ state.n }}" }\n';
    const { result, workflow } = await run('- { id: a, set: { a: 1 } }', {}, head);
    expect(result).toMatchObject({ status: 'completed', output: { twice: 4, text: 'n=2' } });
    expect(await codeOf(waymark.executions.start(workflow, { n: 'x' }))).toBe('WAYMARK_INVALID_INPUT');
    expect(await codeOf(waymark.executions.start(workflow, { m: 1 }))).toBe('WAYMARK_INVALID_INPUT');
  });
});

describe('a file', () => {
  it('runs another one, whose place is told when it is wrong', async () => {
    mkdirSync(folder.file('parts'));
    writeFileSync(
      folder.file('parts/child.yaml'),
      'id: child\nversion: 1\noutput: { sum: "${{ state.a + state.b }}" }\nsteps: [{ id: here, run: pwd, output: { where: text } }]\n',
    );
    writeFileSync(
      folder.file('main.yaml'),
      fileOf('- { id: c, workflow: parts/child.yaml, input: { a: 1, b: "${{ state.b }}" }, into: child }'),
    );
    const workflow = await loadWorkflowFile(folder.file('main.yaml'));
    const handle = await waymark.executions.start(workflow, { b: 2 });
    expect((await handle.result()).status).toBe('completed');
    await expectState(handle.id, { child: { sum: 3 } });
    writeFileSync(
      folder.file('parts/child.yaml'),
      'id: child\nversion: 1\nsteps: [{ id: a, workflow: ../main.yaml }, { id: b, workflow: none.yaml }]\n',
    );
    await expect(loadWorkflowFile(folder.file('main.yaml'))).rejects.toThrow(
      /child\.yaml:3:\d+: .*in a circle.*There is no workflow file/s,
    );
  });

  it('may be JSON', async () => {
    writeFileSync(
      folder.file('p.json'),
      JSON.stringify({ id: 'p', version: '1', steps: [{ id: 'a', set: { a: [1, '${{ 2 }}'] } }] }, null, '\t'),
    );
    const handle = await waymark.executions.start(await loadWorkflowFile(folder.file('p.json')), {});
    expect(await handle.result()).toMatchObject({ status: 'completed', output: { a: [1, 2] } });
  });

  it('that is not there is told', async () => {
    expect(await codeOf(loadWorkflowFile(folder.file('none.yaml')))).toBe('WAYMARK_WORKFLOW_FILE_NOT_FOUND');
  });

  it('changes its hash with what its steps do, and not with what it is called', () => {
    const hash = (steps: string, head = ''): string => workflowFrom(fileOf(steps, head)).graph.hash;
    const before = hash('- { id: a, run: b }');
    expect(hash('- { run: b, id: a } # with a comment', 'name: Another\ndescription: x\n')).toBe(before);
    expect(hash('- { id: a, run: c }')).not.toBe(before);
    expect(hash('- { id: a, run: b }', 'env: { A: 1 }\n')).not.toBe(before);
  });

  it('goes on only as it was begun', async () => {
    const text = fileOf('- { id: ask, approval: Go? }\n- { id: b, run: echo 1 }');
    const handle = await waymark.executions.start(workflowFrom(text), {});
    await handle.result();
    waymark.executions.register(workflowFrom(text.replace('echo 1', 'echo 2')));
    expect(await codeOf(waymark.executions.resume(handle.id))).toBe('WAYMARK_WORKFLOW_CHANGED');
  });

  it('has a schema that editors take, and that takes every example', () => {
    expect(workflowFileJsonSchema()).toMatchObject({
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      type: 'object',
    });
  });
});

describe('a secret', () => {
  it('is nowhere in the store, whatever is done with it', async () => {
    const value = 'v3ry-s3cr3t';
    const path = folder.file('store.db');
    const stored = await createWaymark({ storage: `sqlite:${path}` });
    const steps = [
      '- { id: a, run: "echo $KEY; echo ${{ secrets.KEY }} >&2", output: { said: text } }',
      '- { id: b, run: "printf \'{\\"k\\":\\"%s\\"}\' $KEY", output: { made: json } }',
      '- { id: c, env: { AUTH: "Bearer ${{ secrets.KEY }}" }, run: "echo $AUTH >&2; exit 1" }',
    ].join('\n');
    const workflow = workflowFrom(fileOf(steps, 'secrets: [KEY]\n'), {
      folder: folder.path,
      environment: { KEY: value },
    });
    const handle = await stored.executions.start(workflow, {});
    const result = await handle.result();
    expect(result).toMatchObject({
      status: 'failed',
      error: { code: 'WAYMARK_COMMAND_FAILED', message: expect.stringContaining('Bearer ***') },
    });
    const { headCheckpointId } = await stored.executions.get(handle.id);
    expect(await stored.checkpoints.state(headCheckpointId)).toStrictEqual({ said: '***', made: { k: '***' } });
    await stored.close();
    expect(readFileSync(path).includes(value)).toBe(false);
  });
});
