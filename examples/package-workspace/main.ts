import { createHash } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createWaymark, type Waymark } from 'waymark';
import { buildPackage } from './workflow.js';

/** Builds a package twice from one state: as it is, and with an edit that only one of the two sees. */
export async function main(print: (line: string) => void): Promise<void> {
  await using waymark = await createWaymark({ storage: 'memory:' });

  print('# tested, and stopped before the build');
  const original = await waymark.executions.start(buildPackage, {}, { breakpoints: ['build'] });
  await original.result();
  const { headCheckpointId: tested } = await waymark.executions.get(original.id);

  // A fork goes on from the same state, in a copy of the files of its own.
  const variant = await waymark.executions.fork(tested, { reason: 'with German words', breakpoints: ['build'] });
  await variant.result();
  const files = await waymark.workspaces.ofExecution(variant.id);
  const words = join(files?.path ?? '', 'src/words.js');
  await writeFile(words, (await readFile(words, 'utf8')).replace(/\[.*\]/, "['kein', 'ein', 'zwei', 'drei']"));
  await show(waymark, original.id, print);

  print('# built: the original');
  print(saidBy(await (await waymark.executions.resume(original.id)).result()));
  await show(waymark, original.id, print);

  print('# built: the fork, with its edit');
  print(saidBy(await (await waymark.executions.resume(variant.id)).result()));
  await show(waymark, variant.id, print);

  print('# what the one has otherwise than the other');
  const [one, other] = await Promise.all([commitOf(waymark, original.id), commitOf(waymark, variant.id)]);
  for (const { change, path } of await waymark.files.diff(one, other)) print(`${change} ${path}`);

  print('# the original, rolled back to before the build');
  await waymark.executions.rollback(original.id, tested, { reason: 'build it again' });
  await show(waymark, original.id, print);
}

/** What the tried package said, or why there is none. */
function saidBy(result: { readonly status: string; readonly output?: unknown; readonly error?: unknown }): string {
  return `${result.status}: ${JSON.stringify(result.output ?? result.error)}`;
}

/** The commit of an execution's files at its last checkpoint. */
async function commitOf(waymark: Waymark, executionId: string): Promise<string> {
  const { headCheckpointId } = await waymark.executions.get(executionId);
  const link = await waymark.files.ofCheckpoint(headCheckpointId);
  return link?.commitId ?? '';
}

/** Prints the files of an execution as they are on disk, each with the beginning of its hash. */
async function show(waymark: Waymark, executionId: string, print: (line: string) => void): Promise<void> {
  const workspace = await waymark.workspaces.ofExecution(executionId);
  const folder = workspace?.path ?? '';
  const found = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = found.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  for (const path of paths.toSorted()) {
    const hash = createHash('sha256')
      .update(await readFile(path))
      .digest('hex');
    print(`${hash.slice(0, 8)} ${path.slice(folder.length + 1)}`);
  }
}
