import { mkdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  createWaymark,
  defineWorkflow,
  nodeScript,
  type NodeScriptOptions,
  shell,
  type ShellOptions,
  task,
  type Waymark,
} from '../../../../src/index.js';
import { codeOf, caughtWaymark } from '../../../support/caught.js';
import { stepContext } from '../../../support/steps.js';
import { makeTemporaryFolder } from '../../../support/temporary-folder.js';

const temporary = makeTemporaryFolder();
const folder = realpathSync(temporary.path);
const workspace = { id: 'w-1', path: join(folder, 'workspace') };
const { context } = stepContext({ file: '$(reboot)' }, { workspace });

let waymark: Waymark;

beforeAll(async () => {
  mkdirSync(join(workspace.path, 'inner'), { recursive: true });
  waymark = await createWaymark({ storage: 'memory:' });
});

afterAll(async () => {
  await waymark.close();
  temporary.remove();
});

describe('shell', () => {
  it('makes a task that runs a script, with values by its environment', async () => {
    const node = shell<{ file: string; out?: string }>({
      run: 'printf "%s|" "$FILE"; pwd',
      env: ({ state }) => ({ FILE: state.file }),
      cwd: 'inner',
      output: { out: 'text' },
    });
    expect(node).toStrictEqual({ kind: 'task', run: expect.any(Function) as unknown });
    expect(await node.run(context as never)).toStrictEqual({ out: `$(reboot)|${workspace.path}/inner` });
  });

  it('runs in the working directory of this process where there is no workspace', async () => {
    const { context: bare } = stepContext();
    expect(await shell({ run: 'pwd', output: { out: 'text' } }).run(bare)).toStrictEqual({ out: process.cwd() });
  });

  it('is not led out of the workspace by a function', async () => {
    expect(await codeOf(Promise.resolve(shell({ run: 'pwd', cwd: () => '..' }).run(context)))).toBe(
      'WAYMARK_COMMAND_NOT_RUN',
    );
    const node = shell({ run: 'pwd', cwd: '..', output: { out: 'text' } });
    expect(await node.run(context)).toStrictEqual({ out: folder });
  });

  it('hands the options of a node on to it', () => {
    const compensate = (): void => undefined;
    const options = {
      name: 'Build',
      retry: { attempts: 2 },
      timeoutMs: 5,
      heartbeatMs: 6,
      onFailure: 'pause',
    } as const;
    const node = shell({ ...options, compensate, run: 'true', shell: 'bash', graceMs: 0 });
    expect(node).toStrictEqual({ ...options, compensate, kind: 'task', run: expect.any(Function) as unknown });
  });

  it('is a node of a workflow: what it writes is recorded, and what it keeps becomes state', async () => {
    const workflow = defineWorkflow<{ name: string; out?: string; code?: number }>({
      id: 'greet',
      version: '1',
      nodes: {
        greet: shell({
          run: 'echo "hello $NAME" >&2; echo "$NAME"; exit 3',
          env: ({ state }) => ({ NAME: state.name }),
          exitCodes: [3],
          output: { out: 'text', code: 'exit-code' },
        }),
        fail: shell({ run: 'echo broken >&2; exit 1' }),
      },
      edges: { greet: 'fail' },
    });
    const run = await waymark.executions.start(workflow, { name: 'Ada' });
    expect(await run.result()).toMatchObject({ status: 'failed', error: { code: 'WAYMARK_COMMAND_FAILED' } });
    const { headCheckpointId } = await waymark.executions.get(run.id);
    expect(await waymark.checkpoints.state(headCheckpointId)).toStrictEqual({ name: 'Ada', out: 'Ada', code: 3 });
    const lines = await waymark.log.query({ executionId: run.id, types: ['node.progressed'] }, { limit: 10 });
    const told = lines.map(({ event }) => (event.payload as { readonly message: string }).message);
    expect(told.toSorted()).toStrictEqual(['Ada', 'broken', 'hello Ada']);
  });

  it('hides its secrets', async () => {
    process.env['WAYMARK_TEST_TOKEN'] = 's3cr3t-value';
    const node = shell({ run: 'echo "$WAYMARK_TEST_TOKEN"', secrets: ['WAYMARK_TEST_TOKEN'], output: { out: 'text' } });
    expect(await node.run(context)).toStrictEqual({ out: '***' });
    delete process.env['WAYMARK_TEST_TOKEN'];
    expect(await codeOf(Promise.resolve(node.run(context)))).toBe('WAYMARK_SECRET_MISSING');
  });

  it.each<[string, Partial<Record<keyof ShellOptions, unknown>>, RegExp]>([
    ['no script', { run: ' ' }, /run of a command must be a text/],
    ['another shell', { shell: 'fish' }, /shell is "fish"; it can be sh, bash/],
    ['a misspelt option', { timeout: 5 } as object, /no shell option "timeout"/],
    ['a folder that is none', { cwd: 3 }, /cwd of a command/],
    ['variables that are no texts', { env: { A: 1 } }, /env of a command must be texts by name/],
    ['an unknown kind', { output: { a: 'txt' } }, /kind of an output is "txt"; it can be text, json, lines, exit-code/],
    ['no list of exit codes', { exitCodes: 3 }, /exitCodes of a command/],
    ['an impossible exit code', { exitCodes: [256] }, /exit code is 256/],
    ['an impossible limit', { memoryBytes: 0 }, /memoryBytes is 0/],
    ['an impossible grace', { graceMs: -1 }, /graceMs is -1/],
    ['no names', { secrets: 'TOKEN' }, /secrets of a command must be a list/],
    ['nothing to inherit', { inheritEnv: 'PATH' }, /inheritEnv of a command must be a list/],
  ])('refuses %s', async (_what, options, message) => {
    const error = await caughtWaymark(() => shell({ run: 'true', ...options } as ShellOptions));
    expect([error.code, error.message]).toStrictEqual(['WAYMARK_INVALID_ARGUMENT', expect.stringMatching(message)]);
  });

  it('fails a try whose function gives no text', async () => {
    const node = shell({ run: 'true', env: () => ({ A: undefined as unknown as string }) });
    const error = await caughtWaymark(Promise.resolve(node.run(context)));
    expect([error.code, error.message]).toStrictEqual(['WAYMARK_COMMAND_NOT_RUN', 'The value of A is no text.']);
  });
});

