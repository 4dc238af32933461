// Plain JavaScript over the build in dist/, so that it starts fast. A process that runs executions with workspaces, to be
// killed: workspace-runs-process.mjs STORE SOURCE COUNT. Takes up what others have left, and then brings the executions
// run-1 to run-COUNT to their end, each with a rollback and a fork, however far they are. Prints a line for each step that
// is durable.
import { appendFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createWaymark, defineWorkflow, task, WaymarkError } from '../../dist/index.js';

const [store = '', source = '', count] = process.argv.slice(2);

/** @param {import('../../dist/index.js').NodeContext} context */
function work({ workspace, nodeId }) {
  const at = (/** @type {string} */ name) => join(workspace?.path ?? '', name);
  appendFileSync(at('story.txt'), ` ${nodeId}`);
  if (nodeId === 'a') {
    mkdirSync(at('new'));
    writeFileSync(at('new/a.txt'), 'a');
  } else {
    writeFileSync(at('changed.txt'), 'new');
    rmSync(at('removed.txt'));
  }
  say(`worked ${nodeId}`);
  return { [nodeId]: true };
}

const workflow = defineWorkflow({
  id: 'killed',
  version: '1',
  workspace: { from: { folder: source }, keep: 'always' },
  nodes: { a: task(work), b: task(work) },
  edges: { a: 'b' },
});

const waymark = await createWaymark({ storage: `sqlite:${store}` });
const { executions, checkpoints } = waymark;
executions.register(workflow);
for (const recovery of await executions.recover()) {
  if (recovery.action === 'left') throw recovery.error;
  await recovery.handle?.result();
  say(`recovered ${recovery.executionId}`);
}
for (let index = 1; index <= Number(count); index += 1) {
  const executionId = `run-${index}`;
  if (!(await isThere(executionId))) await (await executions.start(workflow, {}, { executionId })).result();
  say(`started ${executionId}`);
  const target = (await checkpoints.list(executionId)).find(({ nodeId }) => nodeId === 'a')?.id ?? '';
  await executions.rollback(executionId, target, { idempotencyKey: `${executionId}-back` });
  say(`rolled back ${executionId}`);
  if ((await executions.get(executionId)).status === 'paused') await (await executions.resume(executionId)).result();
  say(`resumed ${executionId}`);
  const fork = `${executionId}-fork`;
  if (!(await isThere(fork))) await (await executions.fork(target, { executionId: fork })).result();
  say(`forked ${executionId}`);
}
await waymark.close();
say('finished');

/** @param {string} executionId */
async function isThere(executionId) {
  try {
    await executions.get(executionId);
    return true;
  } catch (error) {
    if (WaymarkError.is(error, 'WAYMARK_EXECUTION_NOT_FOUND')) return false;
    throw error;
  }
}

/** @param {string} line */
function say(line) {
  process.stdout.write(`${line}\n`);
}
