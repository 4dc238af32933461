import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Waymark } from '../../src/index.js';

/**
 * Files that are kept, linked to a checkpoint, verified, put back, not put back, and given up.
 *
 * @param folder where the files are
 */
export async function filesStory({ files, store }: Waymark, folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const write = (name: string, text: string): void => writeFileSync(join(folder, name), text);
  write('a.txt', 'one');
  const first = await files.commitFolder(folder, { message: 'first' });
  write('a.txt', 'two');
  const second = await files.commitFolder(folder, { parentId: first.id, executionId: 'run-of-files' });

  const going = { checkpointId: 'checkpoint-of-files', executionId: 'run-of-files' };
  await store.unitOfWork.run((scope) =>
    store.checkpointFiles.link([{ ...going, workspaceId: null, commitId: second.id, environment: null }], scope),
  );
  await files.verifyCheckpoint(going.checkpointId);

  write('a.txt', 'three');
  write('new.txt', 'left over');
  await files.restore(second.id, folder, { ...going, removeOthers: true });
  await files.restore(second.id, join(folder, 'nowhere')).catch(() => undefined);

  await files.delete(first.id);
  await files.gc({ minAgeMs: 0 });
}
