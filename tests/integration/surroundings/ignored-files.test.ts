import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { defineWorkflow, task } from '../../../src/index.js';
import { checkpointOf, filesOf, place, WorkspaceScene } from '../../support/workspace-scene.js';

describe('files of an execution that come to be ignored', () => {
  const scene = new WorkspaceScene({ 'x.sh': 'begun' });
  afterAll(() => scene.close());

  it('are as they were at each checkpoint, and gone before they were made', async () => {
    const waymark = await scene.open();
    const write = (files: Readonly<Record<string, string>>) =>
      task((context) => {
        for (const [name, text] of Object.entries(files)) writeFileSync(join(place(context), name), text);
        return { [context.nodeId]: true };
      });
    const workflow = defineWorkflow({
      id: 'ignoring',
      version: '1',
      workspace: { from: { folder: scene.source }, keep: 'always' },
      nodes: {
        a: write({ 'x.sh': 'a' }),
        b: write({ 'y.sh': 'b' }),
        c: write({ '.gitignore': '*.sh\n', 'x.sh': 'c', 'y.sh': 'c', 'z.sh': 'c' }),
      },
      edges: { a: 'b', b: 'c' },
    });
    const run = await waymark.executions.start(workflow);
    await run.result();
    const [a, b, c] = await Promise.all(['a', 'b', 'c'].map((node) => checkpointOf(waymark, run.id, node)));
    const back = async (checkpointId = ''): Promise<object> => {
      const { files } = await waymark.executions.previewRollback(run.id, checkpointId);
      await waymark.executions.rollback(run.id, checkpointId, { reason: 'a look' });
      return { removed: files?.removed.toSorted(), files: await filesOf(waymark, run.id) };
    };
    // What was never kept stays, as with git: z.sh was ignored when it was made.
    const never = { 'z.sh': 'c' };
    expect(await back(a)).toStrictEqual({ removed: ['.gitignore', 'y.sh'], files: { 'x.sh': 'a', ...never } });
    expect(await back(c)).toStrictEqual({
      removed: [],
      files: { '.gitignore': '*.sh\n', 'x.sh': 'c', 'y.sh': 'c', ...never },
    });
    const path = (await waymark.workspaces.ofExecution(run.id))?.path ?? '';
    writeFileSync(join(path, 'x.sh'), 'by hand');
    rmSync(join(path, 'y.sh'));
    expect(await back(b)).toMatchObject({ files: { 'x.sh': 'a', 'y.sh': 'b' } });
    expect(existsSync(join(path, '.gitignore'))).toBe(false);
  });
});
