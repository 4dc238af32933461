import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createWaymark, defineWorkflow, type JsonObject, task, type Waymark } from 'waymark';
import { median } from './support/measure.js';
import { type SubjectSaver, waymarkSaver } from './support/official-savers.js';
import { ratio, report, verdict } from './support/report.js';
import { sqliteBytes } from './support/stored-bytes.js';
import { message, MESSAGE_BYTES, ThreadLoad } from './support/thread-load.js';

const LAST = 50;
const RUN_STEPS = 1_000;
const FORKS = 100;
const LARGE_ITEMS = 20_000;

/**
 * Do checkpoints stay cheap when threads are long, states large and forks many?
 *
 * @param steps how many steps the long thread has
 */
export default async function checkpointScaleBench(steps = 10_000): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'waymark-bench-'));
  try {
    await longThread(await sqliteSaver(folder, 'long'), steps);
    await largeState(await sqliteSaver(folder, 'large'));
    await forks(join(folder, 'forks.db'));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function sqliteSaver(folder: string, name: string): Promise<SubjectSaver> {
  const path = join(folder, `${name}.db`);
  return waymarkSaver(name, `sqlite:${path}`, () => Promise.resolve(sqliteBytes(path)));
}

async function longThread(subject: SubjectSaver, steps: number): Promise<void> {
  const load = new ThreadLoad(subject.saver, 'thread');
  const rows: string[][] = [];
  const medians = new Map<number, number>();
  let puts: number[] = [];
  for (let step = 1; step <= steps; step += 1) {
    puts.push(await load.step());
    if (step !== 100 && step !== 1_000 && step !== steps && step % (steps / 4) !== 0) continue;
    const putMs = median(puts.slice(-LAST));
    medians.set(step, putMs);
    rows.push([
      step.toLocaleString('en'),
      ms(putMs),
      ratio(((await subject.bytes())?.all ?? 0) / (step * MESSAGE_BYTES)),
    ]);
    puts = [];
  }
  await subject.close();
  const growth = (medians.get(steps) ?? Number.NaN) / (medians.get(1_000) ?? Number.NaN);
  const history = steps / 1_000;
  report(
    `Does a thread of ${steps.toLocaleString('en')} steps stay quick?`,
    ['step', 'put', 'stored, to the data'],
    rows,
    [
      `WaymarkSaver on SQLite; put: median of the last ${LAST} before that step. Stored: all tables and indexes, log included.`,
      '',
      verdict(`put grows less than linearly (${ratio(growth)} for ${ratio(history)} the history)`, growth < history),
    ],
  );
}

async function largeState(subject: SubjectSaver): Promise<void> {
  const load = new ThreadLoad(subject.saver, 'thread');
  const items = Object.fromEntries(
    Array.from({ length: LARGE_ITEMS }, (_, index) => [`item-${index}`, message(index)]),
  );
  const fullMs = await load.put({ items });
  const full = (await subject.bytes())?.all ?? 0;
  const changes: number[] = [];
  for (let change = 0; change < 9; change += 1) {
    const key = `item-${change * 1_000}`;
    const item = { ...message(change), content: randomBytes(16).toString('hex') };
    changes.push(await load.put({ items: Object.assign(items, { [key]: item }) }));
  }
  const bytes = (((await subject.bytes())?.all ?? 0) - full) / changes.length;
  await subject.close();
  const changeMs = median(changes);
  report(
    'What does a small change of a 20 MB state cost?',
    ['put', 'time', 'stored'],
    [
      ['the whole state, for the first time', ms(fullMs), mb(full)],
      ['one item of it changed', ms(changeMs), mb(bytes)],
    ],
    [
      `A channel of ${LARGE_ITEMS.toLocaleString('en')} items of 1 KB under their names; then one item is replaced, in place, 9 times (median).`,
      '',
      verdict(`time ≤ 10 % of a full write (${percent(changeMs / fullMs)})`, changeMs <= 0.1 * fullMs),
      verdict(`bytes ≤ 10 % of a full write (${percent(bytes / full)})`, bytes <= 0.1 * full),
    ],
  );
}

async function forks(path: string): Promise<void> {
  await using waymark = await createWaymark({ storage: `sqlite:${path}` });
  const workflow = appending(RUN_STEPS);
  const gaps: number[] = [];
  let last = process.hrtime.bigint();
  waymark.bus.subscribe('node.completed', () => {
    const now = process.hrtime.bigint();
    gaps.push(Number(now - last) / 1e6);
    last = now;
  });
  const run = await waymark.executions.start(workflow, { messages: [] });
  await run.result();
  await waymark.flush();
  const before = sqliteBytes(path);
  const tree = await waymark.checkpoints.tree(run.id);
  const heads = tree.path(tree.head('main').id);
  for (let fork = 0; fork < FORKS; fork += 1) await forkAndPause(waymark, heads[900 + (fork % 90)]?.id ?? '');
  await waymark.flush();
  const after = sqliteBytes(path);
  const added = after.all - before.all;
  const own = { before: before.all - before.log, added: added - (after.log - before.log) };
  const early = median(gaps.slice(50, 50 + LAST));
  const late = median(gaps.slice(-LAST));
  report(
    `What do ${FORKS} forks of a run of ${RUN_STEPS} steps cost?`,
    ['what', 'figure'],
    [
      [`the run: ${RUN_STEPS} steps, each appends 1 KB`, mb(before.all)],
      ['of it the log', mb(before.log)],
      [`${FORKS} forks of it`, mb(added)],
      ['of them the log', mb(after.log - before.log)],
      ['a step at the beginning', ms(early)],
      ['a step at the end', ms(late)],
    ],
    [
      'An execution of our own on SQLite. Each fork is left where it starts. All tables and indexes, log included. A step: the time from',
      `one node.completed to the next, median of ${LAST}.`,
      '',
      verdict(
        `${FORKS} forks ≤ 5 % more storage (${percent(own.added / own.before)} without the log)`,
        own.added <= 0.05 * own.before,
      ),
      verdict(
        `${FORKS} forks ≤ 5 % more storage, with the log of every step and fork (${percent(added / before.all)})`,
        added <= 0.05 * before.all,
      ),
      verdict(`a step stays flat with history (${ratio(late / early)})`, late <= 1.5 * early),
    ],
  );
}

async function forkAndPause(waymark: Waymark, checkpointId: string): Promise<void> {
  const next = await waymark.checkpoints.get(checkpointId);
  const forked = await waymark.executions.fork(checkpointId, {
    breakpoints: next.position.nextNodeIds,
    reason: 'bench',
  });
  await forked.result();
}

/** A chain of nodes, each of which appends a message to the state. */
function appending(steps: number) {
  const ids = Array.from({ length: steps }, (_, step) => `step-${step}`);
  return defineWorkflow({
    id: 'appending',
    version: '1',
    nodes: Object.fromEntries(
      ids.map((id, step) => [
        id,
        task(({ state }) =>
          Promise.resolve({
            messages: [...((state['messages'] ?? []) as readonly JsonObject[]), { ...message(step) }],
          }),
        ),
      ]),
    ),
    edges: Object.fromEntries(ids.slice(0, -1).map((id, step) => [id, ids[step + 1] as string])),
  });
}

function ms(value: number): string {
  return `${value.toFixed(2)} ms`;
}

function mb(bytes: number): string {
  return `${(bytes / 1e6).toFixed(2)} MB`;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
