import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createWaymark, generateSigningKey, type Waymark } from 'waymark';
import { nodeEvents } from './support/events.js';
import { type Contender, measure, quantile } from './support/measure.js';
import { ratio, report, verdict } from './support/report.js';

/** `npm run bench -- log-scale 5000000` takes some minutes. */
const DEFAULT_SIZE = 200_000;
const BATCH = 256;
const BATCHES = 40;
const PAGES = 300;
const PROOFS = 300;
/** As {@link nodeEvents} makes them. */
const NODES = 100;

/** What does a long log cost its appends, its readers and its proofs? */
export default async function logScaleBench(size = DEFAULT_SIZE): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'waymark-bench-'));
  try {
    const key = generateSigningKey('example.com/bench');
    await using waymark = await createWaymark({ storage: `sqlite:${join(folder, 'long.db')}`, seals: { key } });
    const eventIds: string[] = [];
    for (let made = 0; made < size; made += BATCH) {
      const events = nodeEvents(Math.min(BATCH, size - made), made);
      await waymark.log.append(events);
      eventIds.push(events[0]?.id ?? '');
    }
    await waymark.log.seal();
    await measureAll(folder, waymark, size, eventIds);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function measureAll(folder: string, long: Waymark, size: number, eventIds: readonly string[]): Promise<void> {
  const pages = await times(PAGES, async (index) => {
    const executionId = `execution-${Math.floor((index * size) / PAGES / NODES)}`;
    const { entries } = await long.log.page({ executionId }, { limit: NODES });
    if (entries.length === 0) throw new Error(`${executionId} has no entries`);
  });
  const proofs = await times(PROOFS, async (index) => {
    JSON.stringify(await long.log.prove(eventIds[Math.floor((index * eventIds.length) / PROOFS)] ?? ''));
  });
  const empty: Waymark[] = [];
  const [atZero, atSize] = await measure(
    [
      // A new log each round, so that it stays one at zero.
      appending('an empty log', size, async () => {
        const waymark = await createWaymark({ storage: `sqlite:${join(folder, `empty-${empty.length}.db`)}` });
        empty.push(waymark);
        return waymark;
      }),
      appending(`a log of ${size.toLocaleString('en')}`, size + 10_000_000, () => Promise.resolve(long)),
    ],
    { rounds: 9, warmUp: 2 },
  );
  for (const waymark of empty) await waymark.close();
  const share = (atZero?.nsPerOp ?? Number.NaN) / (atSize?.nsPerOp ?? Number.NaN);
  const rate = (nsPerOp = Number.NaN): string => `${Math.round(1e9 / nsPerOp).toLocaleString('en')} entries/s`;
  const row = (what: string, found: readonly number[]): string[] => [
    what,
    `${quantile(found, 0.5).toFixed(2)} ms`,
    `${quantile(found, 0.99).toFixed(2)} ms`,
  ];
  report(
    `What does a log of ${size.toLocaleString('en')} entries cost?`,
    ['what', 'median', 'p99'],
    [
      ['append to an empty log', rate(atZero?.nsPerOp), ''],
      ['append to this log', rate(atSize?.nsPerOp), ''],
      row(`a page of an execution, ${NODES} entries`, pages),
      row('prove an entry', proofs),
    ],
    [
      `SQLite, WAL, synchronous=FULL. Appends: ${BATCH} events a transaction, median of 9 rounds of ${BATCH * BATCHES} events, an empty log and this one in turns.`,
      `Pages and proofs: ${PAGES} of entries from all over the log, the first calls included.`,
      verdict(`appends ≥ 0.8× those to an empty log (${ratio(share)})`, share >= 0.8),
      verdict(`a page of one execution ≤ 5 ms (${quantile(pages, 0.5).toFixed(2)} ms)`, quantile(pages, 0.5) <= 5),
      verdict(`a proof ≤ 1 ms (${quantile(proofs, 0.5).toFixed(2)} ms)`, quantile(proofs, 0.5) <= 1),
    ],
  );
}

/** Appends events that are made, and to a log that is opened, outside of the time that is measured. */
function appending(name: string, from: number, open: () => Promise<Waymark>): Contender {
  let made = from;
  let waymark: Waymark | undefined;
  let work: ReturnType<typeof nodeEvents>[] = [];
  return {
    name,
    prepare: async () => {
      waymark = await open();
      work = Array.from({ length: BATCHES }, () => nodeEvents(BATCH, (made += BATCH)));
    },
    run: async () => {
      for (const events of work) await waymark?.log.append(events);
      return BATCH * BATCHES;
    },
  };
}

/** How long work took, each time, in milliseconds. */
async function times(count: number, work: (index: number) => Promise<void>): Promise<readonly number[]> {
  const found: number[] = [];
  for (let index = 0; index < count; index += 1) {
    const begin = performance.now();
    await work(index);
    found.push(performance.now() - begin);
  }
  return found;
}
