import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createWaymark, defineWorkflow, type DomainEvent, task, type Waymark } from 'waymark';
import { nodeEvents } from './support/events.js';
import { gapsDuring } from './support/gaps.js';
import { quantile } from './support/measure.js';
import { report, verdict } from './support/report.js';

const EVENTS = 20_000;
const LIMIT_MS = 20;
const ROUNDS = 20;

/** States that a node returns in one piece: copied, made text, hashed and stored in the commit of its completion. */
const STATES = [
  ['execution, 0.4 MB of new state', 10_000],
  ['execution, 1 MB of new state', 25_000],
] as const;

type Write = (waymark: Waymark, events: readonly DomainEvent[]) => Promise<void>;

const LOADS: readonly (readonly [string, Write])[] = [
  [
    'log.append, 256 at a time',
    async (waymark, events) => {
      for (let index = 0; index < events.length; index += 256) {
        await waymark.log.append(events.slice(index, index + 256));
      }
    },
  ],
  [
    'log.append, 64 writers, one each',
    async (waymark, events) => {
      const writers = Array.from({ length: 64 }, async (_, writer) => {
        for (let index = writer; index < events.length; index += 64) {
          await waymark.log.append(events.slice(index, index + 1));
        }
      });
      await Promise.all(writers);
    },
  ],
  [
    'bus.publish, 2,000 at a time, then flush',
    async (waymark, events) => {
      for (let index = 0; index < events.length; index += 2_000) {
        for (const event of events.slice(index, index + 2_000)) waymark.bus.publish(event);
        await waymark.flush();
      }
    },
  ],
];

/** For how long does a commit keep the rest of the program waiting? */
export default async function eventLoopBench(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'waymark-bench-'));
  try {
    await using waymark = await createWaymark({ storage: `sqlite:${join(folder, 'waymark.db')}` });
    const rows: string[][] = [];
    const worst: number[] = [];
    let made = 0;
    for (const [load, write] of LOADS) {
      for (const isWarm of [false, true]) {
        made += EVENTS;
        const events = nodeEvents(EVENTS, made);
        const gaps = await gapsDuring(() => write(waymark, events));
        if (!isWarm) continue;
        worst.push(Math.max(...gaps));
        rows.push([load, String(gaps.length), ...[0.5, 0.99, 1].map((share) => quantile(gaps, share).toFixed(1))]);
      }
    }
    for (const [load, rowCount] of STATES) {
      const gaps = await gapsOfStateCommits(waymark, rowCount);
      worst.push(Math.max(...gaps));
      rows.push([load, String(gaps.length), ...[0.5, 0.99, 1].map((share) => quantile(gaps, share).toFixed(1))]);
    }
    report(
      'How long does a commit block the event loop?',
      ['load', 'turns', 'median ms', 'p99 ms', 'longest ms'],
      rows,
      [
        `The time between two turns of the event loop while ${EVENTS.toLocaleString('en')} entries are written to SQLite, synchronous=FULL.`,
        verdict(
          `never longer than ${LIMIT_MS} ms (${Math.max(...worst).toFixed(1)} ms)`,
          Math.max(...worst) <= LIMIT_MS,
        ),
      ],
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** How long turns took while executions committed a state of so many rows, the making of which is not part of it. */
async function gapsOfStateCommits(waymark: Waymark, rowCount: number): Promise<readonly number[]> {
  const all: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const rows = Array.from({ length: rowCount }, (_, row) => [`species ${row % 300}`, round, row, row / 7]);
    const workflow = defineWorkflow<{ rows?: unknown; done?: number }>({
      id: 'state',
      version: '1',
      nodes: { load: task(() => ({ rows })), next: task(() => ({ done: round })) },
      edges: { load: 'next' },
    });
    const gaps = await gapsDuring(async () => {
      await (await waymark.executions.start(workflow)).result();
    });
    // The first rounds meet code that is not compiled yet.
    if (round >= ROUNDS / 2) all.push(...gaps);
  }
  return all;
}