describe('nodeScript', () => {
  it('makes a task that runs code, which may read its state', async () => {
    const node = nodeScript({
      code: `
        import { readFileSync } from 'node:fs';
        const { state } = JSON.parse(readFileSync(process.env.WAYMARK_STATE_FILE, 'utf8'));
        console.log(JSON.stringify([state.file, process.cwd()]));
      `,
      output: { out: 'json' },
    });
    expect(await node.run(context)).toStrictEqual({ out: ['$(reboot)', workspace.path] });
  });

  it('runs a file of the workspace, or one that lies elsewhere, with arguments', async () => {
    writeFileSync(join(workspace.path, 'inner', 'a.mjs'), 'console.log("inner", ...process.argv.slice(2));');
    writeFileSync(join(folder, 'b.mjs'), 'console.log(process.cwd(), ...process.argv.slice(2));');
    const inner = nodeScript({ file: 'a.mjs', cwd: 'inner', args: ['x', 'y z'], output: { out: 'text' } });
    expect(await inner.run(context)).toStrictEqual({ out: 'inner x y z' });
    const elsewhere = nodeScript<{ file: string }>({
      file: pathToFileURL(join(folder, 'b.mjs')),
      args: ({ state }) => [state.file],
      output: { out: 'text' },
    });
    expect(await elsewhere.run(context as never)).toStrictEqual({ out: `${workspace.path} $(reboot)` });
  });

  it('compensates as any task', async () => {
    const file = join(folder, 'undone');
    const node = nodeScript({ code: '0', compensate: ({ reason }) => writeFileSync(file, reason) });
    const workflow = defineWorkflow({
      id: 'undo',
      version: '1',
      nodes: {
        node,
        fail: task(() => {
          throw new Error('no further');
        }),
      },
      edges: { node: 'fail' },
      onFailure: 'compensate',
    });
    const run = await waymark.executions.start(workflow, {});
    expect(await run.result()).toMatchObject({ status: 'failed' });
    expect(readFileSync(file, 'utf8')).toContain('no further');
  });

  it.each<[string, object, RegExp]>([
    ['neither code nor a file', {}, /either code or a file/],
    ['both', { code: '0', file: 'a.mjs' }, /either code or a file/],
    ['code with arguments', { code: '0', args: [] }, /takes no args/],
    ['no code', { code: '' }, /code of a command must be a text/],
    ['no path', { file: '' }, /file of a command must be a text/],
    ['arguments that are no list', { file: 'a.mjs', args: 'x' }, /args of a command must be a list/],
    ['an option of a shell', { code: '0', run: 'x' }, /no node script option "run"/],
  ])('refuses %s', async (_what, options, message) => {
    const error = await caughtWaymark(() => nodeScript(options as NodeScriptOptions));
    expect([error.code, error.message]).toStrictEqual(['WAYMARK_INVALID_ARGUMENT', expect.stringMatching(message)]);
  });
});
