import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createWaymark, type DomainEvent, type Waymark } from 'waymark';
import { appendToEmmett, type EmmettStore, INSTALL_EMMETT_SQLITE, openEmmettSqlite } from './support/emmett.js';
import { nodeEvents } from './support/events.js';
import { gapsDuring } from './support/gaps.js';
import { HandWrittenWriter } from './support/hand-written-writer.js';
import { type Contender, measure, type Measurement, quantile } from './support/measure.js';
import { ratio, report, verdict } from './support/report.js';

const BATCH = 256;
const BATCHES = 40;
const WRITERS = 64;
const SINGLES = 500;

const HAND = 'better-sqlite3, hand-written';
const OWN = 'Waymark log.append';

/** How fast is the durable log, beside a hand-written better-sqlite3 writer of the same rows into the same table? */
export default async function logBench(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'waymark-bench-'));
  try {
    await compare(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function compare(folder: string): Promise<void> {
  const handPath = join(folder, 'hand-written.db');
  // The same schema, indexes included: the hand-written writer gets a file that Waymark's migrations made.
  await (await createWaymark({ storage: `sqlite:${handPath}` })).close();
  await using waymark = await createWaymark({ storage: `sqlite:${join(folder, 'waymark.db')}` });
  using hand = new HandWrittenWriter(handPath);
  const emmett = await openEmmettSqlite(join(folder, 'emmett.db'));

  const batches = await measure(inBatches(waymark, hand, emmett), { rounds: 9, warmUp: 2 });
  const crowds = await measure(byWriters(waymark, hand, WRITERS, WRITERS * 10), { rounds: 7, warmUp: 1 });
  const singles = await measure(byWriters(waymark, hand, 1, SINGLES), { rounds: 9, warmUp: 1 });
  const gaps = await gapsOfCommits(waymark);
  const rows = [
    ...table(batches, `${BATCH} events a transaction`),
    ...table(crowds, `${WRITERS} writers, one event each`),
    ...table(singles, 'one event awaited after another'),
  ];
  const ofBatches = shareOf(batches);
  const ofSingles = shareOf(singles);
  const verification = await waymark.log.verify();
  report('How fast is the durable log?', ['writer', 'load', 'entries/s', 'to hand-written'], rows, [
    'SQLite, WAL, synchronous=FULL, one file each, median of 7 or 9 rounds in one process, in turns. Both write the same columns, the same',
    'JSON text and its SHA-256 leaf. Waymark also extends the Merkle tree, keeps the head, refuses an id it has, and gives back the entries.',
    'In the second and third load the hand-written writer commits each event by itself: what it gets in the third is the rate of durable',
    `commits of SQLite itself. Afterwards Waymark's log verifies: ${verification.verdict}, ${verification.size} entries.`,
    `While ${BATCH} events at a time were appended, ${gaps.length} turns of the event loop took ${quantile(gaps, 0.5).toFixed(1)} ms (median), ${quantile(gaps, 0.99).toFixed(1)} ms (p99), ${Math.max(...gaps).toFixed(1)} ms (longest).`,
    emmett === undefined
      ? `Emmett's SQLite event store is left out, for it is not installed: ${INSTALL_EMMETT_SQLITE}`
      : `Emmett keeps the same events in tables of its own, a stream at a time: those of ${BATCH} events are on three or four.`,
    verdict(`durable log ≥ 0.7× the hand-written writer (${ratio(ofBatches)})`, ofBatches >= 0.7),
    verdict(`single awaited appends ≥ 0.8× SQLite's own durable commits (${ratio(ofSingles)})`, ofSingles >= 0.8),
    verdict(
      `a commit blocks the event loop ≤ 5 ms at p99 (${quantile(gaps, 0.99).toFixed(1)} ms)`,
      quantile(gaps, 0.99) <= 5,
    ),
  ]);
}

/** How long the turns of the event loop were while events were appended, a batch after another. */
async function gapsOfCommits(waymark: Waymark): Promise<readonly number[]> {
  const parts = Array.from({ length: BATCHES * 4 }, (_, part) => nodeEvents(BATCH, 5_000_000 + part * BATCH));
  return gapsDuring(async () => {
    for (const events of parts) await waymark.log.append(events);
  });
}

function shareOf([hand, own]: readonly Measurement[]): number {
  return (hand?.nsPerOp ?? Number.NaN) / (own?.nsPerOp ?? Number.NaN);
}

function table(results: readonly Measurement[], load: string): string[][] {
  const hand = results[0]?.nsPerOp ?? Number.NaN;
  return results.map(({ name, nsPerOp }) => [
    name,
    load,
    Math.round(1e9 / nsPerOp).toLocaleString('en'),
    ratio(hand / nsPerOp),
  ]);
}

function inBatches(waymark: Waymark, hand: HandWrittenWriter, emmett: EmmettStore | undefined): readonly Contender[] {
  let made = 0;
  const batches = (): DomainEvent[][] =>
    Array.from({ length: BATCHES }, () => {
      made += BATCH;
      return [...nodeEvents(BATCH, made)];
    });
  return [
    prepared(HAND, batches, (work) => {
      for (const events of work) hand.append(events);
    }),
    prepared(OWN, batches, async (work) => {
      for (const events of work) await waymark.log.append(events);
    }),
    ...(emmett === undefined
      ? []
      : [
          prepared('Emmett, SQLite event store', batches, async (work) => {
            for (const events of work) await appendToEmmett(emmett, events);
          }),
        ]),
  ];
}

/** So many events by themselves, of writers that each wait for one before the next. */
function byWriters(waymark: Waymark, hand: HandWrittenWriter, writers: number, count: number): readonly Contender[] {
  let made = 1_000_000 * (writers + 1);
  const events = (): DomainEvent[][] => {
    made += count;
    return nodeEvents(count, made).map((event) => [event]);
  };
  return [
    prepared(HAND, events, (work) => {
      for (const single of work) hand.append(single);
    }),
    prepared(OWN, events, async (work) => {
      const running = Array.from({ length: writers }, async (_, writer) => {
        for (let index = writer; index < work.length; index += writers) await waymark.log.append(work[index] ?? []);
      });
      await Promise.all(running);
    }),
  ];
}

/** Work whose events are made outside of the time that is measured. */
function prepared(
  name: string,
  make: () => DomainEvent[][],
  write: (work: readonly (readonly DomainEvent[])[]) => void | Promise<void>,
): Contender {
  let work: DomainEvent[][] = [];
  return {
    name,
    prepare: () => {
      work = make();
    },
    run: async () => {
      await write(work);
      return work.reduce((sum, events) => sum + events.length, 0);
    },
  };
}
