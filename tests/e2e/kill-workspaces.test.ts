import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { createWaymark } from '../../src/index.js';
import { writeTree } from '../support/file-tree.js';
import { assertFiles, assertTidy } from '../support/naive-workspaces.js';
import { makeTemporaryFolder, type TemporaryFolder } from '../support/temporary-folder.js';

/** How often a process is killed. */
const KILLS = 15;
/** How many executions there are, each with a fork: enough for that many lives. */
const EXECUTIONS = 10;
/** Print it, and set it, to meet the same moments again. */
const SEED = Number(process.env['WAYMARK_KILL_SEED'] ?? Date.now() % 1_000_000);

const file = fileURLToPath(new URL('../support/workspace-runs-process.mjs', import.meta.url));

const NAIVE = {
  begun: { 'story.txt': 'begun', 'changed.txt': 'old', 'removed.txt': 'to go' },
  nodes: {
    a: (files: Record<string, string>): void => {
      files['story.txt'] += ' a';
      files['new/a.txt'] = 'a';
    },
    b: (files: Record<string, string>): void => {
      files['story.txt'] += ' b';
      files['changed.txt'] = 'new';
      delete files['removed.txt'];
    },
  },
};

describe('executions with workspaces, in processes that are killed with SIGKILL', () => {
  let folder: TemporaryFolder;
  beforeEach(() => {
    folder = makeTemporaryFolder();
  });
  afterEach(() => folder.remove());

  const moment = fc.record({ lines: fc.integer({ min: 1, max: 5 }), delayMs: fc.integer({ min: 0, max: 25 }) });
  const moments = fc.sample(moment, { seed: SEED, numRuns: KILLS });

  it(`have every file when the last one is done, after ${KILLS} of them (seed ${SEED})`, async () => {
    const store = folder.file('waymark.db');
    const source = writeTree(folder.file('source'), NAIVE.begun);
    let kills = 0;
    for (const { lines, delayMs } of moments) kills += (await live(store, source, lines, delayMs)) ? 1 : 0;
    expect(await live(store, source)).toBe(false);
    expect(kills).toBeGreaterThan(KILLS / 2);
    await using waymark = await createWaymark({ storage: `sqlite:${store}` });
    expect((await waymark.log.verify()).verdict).toBe('ok');
    const all = await waymark.executions.list({ limit: 100 });
    expect(all.map(({ status }) => status)).toStrictEqual(Array.from({ length: 2 * EXECUTIONS }, () => 'completed'));
    await assertTidy(waymark, `${store}.files`);
    await assertFiles(waymark, NAIVE, folder.file('restored'));
  }, 300_000);
});

/**
 * Lets a process work until it ends, or is killed `delayMs` after its n-th line.
 *
 * @returns whether it was killed
 */
async function live(store: string, source: string, lines = Infinity, delayMs = 0): Promise<boolean> {
  const child = spawn(process.execPath, [file, store, source, String(EXECUTIONS)], { stdio: 'pipe' });
  let complaint = '';
  child.stderr.on('data', (chunk) => (complaint += String(chunk)));
  const ended = once(child, 'close');
  let said = 0;
  for await (const _ of createInterface({ input: child.stdout })) {
    said += 1;
    // The delay is the random moment itself; nothing is waited for with it.
    if (said === lines) setTimeout(() => child.kill('SIGKILL'), delayMs);
  }
  await ended;
  if (child.signalCode === 'SIGKILL') return true;
  if (child.exitCode !== 0) throw new Error(`A process failed: ${complaint}`);
  return false;
}
