import { existsSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { task, type Waymark } from '../../src/index.js';
import { writeTree } from './file-tree.js';
import { checkpointOf, place, writing } from './workspace-scene.js';

/** What a process leaves behind that dies before its execution is there: a folder for nothing. */
export async function leftWorkspace(waymark: Waymark): Promise<void> {
  await waymark.workspaces.create({ executionId: 'never-started' });
}

/**
 * Executions with workspaces: they run, go back, are forked, and have trouble with their files.
 *
 * @param folder where the files are that they begin with
 * @param home that of the workspaces
 */
export async function workspacesStory(waymark: Waymark, folder: string, home: string): Promise<void> {
  const { executions, workspaces } = waymark;
  const source = writeTree(folder, { 'changed.txt': 'old', 'removed.txt': 'to go' });
  const environment = { spec: { runtime: 'process' as const, variables: { STAGE: 'story' } } };
  const run = await executions.start(writing(source), {}, { environment });
  await run.result();
  const target = await checkpointOf(waymark, run.id, 'a');
  await executions.rollback(run.id, target);
  await (await executions.resume(run.id)).result();
  const fork = await executions.fork(target);
  await fork.result();
  await workspaces.verify((await workspaces.ofExecution(fork.id))?.id ?? '');

  // Contents that are out of reach when an execution goes back, and are there again.
  const [files, away] = [join(home, 'files'), join(home, 'away')];
  renameSync(files, away);
  const [root] = await waymark.checkpoints.list(fork.id);
  await executions.rollback(fork.id, root?.id ?? '').catch(() => undefined);
  rmSync(files, { recursive: true, force: true });
  renameSync(away, files);
  await (await executions.resume(fork.id)).result();

  // A node that takes away the ground it stands on, once.
  const [before, trace] = ['before.txt', join(folder, 'trace.txt')];
  const careless = task((context) => {
    writeFileSync(join(place(context), before), 'as long as it lasts');
    if (existsSync(trace)) return {};
    writeFileSync(trace, 'it has happened');
    rmSync(place(context), { recursive: true });
    return {};
  });
  const lost = await executions.start(writing(source, { id: 'careless', nodes: { only: careless }, edges: {} }));
  await lost.result().catch(() => undefined);
  await (await executions.resume(lost.id)).result();

  // What a process left that died.
  await workspaces.cleanOrphans({ minAgeMs: 0 });
}
