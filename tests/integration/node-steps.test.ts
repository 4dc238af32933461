import { readFileSync, writeFileSync } from 'node:fs';
import { createWaymark, type Waymark } from '../../src/index.js';
import type { JsonObject } from '../../src/domain/shared/json.js';
import { expectGone } from '../support/process-gone.js';
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

/** Begins the execution of steps. */
async function start(steps: string, input: JsonObject = {}, head = '') {
  const workflow = workflowFrom(fileOf(steps, head), { folder: folder.path });
  return waymark.executions.start(workflow, input);
}

async function messagesOf(executionId: string): Promise<readonly string[]> {
  const entries = await waymark.log.query({ executionId, types: ['node.progressed'] }, { limit: 100 });
  return entries.map(({ event }) => (event.payload as { readonly message: string }).message);
}

describe('a step with a program for Node', () => {
  it('reads the state, tells of what it does, and adds to the state', async () => {
    writeFileSync(
      folder.file('count.mjs'),
      'console.log(JSON.stringify(process.argv[2].length + Number(process.env.MORE)));',
    );
    const run = await start(
      [
        '- id: read',
        '  node: |',
        "    import { readFile } from 'node:fs/promises';",
        "    const { state } = JSON.parse(await readFile(process.env.WAYMARK_STATE_FILE, 'utf8'));",
        '    console.error(`read ${state.words.length} words`);',
        '    console.log(state.words.join(" "));',
        '  output: { text: text }',
        '- id: count',
        '  node: { file: count.mjs, args: ["${{ state.text }}"] }',
        '  env: { MORE: "${{ size(state.words) }}" }',
        '  output: { length: json }',
      ].join('\n'),
      { words: ['a', 'bc'] },
    );
    const result = await run.result();
    expect(result).toMatchObject({ status: 'completed', output: { length: 6 } });
    expect(await messagesOf(run.id)).toStrictEqual(['read 2 words', 'a bc']);
  });

  it('is undone by another, which sees its item and what it left', async () => {
    const undo = [
      "import { appendFileSync, readFileSync } from 'node:fs';",
      "const { state, item, index } = JSON.parse(readFileSync(process.env.WAYMARK_STATE_FILE, 'utf8'));",
      "appendFileSync('undone', [item, index, state.receipt].join(' '));",
    ].join(' ');
    const run = await start(
      [
        '- id: each',
        '  for-each: state.names',
        '  into: sent',
        '  steps:',
        '    - id: send',
        `      node: 'console.log("r-" + process.env.NAME)'`,
        '      env: { NAME: "${{ item }}" }',
        '      output: { receipt: text }',
        '      compensate:',
        `        node: ${JSON.stringify(undo)}`,
        '- { id: fail, node: "process.exit(1)" }',
      ].join('\n'),
      { names: ['ada'] },
      'on-failure: compensate\n',
    );
    expect(await run.result()).toMatchObject({ status: 'failed', error: { code: 'WAYMARK_COMMAND_FAILED' } });
    expect(readFileSync(folder.file('undone'), 'utf8')).toBe('ada 0 r-ada');
  });

  it('fails where it takes more memory than it may, and says so in its execution', async () => {
    const run = await start(
      '- { id: grow, node: "const all = []; for (;;) all.push(new Array(1e5).fill(all.length))", memory: 64MB }',
    );
    expect(await run.result()).toMatchObject({ status: 'failed', error: { code: 'WAYMARK_COMMAND_OUT_OF_MEMORY' } });
  });

  it('ends with all that it has begun when its execution is cancelled', async () => {
    const code = [
      "import { spawn } from 'node:child_process';",
      "console.log(spawn('sleep', ['600'], { stdio: 'ignore' }).pid);",
      'setInterval(() => {}, 1000);',
    ].join(' ');
    const begun = new Promise<number>((resolve) => {
      waymark.bus.subscribe('node.progressed', ({ payload }) =>
        resolve(Number((payload as { message: string }).message)),
      );
    });
    const run = await start(`- { id: serve, node: ${JSON.stringify(code)} }`);
    const pid = await begun;
    await waymark.executions.cancel(run.id);
    expect(await run.result()).toMatchObject({ status: 'cancelled' });
    expect(pid).toBeGreaterThan(1);
    await expectGone(pid);
  });
});
