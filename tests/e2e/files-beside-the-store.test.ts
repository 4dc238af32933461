import { writeTree } from '../support/file-tree.js';
import { runProgram } from '../support/run-program.js';
import { makeTemporaryFolder } from '../support/temporary-folder.js';

describe('a folder with the store and the home in it', () => {
  const folder = makeTemporaryFolder();

  afterAll(() => folder.remove());

  it('is kept without them by the thread that does the work', async () => {
    writeTree(folder.path, { a: '1', 's.db': 'store', 's.db-wal': 'log', 'home/environments/e1/x': 'x' });
    const [home, store] = [folder.file('home'), folder.file('s.db')];
    const paths = await runProgram('own-places-process.mjs', [folder.file('home/files'), home, store, folder.path]);
    expect(paths).toStrictEqual(['a']);
  }, 120_000);
});
