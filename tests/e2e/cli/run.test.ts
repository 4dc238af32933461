import { jest } from '@jest/globals';
import Database from 'better-sqlite3';
import { json } from './support/json.js';
import { makeProject, type Project } from './support/project.js';

// Each test starts programs.
jest.setTimeout(30_000);

describe('waymark run', () => {
  let project: Project;
  beforeEach(() => {
    project = makeProject();
  });
  afterEach(() => project.remove());

  it('runs a TypeScript file from any folder, with the status, the output and what to do next on stdout', async () => {
    const { code, stdout, stderr } = await project.waymark(['run', 'hello.ts', '--input', '{"name":"Ada"}']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^completed execution [0-9a-f-]{36}\n {2}output {"greeting":"hello Ada"}\n/);
    expect(stdout).toMatch(/waymark show [0-9a-f-]{36}\n/);
    // Without a terminal: no colours, no cursor movement, one line an event, positions without gaps.
    expect(stdout + stderr).not.toContain('\u001b');
    const positions = stderr
      .trimEnd()
      .split('\n')
      .map((line) => /^#(\d+) [a-z_.]+ ./.exec(line)?.[1]);
    expect(positions).toStrictEqual(positions.map((_, index) => String(index)));
    expect(stderr).toMatch(/^#\d+ node\.completed greet completed in \d+ ms$/m);
  });

  it('gives one JSON document with --json, and nothing on stderr', async () => {
    const { code, stdout, stderr } = await project.waymark(['run', 'hello.ts', '--json', '--input', '{"name":"Ada"}']);
    expect({ code, stderr }).toStrictEqual({ code: 0, stderr: '' });
    expect(json(stdout)).toMatchObject({ status: 'completed', output: { greeting: 'hello Ada' } });
  });

  it('reads the input from stdin and from a file', async () => {
    const fromStdin = await project.waymark(['run', 'hello.ts', '--json', '--input', '-'], {
      input: '{"name":"stdin"}',
    });
    expect(json(fromStdin.stdout)).toMatchObject({ output: { greeting: 'hello stdin' } });
    project.write('input.json', '\ufeff{"name":"file"}');
    const fromFile = await project.waymark(['run', 'hello.ts', '--json', '--input', '@input.json']);
    expect(json(fromFile.stdout)).toMatchObject({ output: { greeting: 'hello file' } });
  });

  it('records label and actor, and stops at a breakpoint with exit code 0', async () => {
    const args = ['run', 'gate.mjs', '--input', '{"limit":9}', '--breakpoint', 'check', '--breakpoint', 'report'];
    const run = await project.waymark([...args, '--label', 'nightly', '--actor', 'user:ada']);
    expect(run.code).toBe(0);
    expect(run.stdout).toMatch(/^paused execution .*\n {2}breakpoint, before check\n/);
    const [execution] = json((await project.look(['executions', '--json'])).stdout);
    expect(execution).toMatchObject({ label: 'nightly', status: 'paused', breakpoints: ['check', 'report'] });
    const log = await project.look(['log', '--actor', 'user:ada', '--type', 'execution.*']);
    expect(log.stdout).toContain('(by user:ada)');
  });

  it('records who runs it when nobody is named', async () => {
    await project.waymark(['run', 'hello.ts', '--input', '{"name":"Ada"}', '--json']);
    const [entry] = (await project.look(['log', '--json', '--limit', '1'])).stdout.split('\n');
    expect(json(entry ?? '')).toMatchObject({ actor: expect.stringMatching(/^user:./) });
  });

  it('ends with exit code 1 and the way back when the workflow fails', async () => {
    const { code, stdout } = await project.waymark(['run', 'gate.mjs', '--input', '{"limit":1}']);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^failed execution .*\n {2}check failed: the limit is too low\n/);
    expect(stdout).toMatch(/waymark rollback [0-9a-f-]{36} --to [0-9a-f-]{36} --reason "why" --resume/);
  });

  it('names the store in the commands it suggests, when it was called with one', async () => {
    const { stdout } = await project.waymark([
      'run',
      'hello.ts',
      '--input',
      '{"name":"Ada"}',
      '--store',
      'other file.db',
    ]);
    expect(stdout).toContain(`--store 'other file.db'`);
  });

  it('cancels the execution on SIGINT, and lets it be rolled back and resumed', async () => {
    const run = project.start(['run', 'waiting.mjs']);
    await run.printed('stderr', /node\.started wait/);
    run.signal('SIGINT');
    const { code, stdout, stderr } = await run.ended;
    expect(code).toBe(1);
    expect(stdout).toMatch(/^cancelled execution .*\n {2}interrupted\n/);
    expect(stderr).toMatch(/^#\d+ execution\.cancelled /m);
    const [{ id, headCheckpointId, status }] = json((await project.look(['executions', '--json'])).stdout);
    expect(status).toBe('cancelled');
    const back = [
      'rollback',
      id,
      '--to',
      headCheckpointId,
      '--reason',
      'go on',
      '--set',
      'go=true',
      '--resume',
      '--json',
    ];
    expect(json((await project.waymark(back)).stdout)).toMatchObject({ status: 'completed', output: { done: true } });
    expect((await project.look(['verify'])).code).toBe(0);
  });

  it('leaves an execution that resume takes over when it is killed', async () => {
    const run = project.start(['run', 'waiting.mjs']);
    await run.printed('stderr', /node\.started wait/);
    run.signal('SIGKILL');
    const { stderr } = await run.ended;
    // Each line of progress acknowledges an entry that is durable.
    const acknowledged = Number(/#(\d+)[^\n]*\n$/.exec(stderr)?.[1]);
    const [{ id }] = json((await project.look(['executions', '--json'])).stdout);
    const verified = json((await project.look(['verify', '--json'])).stdout);
    expect(verified.ok).toBe(true);
    expect(verified.size).toBeGreaterThan(acknowledged);
    expect((await project.look(['show', id])).stdout).toContain('but its process is gone');
    const resumed = await project.waymark(['resume', id, '--set', 'go=true', '--json']);
    expect(json(resumed.stdout)).toMatchObject({ status: 'completed', output: { done: true } });
  });

  it('leaves one of another host to whoever says that its owner is gone', async () => {
    const run = project.start(['run', 'waiting.mjs']);
    await run.printed('stderr', /node\.started wait/);
    run.signal('SIGKILL');
    await run.ended;
    const [{ id }] = json((await project.look(['executions', '--json'])).stdout);
    const database = new Database(project.store);
    database.prepare("UPDATE executions SET owner = 'elsewhere/1/0/0/x' WHERE id = ?").run(id);
    database.close();
    const refused = await project.waymark(['resume', id, '--set', 'go=true']);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('WAYMARK_ILLEGAL_TRANSITION');
    const taken = await project.waymark(['resume', id, '--take-over', '--set', 'go=true', '--json']);
    expect(json(taken.stdout)).toMatchObject({ status: 'completed', output: { done: true } });
    const recovered = await project.look(['log', '--type', 'execution.recovered', '--json']);
    expect(json(recovered.stdout)).toMatchObject({ payload: { previousOwner: 'elsewhere/1/0/0/x' } });
    expect((await project.look(['verify'])).code).toBe(0);
  });

  describe('loading the file', () => {
    it('gives the file the very modules that run it, and lets it import its own', async () => {
      project.write('helper.ts', 'export const suffix: string = "!";');
      project.write(
        'same.ts',
        `import { DomainEvent, defineWorkflow, task, WaymarkError } from 'waymark';
         import * as testing from 'waymark/testing';
         import { suffix } from './helper.js';
         const { WaymarkError: native } = await import(${JSON.stringify(new URL('../../../dist/index.js', import.meta.url).href)});
         export default defineWorkflow({
           id: 'same', version: '1', edges: {},
           nodes: { look: task(() => ({ same: native === WaymarkError, kit: Object.keys(testing).length > 0, suffix })) },
         });`,
      );
      const { stdout, stderr } = await project.waymark(['run', 'same.ts', '--json']);
      expect(stderr).toBe('');
      expect(json(stdout).output).toStrictEqual({ same: true, kit: true, suffix: '!' });
    });

    it('says which file is missing', async () => {
      const { code, stderr } = await project.waymark(['run', 'absent.ts']);
      expect(code).toBe(2);
      expect(stderr).toMatch(/^error WAYMARK_WORKFLOW_FILE_NOT_FOUND: There is no workflow file .*absent\.ts\.\n→ /);
    });

    it.each([
      [
        'thrown.ts',
        'const settings: string = "x";\n\nthrow new TypeError("no settings");',
        /thrown\.ts:3 failed to load: TypeError: no settings/,
      ],
      ['missing.mjs', "import './nowhere.mjs';", /failed to load: .*nowhere\.mjs/],
      ['syntax.ts', 'export default {\n  a: [1, 2\n};', /syntax\.ts/],
    ])('says where %s fails to load', async (name, text, message) => {
      project.write(name, text);
      const { code, stderr } = await project.waymark(['run', name]);
      expect(code).toBe(1);
      expect(stderr).toMatch(/^error WAYMARK_WORKFLOW_LOAD_FAILED: /);
      expect(stderr).toMatch(message);
      expect(stderr.split('\n')).toHaveLength(3);
    });

    it('lists what a file exports that has no workflow', async () => {
      project.write('none.mjs', 'export const first = 1; export function second() {}');
      const { code, stderr } = await project.waymark(['run', 'none.mjs']);
      expect(code).toBe(1);
      expect(stderr).toMatch(
        /^error WAYMARK_NO_WORKFLOW: .* exports no workflow\. It exports first, second\.\n→ Export what/,
      );
    });

    it('asks for --export when there are several, and takes the one that is named', async () => {
      project.write(
        'several.mjs',
        `import { defineWorkflow, task } from 'waymark';
         const make = (id) => defineWorkflow({ id, version: '1', nodes: { only: task(() => ({ id })) }, edges: {} });
         export const one = make('first'); export const two = make('second');`,
      );
      const { code, stderr } = await project.waymark(['run', 'several.mjs']);
      expect(code).toBe(2);
      expect(stderr).toMatch(/^error WAYMARK_SEVERAL_WORKFLOWS: .*one \(first\), two \(second\)\.\n→ .*--export one/);
      const chosen = await project.waymark(['run', 'several.mjs', '--export', 'two', '--json']);
      expect(json(chosen.stdout).output).toStrictEqual({ id: 'second' });
      const unknown = await project.waymark(['run', 'several.mjs', '--export', 'three']);
      expect(unknown).toMatchObject({ code: 1, stderr: expect.stringContaining('WAYMARK_NO_WORKFLOW') });
    });

    it('passes on what is wrong with a graph', async () => {
      project.write(
        'cycle.mjs',
        `import { defineWorkflow, task } from 'waymark';
         export default defineWorkflow({ id: 'x', version: '1', nodes: { a: task(() => {}) }, edges: { a: 'b' } });`,
      );
      const { code, stderr } = await project.waymark(['run', 'cycle.mjs', '--json']);
      expect(code).toBe(1);
      expect(json(stderr).error).toMatchObject({ code: 'WAYMARK_INVALID_WORKFLOW', details: { workflowId: 'x' } });
    });
  });

  it.each([
    ['input that is not JSON', ['--input', '{name: Ada}'], 2, 'WAYMARK_INVALID_JSON'],
    ['an input file that is not there', ['--input', '@absent.json'], 2, 'WAYMARK_INVALID_JSON'],
    ['input that is no object', ['--input', '[1]'], 1, 'WAYMARK_INVALID_INPUT'],
    ['input that the schema refuses', ['--input', '{"limit":"high"}'], 1, 'WAYMARK_INVALID_INPUT'],
    ['a breakpoint that is no node', ['--input', '{"limit":1}', '--breakpoint', 'chekc'], 2, 'WAYMARK_UNKNOWN_NODE'],
    ['an actor with a line feed', ['--input', '{"limit":1}', '--actor', 'user:\nada'], 2, 'WAYMARK_INVALID_ID'],
  ])('refuses %s and records nothing', async (_, args, exitCode, errorCode) => {
    const { code, stdout, stderr } = await project.waymark(['run', 'gate.mjs', ...args]);
    expect({ code, stdout }).toStrictEqual({ code: exitCode, stdout: '' });
    expect(stderr).toMatch(new RegExp(`^error ${errorCode}: .+\\n→ .+\\n$`));
    const verified = await project.look(['verify']);
    expect(verified.stdout + verified.stderr).toMatch(/log verified: 0 entries|WAYMARK_STORE_NOT_FOUND/);
  });

  it('keeps what a workflow logs out of the data, and tells what it throws where nobody can catch it', async () => {
    project.write(
      'noisy.mjs',
      `import { defineWorkflow, task } from 'waymark';
       console.log('loading');
       export default defineWorkflow({ id: 'noisy', version: '1', edges: {}, nodes: {
         say: task(({ state }) => {
           console.info('working');
           if (state.crash) return new Promise(() => void setTimeout(() => { throw new Error('too late to catch'); }));
           setInterval(() => undefined, 1_000);
         }),
       } });`,
    );
    const { code, stdout, stderr } = await project.waymark(['run', 'noisy.mjs', '--json']);
    expect({ code, stderr }).toStrictEqual({ code: 0, stderr: 'loading\nworking\n' });
    expect(json(stdout).status).toBe('completed');
    const crashed = await project.waymark(['run', 'noisy.mjs', '--input', '{"crash":true}']);
    expect(crashed).toMatchObject({ code: 1, stdout: '' });
    expect(crashed.stderr).toMatch(/\nerror WAYMARK_UNEXPECTED: too late to catch\n→ Set WAYMARK_DEBUG=1.*\n$/);
    expect((await project.look(['executions'])).stdout).toContain('left behind');
    expect((await project.look(['verify'])).code).toBe(0);
  });

  it('shows what a node says without letting it write to the terminal', async () => {
    project.write(
      'hostile.mjs',
      `import { defineWorkflow, task } from 'waymark';
       export default defineWorkflow({ id: 'hostile', version: '1', edges: {}, nodes: {
         say: task(({ progress }) => { progress(0.5, '\\u001b]0;owned\\u0007\\u202e'); throw new Error('two\\nlines\\u001b[2J'); }),
       } });`,
    );
    const { code, stdout, stderr } = await project.waymark(['run', 'hostile.mjs']);
    expect(code).toBe(1);
    expect(stdout + stderr).not.toContain('\u001b');
    expect(stderr).toContain(String.raw`say 50 %: \u001b]0;owned\u0007\u202e`);
    expect(stdout).toContain(String.raw`say failed: two\nlines\u001b[2J`);
  });
});

describe('a workflow that takes the program with it', () => {
  let project: Project;
  beforeEach(() => {
    project = makeProject();
  });
  afterEach(() => project.remove());

  const workflow = (work: string, before = ''): string =>
    project.write(
      'odd.mjs',
      `import { defineWorkflow, task } from 'waymark';
       import { existsSync } from 'node:fs';
       ${before}
       export default defineWorkflow({ id: 'odd', version: '1', edges: { first: 'odd', odd: 'last' }, nodes: {
         first: task(() => ({ first: true })),
         odd: task(({ state }) => { ${work} }),
         last: task(() => ({ last: true })),
       } });`,
    );

  it.each([
    ['awaits what never settles', 'if (!existsSync("mended")) return new Promise(() => {});', 'WAYMARK_STALLED'],
    ['calls process.exit(0)', 'if (!existsSync("mended")) process.exit(0);', 'WAYMARK_EXITED'],
    ['calls process.exit(7)', 'if (!existsSync("mended")) process.exit(7);', 'WAYMARK_EXITED'],
  ])('fails where a node %s, and says how to go on', async (_, work, errorCode) => {
    workflow(work);
    const { code, stdout, stderr } = await project.waymark(['run', 'odd.mjs']);
    expect({ code, stdout }).toStrictEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(new RegExp(`^error ${errorCode}: .*\n→ Execution .* waymark resume `, 'm'));
    const asJson = await project.waymark(['run', 'odd.mjs', '--json']);
    expect(asJson).toMatchObject({ code: 1, stdout: '' });
    expect(json(asJson.stderr).error).toMatchObject({
      code: errorCode,
      hint: expect.stringContaining('waymark resume'),
    });
    project.write('mended', '');
    const [{ id }] = json((await project.look(['executions', '--json'])).stdout);
    expect((await project.waymark(['resume', id])).stdout).toMatch(/^completed /);
  });

  it.each([
    ['awaits what never settles', 'await new Promise(() => {});', 'WAYMARK_STALLED'],
    ['calls process.exit', 'process.exit(0);', 'WAYMARK_EXITED'],
  ])('fails where its file %s while it is loaded', async (_, before, errorCode) => {
    workflow('', before);
    const { code, stdout, stderr } = await project.waymark(['run', 'odd.mjs']);
    expect({ code, stdout }).toStrictEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(new RegExp(`^error ${errorCode}: .*\n→ `, 'm'));
  });

  it('keeps stdout for the result, whatever it writes there', async () => {
    workflow("process.stdout.write('noise\\n'); console.log('more noise');", "process.stdout.write('early\\n');");
    const { code, stdout, stderr } = await project.waymark(['run', 'odd.mjs', '--json']);
    expect(code).toBe(0);
    expect(json(stdout)).toMatchObject({ status: 'completed' });
    expect(stderr).toBe('early\nnoise\nmore noise\n');
  });

  it('begins no other node after Ctrl-C, though one blocks the event loop', async () => {
    workflow('while (!existsSync("go")); return { odd: true };');
    const run = project.start(['run', 'odd.mjs']);
    await run.printed('stderr', /node\.started odd/);
    run.signal('SIGINT');
    project.write('go', '');
    const { code, stdout } = await run.ended;
    expect(code).toBe(1);
    expect(stdout).toMatch(/^cancelled /);
    const [{ id, completed }] = json((await project.look(['executions', '--json'])).stdout);
    expect(completed.map(({ nodeId }: { nodeId: string }) => nodeId)).toStrictEqual(['first', 'odd']);
    expect((await project.look(['checkpoints', id])).code).toBe(0);
  });
});
