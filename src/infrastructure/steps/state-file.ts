import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NodeContext } from '../../domain/workflow/nodes/node-context.js';

/**
 * Lends a file with what a node is given, as JSON: `state`, `input` and, where there are these, `item`, `index` and
 * `iteration`. It lies outside the workspace, only this user may read it, and it is gone when the work has ended.
 *
 * @param work given the variable that leads to it
 */
export async function withStateFile<Result>(
  context: Pick<NodeContext<object>, 'state' | 'input' | 'iteration' | 'item' | 'index'>,
  work: (variables: Readonly<Record<string, string>>) => Promise<Result>,
): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), 'waymark-state-'));
  try {
    const file = join(folder, 'state.json');
    const { state, input, iteration, item, index } = context;
    await writeFile(file, JSON.stringify({ state, input, iteration, item, index }), { mode: 0o600 });
    return await work({ WAYMARK_STATE_FILE: file });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
