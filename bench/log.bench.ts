import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createWaymark, type DomainEvent, type Waymark } from 'waymark';
import { nodeEvents } from './support/events.js';
import { HandWrittenWriter } from './support/hand-written-writer.js';
import { type Contender, measure, type Measurement } from './support/measure.js';
import { ratio, report, verdict } from './support/report.js';

const BATCH = 256;
const BATCHES = 40;
const WRITERS = 64;

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

  const batches = await measure(inBatches(waymark, hand), { rounds: 7, warmUp: 2 });
  const singles = await measure(oneByOne(waymark, hand), { rounds: 7, warmUp: 1 });
  const rows = [
    ...table(batches, `${BATCH} events a transaction`),
    ...table(singles, `${WRITERS} writers, one event each`),
  ];
  const [handBatch, ownBatch] = batches;
  const share = (handBatch?.nsPerOp ?? 0) / (ownBatch?.nsPerOp ?? 1);
  const verification = await waymark.log.verify();
  report('How fast is the durable log?', ['writer', 'load', 'entries/s', 'to hand-written'], rows, [
    'SQLite, WAL, synchronous=FULL, one file each, median of 7 rounds in one process. Both write the same columns, the same JSON text and its',
    'SHA-256 leaf. Waymark also extends the Merkle tree, keeps the head, refuses an id it has, and gives back the entries. In the second load',
    'the hand-written writer commits each event by itself, because it has no group commit.',
    `Afterwards Waymark's log verifies: ${verification.verdict}, ${verification.size} entries.`,
    verdict(`durable log ≥ 0.5× the hand-written writer (${ratio(share)})`, share >= 0.5),
  ]);
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

function inBatches(waymark: Waymark, hand: HandWrittenWriter): readonly Contender[] {
  let made = 0;
  const batches = (): DomainEvent[][] =>
    Array.from({ length: BATCHES }, () => {
      made += BATCH;
      return [...nodeEvents(BATCH, made)];
    });
  return [
    prepared('better-sqlite3, hand-written', batches, (work) => {
      for (const events of work) hand.append(events);
    }),
    prepared('Waymark log.append', batches, async (work) => {
      for (const events of work) await waymark.log.append(events);
    }),
  ];
}

function oneByOne(waymark: Waymark, hand: HandWrittenWriter): readonly Contender[] {
  let made = 1_000_000;
  const events = (): DomainEvent[][] => {
    made += WRITERS * 10;
    return nodeEvents(WRITERS * 10, made).map((event) => [event]);
  };
  return [
    prepared('better-sqlite3, hand-written', events, (work) => {
      for (const single of work) hand.append(single);
    }),
    prepared('Waymark log.append', events, async (work) => {
      const writers = Array.from({ length: WRITERS }, async (_, writer) => {
        for (let index = writer; index < work.length; index += WRITERS) await waymark.log.append(work[index] ?? []);
      });
      await Promise.all(writers);
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
