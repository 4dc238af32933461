import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createWaymark, type Waymark } from '../../src/index.js';
import { writeTree } from '../support/file-tree.js';
import { makeTemporaryFolder, type TemporaryFolder } from '../support/temporary-folder.js';

describe('a folder with the SQLite store in it', () => {
  let place: TemporaryFolder;
  let waymark: Waymark;
  const open = (): Promise<Waymark> => createWaymark({ storage: `sqlite:${place.file('s.db')}` });

  beforeEach(async () => {
    place = makeTemporaryFolder();
    writeTree(place.path, { 'sub/a': '1', b: '1' });
    waymark = await open();
  });
  afterEach(async () => {
    await waymark.close();
    place.remove();
  });

  it('is kept and gone back to without the store and the home', async () => {
    const { id, fileCount } = await waymark.files.commitFolder(place.path);
    expect(fileCount).toBe(2);
    writeTree(place.path, { b: '2' });
    await waymark.files.commitFolder(place.path, { parentId: id });
    const { restored, removed, errors } = await waymark.files.restore(id, place.path, { removeOthers: true });
    expect([restored, removed, errors]).toStrictEqual([['b'], [], []]);
    // The store goes on, here and in whoever opens it next.
    await waymark.files.commitFolder(join(place.path, 'sub'));
    await waymark.close();
    waymark = await open();
    expect(await waymark.files.log()).toHaveLength(3);
    expect((await waymark.log.verify()).verdict).toBe('ok');
  });

  it('keeps them where a commit of elsewhere has something of their names', async () => {
    const other = writeTree(place.file('other'), { b: '2', 's.db': 'theirs', 's.db.files': 'theirs' });
    const { id } = await waymark.files.commitFolder(other);
    const { restored, errors } = await waymark.files.restore(id, place.path, { removeOthers: true });
    expect(restored).toStrictEqual(['b']);
    expect(errors).toHaveLength(2);
    expect(readFileSync(place.file('s.db')).subarray(0, 6).toString()).toBe('SQLite');
    expect(existsSync(place.file('s.db.files/files'))).toBe(true);
    expect((await waymark.log.verify()).verdict).toBe('ok');
  });
});
