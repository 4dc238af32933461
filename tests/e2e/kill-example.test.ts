import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { type AuditEntry, createWaymark, type Waymark } from '../../src/index.js';
import { makeTemporaryFolder, type TemporaryFolder } from '../support/temporary-folder.js';

/** How often the example is killed. */
const KILLS = 20;
/** Print it, and set it, to meet the same moments again. */
const SEED = Number(process.env['WAYMARK_KILL_SEED'] ?? Date.now() % 1_000_000);
/** The example prints about this many acknowledged events. */
const EVENTS = 95;

const runner = fileURLToPath(new URL('../../examples/run.mjs', import.meta.url));

/** A line that the example prints once the event is durable: `#12 node.completed …`. */
interface Acknowledged {
  readonly position: number;
  readonly type: string;
}

describe('the example, killed with SIGKILL at random moments', () => {
  let folder: TemporaryFolder;
  beforeEach(() => {
    folder = makeTemporaryFolder();
  });
  afterEach(() => folder.remove());

  const moments = fc.sample(fc.tuple(fc.integer({ min: 0, max: EVENTS }), fc.integer({ min: 0, max: 12 })), {
    seed: SEED,
    numRuns: KILLS,
  });

  it(`leaves a log that verifies and holds every acknowledged event, ${KILLS} times (seed ${SEED})`, async () => {
    const storage = `sqlite:${folder.file('waymark.db')}`;
    let killed = 0;
    for (const [lines, delayMs] of moments) {
      const before = await sizeOf(storage);
      const { acknowledged, wasKilled } = await runAndKill(folder.path, lines, delayMs);
      killed += wasKilled ? 1 : 0;
      await using waymark = await createWaymark({ storage });
      const verification = await waymark.log.verify();
      expect({ lines, delayMs, ...verification }).toMatchObject({ verdict: 'ok' });
      expect(verification.size).toBeGreaterThanOrEqual(before + acknowledged.length);
      const entries = await entriesFrom(waymark, before);
      for (const { position, type } of acknowledged) {
        expect(entries.get(position)?.event.type).toBe(type);
      }
    }
    // Most moments lie within the run; how many depends on the machine, but a test that never kills shows nothing.
    expect(killed).toBeGreaterThan(KILLS / 2);
  }, 180_000);

  it('leaves executions that another process takes over and finishes', async () => {
    const storage = `sqlite:${folder.file('waymark.db')}`;
    // The second of the parallel nodes has been begun by then.
    await runAndKill(folder.path, 36, 0);
    const { default: workflow } = await import('../../examples/wildlife-strikes/workflow.js');
    await using waymark = await createWaymark({ storage });
    waymark.executions.register(workflow);
    const [orphan] = await waymark.executions.list({ status: 'running' });
    if (orphan === undefined) throw new Error('the killed execution is not recorded as running');
    expect(waymark.executions.isOrphan(orphan)).toBe(true);
    const resumed = await waymark.executions.resume(orphan.id, { statePatch: { maxMissingSpeedShare: 0.3 } });
    expect(await resumed.result()).toMatchObject({ status: 'completed' });
    expect((await waymark.log.verify()).verdict).toBe('ok');
    const types = (await waymark.log.query({ executionId: orphan.id }, { limit: 1_000 })).map(
      ({ event }) => event.type,
    );
    expect(types).toContain('execution.recovered');
    expect(types.filter((type) => type === 'node.completed')).toHaveLength(8);
  }, 60_000);
});

/** Runs the example and kills it `delayMs` after its n-th acknowledged event, unless it ends before that. */
async function runAndKill(
  folder: string,
  lines: number,
  delayMs: number,
): Promise<{ readonly acknowledged: readonly Acknowledged[]; readonly wasKilled: boolean }> {
  const child = spawn(process.execPath, [runner, 'wildlife-strikes/main.ts', '--store', 'waymark.db'], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise<NodeJS.Signals | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (_, signal) => resolve(signal));
  });
  const acknowledged: Acknowledged[] = [];
  // The delay is the random moment itself; nothing is waited for with it.
  const kill = (): unknown => setTimeout(() => child.kill('SIGKILL'), delayMs);
  if (lines === 0) kill();
  for await (const line of createInterface({ input: child.stdout })) {
    const match = /^#(\d+) ([a-z_.]+) /.exec(line);
    if (match === null) continue;
    acknowledged.push({ position: Number(match[1]), type: match[2] ?? '' });
    if (acknowledged.length === lines) kill();
  }
  return { acknowledged, wasKilled: (await ended) === 'SIGKILL' };
}

async function sizeOf(storage: string): Promise<number> {
  await using waymark = await createWaymark({ storage });
  return (await waymark.log.head()).size;
}

async function entriesFrom(waymark: Waymark, position: number): Promise<ReadonlyMap<number, AuditEntry>> {
  const entries = await waymark.log.query({}, { after: position - 1, limit: 10_000 });
  return new Map(entries.map((entry) => [entry.position, entry]));
}
