import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createWaymark, generateSigningKey, type VerifyMode, verifyBundle, type Waymark } from 'waymark';
import { nodeEvents } from './support/events.js';
import { median, quantile } from './support/measure.js';
import { report, verdict } from './support/report.js';

/** `BENCH_ENTRIES=1000000 npm run bench -- verify` takes a minute to write the log. */
const ENTRIES = Number(process.env['BENCH_ENTRIES'] ?? 200_000);
const BATCH = 2_000;
const ROUNDS = 5;
const PROOFS = 200;

/** How fast is a log verified, and an entry proved? */
export default async function verifyBench(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'waymark-bench-'));
  try {
    const key = generateSigningKey('example.com/bench');
    await using waymark = await createWaymark({ storage: `sqlite:${join(folder, 'waymark.db')}`, seals: { key } });
    const eventIds = await write(waymark);
    await waymark.log.seal();
    await measureAll(waymark, eventIds);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function write(waymark: Waymark): Promise<readonly string[]> {
  const eventIds: string[] = [];
  for (let from = 0; from < ENTRIES; from += BATCH) {
    const events = nodeEvents(BATCH, from);
    await waymark.log.append(events);
    eventIds.push(events[7]?.id ?? '');
  }
  return eventIds;
}

async function measureAll(waymark: Waymark, eventIds: readonly string[]): Promise<void> {
  const full = await timed(waymark, 'full');
  const sample = await timed(waymark, { sample: 1_000, seed: 1 });
  const since = await timed(waymark, { since: 'latest' });
  const sealing: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    await waymark.log.append(nodeEvents(1, 10_000_000 + round));
    sealing.push(await elapsed(() => waymark.log.seal()));
  }
  const proofs: number[] = [];
  const checks: number[] = [];
  for (let index = 0; index < PROOFS; index += 1) {
    let json = '';
    const eventId = eventIds[Math.floor((index * eventIds.length) / PROOFS)] ?? '';
    proofs.push(
      await elapsed(async () => {
        json = JSON.stringify(await waymark.log.prove(eventId));
      }),
    );
    const begin = performance.now();
    if (verifyBundle(json, waymark.log.trustedKeys).verdict !== 'ok') throw new Error('A proof does not hold.');
    checks.push(performance.now() - begin);
  }
  const perSecond = ENTRIES / (full.ms / 1_000);
  const rows = [
    ['verify, every entry', `${Math.round(full.ms)} ms`, `${Math.round(perSecond).toLocaleString('en')} entries/s`],
    ['verify, 1,000 entries with proofs', `${sample.ms.toFixed(1)} ms`, ''],
    ['verify, since the newest seal', `${since.ms.toFixed(1)} ms`, ''],
    ['seal', `${median(sealing).toFixed(2)} ms`, ''],
    ['prove an entry', `${median(proofs).toFixed(2)} ms`, `p99 ${quantile(proofs, 0.99).toFixed(2)} ms`],
    ['check a proof', `${median(checks).toFixed(2)} ms`, `p99 ${quantile(checks, 0.99).toFixed(2)} ms`],
  ];
  report('How fast is a log verified, and an entry proved?', ['what', 'median', ''], rows, [
    `SQLite, one file with ${ENTRIES.toLocaleString('en')} entries, sealed. Verifying reads every row, parses and hashes its text, compares its`,
    'columns, rebuilds the Merkle tree, and compares head, tiles and seals. A long log is checked on other threads as well, where',
    'there is more than one processor.',
    `It took ${full.cpuMicros.toFixed(1)} µs of processor time for an entry, on all threads, which says more than the clock beside other work.`,
    `While it did so the event loop had its turn at least every ${full.longestTurn.toFixed(1)} ms (p99 ${full.p99Turn.toFixed(1)} ms).`,
    verdict(`≥ 250,000 entries/s verified (${Math.round(perSecond).toLocaleString('en')})`, perSecond >= 250_000),
  ]);
}

interface Timing {
  readonly ms: number;
  /** Of the processor for each entry of the log, in microseconds. */
  readonly cpuMicros: number;
  readonly longestTurn: number;
  readonly p99Turn: number;
}

/** Verifies some times, and looks how long the event loop had to wait. */
async function timed(waymark: Waymark, mode: VerifyMode): Promise<Timing> {
  const times: number[] = [];
  const turns: number[] = [];
  const before = process.cpuUsage();
  for (let round = 0; round < ROUNDS; round += 1) {
    let isDone = false;
    let last = performance.now();
    const look = (): void => {
      const now = performance.now();
      turns.push(now - last);
      last = now;
      if (!isDone) setImmediate(look);
    };
    setImmediate(look);
    times.push(
      await elapsed(async () => {
        const found = await waymark.log.verify({ mode });
        if (found.verdict !== 'ok') throw new Error(`The log is ${found.verdict}: ${found.detail}`);
      }),
    );
    isDone = true;
  }
  const { user, system } = process.cpuUsage(before);
  const cpuMicros = (user + system) / (ROUNDS * ENTRIES);
  return { ms: median(times), cpuMicros, longestTurn: quantile(turns, 1), p99Turn: quantile(turns, 0.99) };
}

async function elapsed(work: () => Promise<unknown>): Promise<number> {
  const begin = performance.now();
  await work();
  return performance.now() - begin;
}
