import { once } from 'node:events';
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { createWaymark } from '../../src/index.js';
import { openWaymark } from '../support/open-waymark.js';
import { UNOPENED_STORES } from '../support/stores.js';
import { makeTemporaryFolder } from '../support/temporary-folder.js';

const PROCESS = fileURLToPath(new URL('../support/recording-process.mjs', import.meta.url));

describe.each(UNOPENED_STORES)('a recording %s', (_, make) => {
  it('is recorded, rolled back, forked and gone on with as everywhere', async () => {
    const { store, remove } = await make();
    const waymark = await openWaymark({}, store);
    const run = await waymark.recorder.execution({ workflow: 'w', executionId: 'x', input: { n: 1 } });
    await run.node('a', () => ({ a: 1 }));
    await Promise.all([1, 2, 3].map((key) => run.node('part', () => [key], { key: `k${key}`, into: `p${key}` })));
    const kept = await run.checkpoint(undefined, { label: 'here' });
    await run.node('b', () => ({ b: 'é' }));
    await run.complete();
    await waymark.executions.rollback('x', kept, { reason: 'once more' });
    const again = await waymark.recorder.open('x');
    expect(again.state).toStrictEqual({ n: 1, a: 1, p1: [1], p2: [2], p3: [3] });
    expect(await again.node('a', () => ({ a: 'not done' }))).toStrictEqual({ a: 1 });
    await again.node('b', () => ({ b: 'again' }));
    expect(await again.complete()).toMatchObject({ output: { a: 1, b: 'again' } });
    const fork = await waymark.executions.fork(kept, { executionId: 'f' });
    expect((await fork.result()).status).toBe('paused');
    expect((await waymark.executions.get('x')).occurrences).toStrictEqual({ a: 1, part: 3, b: 2 });
    expect((await waymark.checkpoints.get(kept)).label).toBe('here');
    expect(await waymark.log.verify()).toMatchObject({ verdict: 'ok' });
    await waymark.close();
    await remove?.();
  });
});

it('goes on where a process that was killed had come to, and does nothing twice', async () => {
  const folder = makeTemporaryFolder();
  const storage = `sqlite:${folder.file('waymark.db')}`;
  const did: string[] = [];
  for (let kills = 0; ; kills += 1) {
    const child = spawn(process.execPath, [PROCESS, storage], { stdio: ['ignore', 'pipe', 'inherit'] });
    const exited = once(child, 'exit');
    let seen = 0;
    for await (const line of createInterface({ input: child.stdout })) {
      if (line.startsWith('did ')) did.push(line.slice(4));
      seen += 1;
      // What was told is durable: the next one may be under way.
      if (seen === 3 && kills < 3) child.kill('SIGKILL');
    }
    const [code] = (await exited) as [number | null];
    if (code === 0) break;
    expect(kills).toBeLessThan(4);
  }
  // What is told is told after its commit, so what a killed process had told is never done again.
  expect(did.filter((name, index) => did.indexOf(name) !== index)).toStrictEqual([]);
  const waymark = await createWaymark({ storage });
  const { status, nodesExecuted, output } = await waymark.executions.get('n');
  expect({ status, nodesExecuted, output }).toStrictEqual({
    status: 'completed',
    nodesExecuted: 12,
    output: { done: 12 },
  });
  expect(await waymark.log.verify()).toMatchObject({ verdict: 'ok' });
  await waymark.close();
  folder.remove();
}, 60_000);
