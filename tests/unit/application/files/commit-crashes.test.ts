import { type FileScene, fileScene } from '../../../support/file-scene.js';

let scene: FileScene;
beforeEach(async () => {
  scene = await fileScene();
});
afterEach(() => scene.close());

const HOUR = 3_600_000;

/** The process dies before the n-th thing it does from now on, from 1: nothing that it does after that has an effect. */
function diesBefore(step: number): { readonly hasDied: () => boolean; revive(): void } {
  const { store, storage } = scene;
  let steps = 0;
  const isDead = (): boolean => {
    steps += 1;
    return steps >= step;
  };
  store.unitOfWork.failsAtOnce = isDead;
  storage.beforeFile = () => {
    if (isDead()) throw new Error('the process is gone');
  };
  return {
    hasDied: () => steps >= step,
    revive: () => {
      store.unitOfWork.failsAtOnce = () => false;
      storage.beforeFile = () => undefined;
    },
  };
}

// Of a first commit: its row, three contents, the end. Of one with another before it: two contents, its row, the end.
describe.each([
  ['a first commit', false, 5],
  ['a commit after another', true, 4],
])('a process that dies in the middle of %s', (_, hasParent, count) => {
  it.each(Array.from({ length: count + 1 }, (__, index) => index + 1))(
    'before step %i leaves nothing half done, and nothing that is not collected',
    async (step) => {
      const { waymark, open, processes, site, write, clock, storage } = scene;
      write({ 'a.txt': 'a', 'b.txt': 'b', 'c.txt': 'c' });
      const parentId = hasParent ? (await waymark.files.commitFolder(site)).id : undefined;
      if (hasParent) write({ 'a.txt': 'changed', 'd.txt': 'new' });
      const options = parentId === undefined ? {} : { parentId };

      const death = diesBefore(step);
      const ended = await waymark.files.commitFolder(site, options).then(
        () => 'committed',
        () => 'died',
      );
      expect(ended).toBe(step > count ? 'committed' : 'died');
      expect(death.hasDied()).toBe(step <= count);
      death.revive();
      processes.kill('host/1');

      const next = await open('host/2');
      clock.advance(HOUR);
      await next.files.gc();
      const kept = await next.files.log();
      expect(kept.filter(({ status }) => status === 'pending')).toStrictEqual([]);
      expect(kept).toHaveLength((hasParent ? 1 : 0) + (step > count ? 1 : 0));
      const created = await next.log.query({ types: ['file.commit_created'] });
      expect(created).toHaveLength(kept.length);
      for (const { id } of kept) await next.files.verify(id);

      const commit = await next.files.commitFolder(site, options);
      expect((await next.files.verify(commit.id)).blobsVerified).toBe(hasParent ? 4 : 3);
      expect(storage.contents.size).toBe(hasParent ? 5 : 3);
    },
  );
});
