import { mkdirSync, readdirSync } from 'node:fs';
import { takeOwnerLock } from '../../../../src/infrastructure/shared/owner-lock.js';
import { Processes } from '../../../support/processes.js';
import { makeTemporaryFolder, type TemporaryFolder } from '../../../support/temporary-folder.js';

describe('a lock between processes', () => {
  let folder: TemporaryFolder;
  let processes: Processes;
  const take = (name: string) => takeOwnerLock(folder.file('locks/a.lock'), processes.identity(name));

  beforeEach(() => {
    folder = makeTemporaryFolder();
    processes = new Processes();
  });
  afterEach(() => folder.remove());

  it('is held by one, who gives it back', async () => {
    const one = await take('host/1');
    expect(one).toMatchObject({ taken: true });
    expect(await take('host/2')).toStrictEqual({ taken: false, owner: 'host/1' });
    expect(await take('host/1')).toMatchObject({ taken: false });
    if (one.taken) await one.release();
    if (one.taken) await one.release();
    expect(await take('host/2')).toMatchObject({ taken: true });
  });

  it('is taken by one of many who try at once, and leaves nothing else behind', async () => {
    const attempts = await Promise.all(Array.from({ length: 20 }, (_, index) => take(`host/${index}`)));
    expect(attempts.filter(({ taken }) => taken)).toHaveLength(1);
    expect(readdirSync(folder.file('locks'))).toStrictEqual(['a.lock']);
  });

  it('is taken over by one of many when its owner is gone', async () => {
    await take('host/gone');
    processes.kill('host/gone');
    const attempts = await Promise.all(Array.from({ length: 20 }, (_, index) => take(`host/${index}`)));
    expect(attempts.filter(({ taken }) => taken)).toHaveLength(1);
    expect(readdirSync(folder.file('locks/a.lock'))).toHaveLength(1);
  });

  it('is not given back by whom it was taken from', async () => {
    const gone = await take('host/gone');
    processes.kill('host/gone');
    const taken = await take('host/2');
    if (gone.taken) await gone.release();
    expect(await take('host/3')).toStrictEqual({ taken: false, owner: 'host/2' });
    if (taken.taken) await taken.release();
  });

  it('is free when it is an empty folder, which a crash may leave', async () => {
    mkdirSync(folder.file('locks/a.lock'), { recursive: true });
    expect(await take('host/1')).toMatchObject({ taken: true });
  });

  it('tells of owners whose names hold anything', async () => {
    await take('höst/1/-/0/../x y');
    expect(await take('host/2')).toStrictEqual({ taken: false, owner: 'höst/1/-/0/../x y' });
  });
});
