import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { createWaymark } from 'waymark';
import { type ChainRunner, dbosRunner, langGraphRunner, NODES, waymarkChain, waymarkRunner } from './support/chains.js';
import { measure } from './support/measure.js';
import { ratio, report, verdict } from './support/report.js';

type Run = (context: { readonly state: object }) => object | Promise<object>;

const URL_OF_SERVER = process.env['WAYMARK_TEST_POSTGRES'] ?? 'postgres://postgres@127.0.0.1:5432/postgres';
const SCHEMA = 'waymark_bench_execution';
const DATABASE = 'waymark_bench_dbos';
const CONCURRENT = [1, 10, 100] as const;
const AT_100 = 3;
const OVERHEAD_US = 50;
const PAUSED = 10_000;
const PAUSED_MB = 50;

/**
 * What does a durable step cost, beside other engines that make steps durable?
 *
 * @param _size it has none
 * @param isQuick one round of each, and a tenth of the paused executions
 */
export default async function executionBench(_size?: number, isQuick = false): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'waymark-bench-'));
  try {
    await onSqlite(folder, isQuick);
    await onPostgres(isQuick);
    await inMemory(isQuick);
    paused(folder, isQuick ? PAUSED / 10 : PAUSED);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function onSqlite(folder: string, isQuick: boolean): Promise<void> {
  const waymark = await createWaymark({ storage: `sqlite:${join(folder, 'waymark.db')}` });
  const runners = [langGraphRunner(join(folder, 'langgraph.db')), waymarkRunner('Waymark', waymark)] as const;
  await compare('How many durable steps a second on SQLite?', runners, isQuick, [
    `Median of the rounds, in turns; chains of ${NODES} nodes, each of which sets a counter. Both keep a file with a write-ahead log`,
    "and synchronous=FULL, so that every step waits for the disk; LangGraph runs with durability: 'sync'. Waymark also records what",
    'happened: five events of the log for each step, and the intent to run the next node before its work begins. What is computed',
    'is what this process took of its processors, which is steadier than time on a machine that has other work.',
  ]);
}

async function onPostgres(isQuick: boolean): Promise<void> {
  const admin = new pg.Client({ connectionString: URL_OF_SERVER, connectionTimeoutMillis: 2_000 });
  try {
    await admin.connect();
  } catch (error) {
    console.log(`Left out: PostgreSQL can't be reached (WAYMARK_TEST_POSTGRES): ${String(error)}`);
    return;
  }
  const clean = async (): Promise<void> => {
    await admin.query(`DROP SCHEMA IF EXISTS ${SCHEMA} CASCADE`);
    await admin.query(`DROP DATABASE IF EXISTS ${DATABASE} WITH (FORCE)`);
  };
  await clean();
  try {
    const waymark = await createWaymark({
      storage: changed(URL_OF_SERVER, (url) => url.searchParams.set('schema', SCHEMA)),
    });
    const dbos = await dbosRunner(changed(URL_OF_SERVER, (url) => (url.pathname = `/${DATABASE}`)));
    await compare(
      'How many durable steps a second on PostgreSQL?',
      [dbos, waymarkRunner('Waymark', waymark)],
      isQuick,
      [
        `One server, a database or a schema each. DBOS runs a workflow of ${NODES} steps by DBOS.runStep, with its own pool of connections;`,
        'Waymark writes on one connection, and lets steps share a transaction that are ready at the same time.',
      ],
    );
  } finally {
    await clean();
    await admin.end();
  }
}

async function compare(
  question: string,
  [peer, own]: readonly [ChainRunner, ChainRunner],
  isQuick: boolean,
  reading: readonly string[],
): Promise<void> {
  const rows: string[][] = [];
  const verdicts: string[] = [];
  try {
    for (const concurrent of CONCURRENT) {
      const contenders = [peer, own].map(({ name, run }) => ({
        name,
        run: () => run(concurrent).then(() => concurrent * NODES),
      }));
      const often = concurrent === 100 ? { rounds: 3, warmUp: 0 } : { rounds: 7, warmUp: 1 };
      const [theirs, ours] = await measure(
        contenders,
        isQuick ? { rounds: 1, warmUp: concurrent === 1 ? 1 : 0 } : often,
      );
      const ahead = (theirs?.nsPerOp ?? Number.NaN) / (ours?.nsPerOp ?? Number.NaN);
      for (const each of [theirs, ours]) {
        const nsPerOp = each?.nsPerOp ?? Number.NaN;
        rows.push([
          each?.name ?? '',
          String(concurrent),
          Math.round(1e9 / nsPerOp).toLocaleString('en'),
          `${(nsPerOp / 1e6).toFixed(3)} ms`,
          ratio((theirs?.nsPerOp ?? Number.NaN) / nsPerOp),
          `${((each?.cpuNsPerOp ?? Number.NaN) / 1e6).toFixed(3)} ms`,
        ]);
      }
      if (concurrent === 1) verdicts.push(verdict(`not behind ${peer.name} at 1 (${ratio(ahead)})`, ahead >= 1));
      if (concurrent === 100) {
        verdicts.push(verdict(`≥ ${AT_100}× ${peer.name} at 100 (${ratio(ahead)})`, ahead >= AT_100));
      }
    }
  } finally {
    await peer.close();
    await own.close();
  }
  const columns = ['engine', 'executions at a time', 'steps/s', 'time a step', `to ${peer.name}`, 'computed a step'];
  report(question, columns, rows, [...reading, ...verdicts]);
  console.log('');
}

function changed(address: string, change: (url: URL) => void): string {
  const url = new URL(address);
  change(url);
  return url.href;
}

/** What the engine itself takes for a node, where nothing is stored on a disk. */
async function inMemory(isQuick: boolean): Promise<void> {
  const waymark = await createWaymark({ storage: 'memory:' });
  const runner = waymarkRunner('Waymark, memory', waymark);
  const nodes = [...waymarkChain().nodes.values()];
  const bare = async (): Promise<number> => {
    let state: Record<string, unknown> = { counter: 0 };
    for (const node of nodes) state = { ...state, ...(await (node as unknown as { run: Run }).run({ state })) };
    return Number(state['counter']);
  };
  const times = 20;
  const [loop, own] = await measure(
    [
      { name: 'a loop that awaits each task', run: async () => times * (await bareTimes(bare, times)) },
      {
        name: runner.name,
        run: async () => {
          for (let run = 0; run < times; run += 1) await runner.run(1);
          return times * NODES;
        },
      },
    ],
    { rounds: isQuick ? 5 : 15, warmUp: 3 },
  );
  await runner.close();
  const overhead = ((own?.nsPerOp ?? Number.NaN) - (loop?.nsPerOp ?? Number.NaN)) / 1_000;
  report(
    'What does the engine itself take for a node?',
    ['runner', 'µs/node'],
    [loop, own].map((each) => [each?.name ?? '', ((each?.nsPerOp ?? Number.NaN) / 1_000).toFixed(2)]),
    [
      `Median of the rounds, in turns, of ${times} chains of ${NODES} nodes one after another. With the storage memory: every step still makes, checks`,
      'and hashes five events, a checkpoint and what the state adds, and publishes.',
      verdict(`overhead in memory ≤ ${OVERHEAD_US} µs a node (${overhead.toFixed(1)} µs)`, overhead <= OVERHEAD_US),
    ],
  );
  console.log('');
}

async function bareTimes(bare: () => Promise<number>, times: number): Promise<number> {
  let counter = 0;
  for (let run = 0; run < times; run += 1) counter = await bare();
  return counter;
}

/** What executions take that stand still. */
function paused(folder: string, count: number): void {
  const program = fileURLToPath(new URL('support/paused-heap.mjs', import.meta.url));
  const grown = (storage: string): number => {
    const text = execFileSync(process.execPath, ['--expose-gc', program, storage, String(count)], { encoding: 'utf8' });
    const { before, after } = JSON.parse(text) as { readonly before: number; readonly after: number };
    return (after - before) / 1e6;
  };
  const [sqlite, memory] = [grown(`sqlite:${join(folder, 'paused.db')}`), grown('memory:')];
  const all = count.toLocaleString('en');
  const limit = (PAUSED_MB * count) / PAUSED;
  report(
    'What do paused executions cost?',
    ['storage', 'executions', 'memory grown', 'bytes each'],
    [
      ['SQLite', all, `${sqlite.toFixed(1)} MB`, ((sqlite * 1e6) / count).toFixed(0)],
      ['memory', all, `${memory.toFixed(1)} MB`, ((memory * 1e6) / count).toFixed(0)],
    ],
    [
      'A process each; heap and external memory after garbage collection, before and after. With the storage memory: it is the store',
      'itself that grows: all events, checkpoints and contents are in it.',
      verdict(`${all} paused executions ≤ ${limit} MB on SQLite (${sqlite.toFixed(1)} MB)`, sqlite <= limit),
    ],
  );
}
