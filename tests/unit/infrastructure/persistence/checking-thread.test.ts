import { CheckingThread } from '../../../../src/infrastructure/persistence/typeorm/page-check/checking-thread.js';

/** What a thread that checks pages may be: a script of its own. */
function threadThat(script: string): CheckingThread {
  const source = `import { parentPort } from 'node:worker_threads';\n${script}`;
  const url = new URL(`data:text/javascript,${encodeURIComponent(source)}`);
  return new CheckingThread(url, { path: 'unused.db', file: { dev: 0, ino: 0 }, readonly: true });
}

async function ready(thread: CheckingThread): Promise<void> {
  while (!thread.isReady) await new Promise((resolve) => setImmediate(resolve));
}

describe('a thread that checks pages', () => {
  it('answers what it is asked, in that order, and ends when it is told to', async () => {
    const thread = threadThat(`
      parentPort.on('message', (request) => {
        if (request === 'end') parentPort.close();
        else parentPort.postMessage({ page: request.from === 2 ? undefined : { leaves: request.from } });
      });
      parentPort.postMessage('ready');`);
    await ready(thread);
    const pages = Promise.all([thread.check(1, 10), thread.check(2, 10), thread.check(3, 10)]);
    expect(thread.waiting).toBe(3);
    expect(await pages).toStrictEqual([{ leaves: 1 }, undefined, { leaves: 3 }]);
    await thread.end();
    await thread.end();
    expect(thread.isReady).toBe(false);
  });

  it('that can not begin is never ready, and is no error', async () => {
    const thread = threadThat(`throw new Error('no driver');`);
    await thread.ended;
    expect(thread.isReady).toBe(false);
    await thread.end();
  });

  it('that breaks leaves what it was asked unanswered, and is not ready any more', async () => {
    const thread = threadThat(`
      parentPort.on('message', () => { throw new Error('broken'); });
      parentPort.postMessage('ready');`);
    await ready(thread);
    expect(await Promise.all([thread.check(1, 10), thread.check(2, 10)])).toStrictEqual([undefined, undefined]);
    expect(thread.isReady).toBe(false);
    await thread.ended;
  });

  it('is stopped while it begins', async () => {
    const thread = threadThat(`setInterval(() => {}, 1_000);`);
    await thread.end();
    expect(thread.isReady).toBe(false);
  });

  it('answers nothing more once it is to end', async () => {
    const thread = threadThat(`
      parentPort.on('message', (request) => { if (request === 'end') parentPort.close(); });
      parentPort.postMessage('ready');`);
    await ready(thread);
    const unanswered = thread.check(1, 10);
    await thread.end();
    expect(await unanswered).toBeUndefined();
  });
});
