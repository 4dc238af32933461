import { chmodSync, existsSync, mkdirSync, realpathSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { JsonObject, NodeContext } from '../../../../src/index.js';
import { type NodeSource, type NodeStep, runNodeStep } from '../../../../src/infrastructure/steps/node-step.js';
import { caughtWaymark } from '../../../support/caught.js';
import { expectGone } from '../../../support/process-gone.js';
import { nodeStep, stepContext, surroundings, template } from '../../../support/steps.js';
import { makeTemporaryFolder } from '../../../support/temporary-folder.js';

const temporary = makeTemporaryFolder();
const folder = realpathSync(temporary.path);

afterAll(() => temporary.remove());

async function run(
  source: string | NodeSource,
  over: Partial<NodeStep> = {},
  context: Partial<NodeContext> = {},
): Promise<JsonObject> {
  return runNodeStep(
    nodeStep(source, over),
    surroundings(folder, { TOKEN: 's3cr3t-value' }),
    stepContext({}, context).context,
  );
}

describe('a Node step', () => {
  it('runs the code of an ES module, and keeps what it was asked to', async () => {
    const code = `
      import { basename } from 'node:path';
      const answer = await Promise.resolve(42);
      console.log(JSON.stringify({ answer, name: basename('a/b') }));
    `;
    expect(
      await run(code, { output: { made: 'json', text: 'text', lines: 'lines', code: 'exit-code' } }),
    ).toStrictEqual({
      made: { answer: 42, name: 'b' },
      text: '{"answer":42,"name":"b"}',
      lines: ['{"answer":42,"name":"b"}'],
      code: 0,
    });
  });

  it('takes code that begins like an option', async () => {
    expect(await run('-1; console.log("taken")')).toStrictEqual({ out: 'taken' });
  });

  it('runs a file of its folder, with arguments that are what they are', async () => {
    writeFileSync(join(folder, '-odd name.mjs'), 'console.log(JSON.stringify(process.argv.slice(2)));');
    const args = [template('--minify'), template('${{ state.file }}'), template('a ${{ state.none }}b')];
    const source: NodeSource = { kind: 'file', file: '-odd name.mjs', args };
    const state = { file: '$(reboot) "x"', none: null };
    expect(await run(source, { output: { args: 'json' } }, { state })).toStrictEqual({
      args: ['--minify', '$(reboot) "x"', 'a b'],
    });
  });

  it('reads what its node is given, from a file that is gone afterwards', async () => {
    const code = `
      import { readFileSync, statSync } from 'node:fs';
      const file = process.env.WAYMARK_STATE_FILE;
      const mode = (statSync(file).mode & 0o777).toString(8);
      console.log(JSON.stringify({ file, mode, given: JSON.parse(readFileSync(file, 'utf8')) }));
    `;
    const given = { state: { list: [1, 'ü\n'] }, input: { a: 1 }, item: { b: 2 }, index: 3, iteration: 4 };
    const { out } = await run(code, { output: { out: 'json' } }, given);
    const { file, ...rest } = out as { file: string };
    expect(rest).toStrictEqual({ mode: '600', given });
    expect(file.startsWith(folder)).toBe(false);
    expect(existsSync(dirname(file))).toBe(false);
    const failing = await caughtWaymark(run('console.error(process.env.WAYMARK_STATE_FILE); process.exit(3)'));
    expect(failing).toMatchObject({ code: 'WAYMARK_COMMAND_FAILED', details: { exitCode: 3 } });
    expect(existsSync(dirname(String(failing.details['stderr']).trim()))).toBe(false);
  });

  it('runs in the workspace, and imports what is installed there', async () => {
    const path = join(folder, 'workspace');
    mkdirSync(join(path, 'node_modules/greeting'), { recursive: true });
    writeFileSync(join(path, 'node_modules/greeting/index.js'), 'export default "hello";');
    writeFileSync(join(path, 'node_modules/greeting/package.json'), '{"type":"module","main":"index.js"}');
    const code = 'import greeting from "greeting"; console.log(greeting, process.cwd())';
    expect(await run(code, {}, { workspace: { id: 'w', path } })).toStrictEqual({ out: `hello ${path}` });
    expect((await caughtWaymark(run(code))).message).toContain("Cannot find package 'greeting'");
  });

  it('fails with the error that ended it, and not with the version that Node says last', async () => {
    const error = await caughtWaymark(run('throw new RangeError("too far")'));
    expect(error.message).toBe('The command of step ended with exit code 1: RangeError: too far.');
  });

  it('is run by the Node of its environment, or by that of this process', async () => {
    const tools = join(folder, 'tools');
    mkdirSync(tools, { recursive: true });
    const own = 'console.log(process.execPath)';
    const environment = { id: 'env', variables: { NODE_NO_WARNINGS: '1' }, path: [join(folder, 'nowhere'), tools] };
    expect(await run(own, {}, { environment })).toStrictEqual({ out: process.execPath });
    writeFileSync(join(tools, 'node'), '#!/bin/sh\necho "of the environment, $NODE_NO_WARNINGS"\n');
    chmodSync(join(tools, 'node'), 0o755);
    expect(await run(own, {}, { environment })).toStrictEqual({ out: 'of the environment, 1' });
  });

  it('tells of what it writes as it does, and hides secrets in that', async () => {
    const { context, lines } = stepContext();
    const code = 'console.log("one", process.env.TOKEN); console.error("two", process.env.TOKEN)';
    const step = nodeStep(code, { secrets: ['TOKEN'], hidden: ['TOKEN'] });
    const kept = await runNodeStep(step, surroundings(folder, { TOKEN: 's3cr3t-value' }), context);
    expect(kept).toStrictEqual({ out: 'one ***' });
    expect(lines.toSorted()).toStrictEqual(['one ***', 'two ***']);
  });

  it('ends with all that it has begun when it is cancelled', async () => {
    const { context, abort } = stepContext();
    let pid = 0;
    const code = `
      import { spawn } from 'node:child_process';
      console.log(spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' }).pid);
      setInterval(() => {}, 1000);
    `;
    const work = runNodeStep(nodeStep(code), surroundings(folder), {
      ...context,
      progress: (_fraction, message) => {
        pid = Number(message);
        abort.abort(new Error('cancelled by hand'));
      },
    });
    await expect(work).rejects.toThrow('cancelled by hand');
    expect(pid).toBeGreaterThan(1);
    await expectGone(pid);
  });
});
