import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { getPostgreSQLEventStore } from '@event-driven-io/emmett-postgresql';
import pg from 'pg';
import { createWaymark, type DomainEvent } from 'waymark';
import { appendToEmmett } from './support/emmett.js';
import { nodeEvents } from './support/events.js';
import { HandWrittenPostgresWriter } from './support/hand-written-postgres.js';
import { type Contender, measure } from './support/measure.js';
import { ratio, report, verdict } from './support/report.js';

const URL_OF_SERVER = process.env['WAYMARK_TEST_POSTGRES'] ?? 'postgres://postgres@127.0.0.1:5432/postgres';
const BATCH = 256;
const BATCHES = 20;
const PROCESSES = 4;
const WRITERS = 6;
const APPENDS = 40;
const PER_APPEND = 100;
const LEAST_PER_SECOND = 20_000;

/** How fast is the log on PostgreSQL, beside `pg` itself and beside an event store? */
export default async function logPostgresBench(): Promise<void> {
  const admin = new pg.Client({ connectionString: URL_OF_SERVER, connectionTimeoutMillis: 2_000 });
  try {
    await admin.connect();
  } catch (error) {
    console.log(`Left out: PostgreSQL can't be reached (WAYMARK_TEST_POSTGRES): ${String(error)}`);
    return;
  }
  const schemas = ['own', 'hand', 'emmett', 'shared'].map(
    (name) => `waymark_bench_${name}_${randomUUID().slice(0, 8)}`,
  );
  try {
    await compare(admin, schemas);
  } finally {
    for (const schema of schemas) await admin.query(`DROP SCHEMA IF EXISTS "${schema}" CASCADE`);
    await admin.end();
  }
}

async function compare(admin: pg.Client, [own, hand, emmett, shared]: readonly string[]): Promise<void> {
  await admin.query(`CREATE SCHEMA "${emmett}"`);
  // The same schema, indexes included.
  await (await createWaymark({ storage: storageIn(hand) })).close();
  await using waymark = await createWaymark({ storage: storageIn(own) });
  const writer = await HandWrittenPostgresWriter.connect(URL_OF_SERVER, String(hand));
  const store = getPostgreSQLEventStore(withOption(URL_OF_SERVER, 'options', `-csearch_path=${emmett}`));
  const results = await measure(
    [
      contender('pg, hand-written', (events) => writer.append(events)),
      contender('Emmett, PostgreSQL event store', (events) => appendToEmmett(store, events)),
      contender('Waymark log.append', async (events) => void (await waymark.log.append(events))),
    ],
    { rounds: 9, warmUp: 2 },
  );
  await writer.end();
  await store.close();
  const first = results[0]?.nsPerOp ?? Number.NaN;
  const share = first / (results[2]?.nsPerOp ?? Number.NaN);
  const together = await manyProcesses(storageIn(shared));
  report(
    'How fast is the log on PostgreSQL?',
    ['writer', 'load', 'entries/s', 'to hand-written'],
    [
      ...results.map(({ name, nsPerOp }) => [
        name,
        `${BATCH} events at a time`,
        perSecond(1e9 / nsPerOp),
        ratio(first / nsPerOp),
      ]),
      ['Waymark log.append', `${PROCESSES} processes × ${WRITERS} writers`, perSecond(together.rate), ''],
    ],
    [
      `One server, a schema each, median of 9 rounds of ${BATCH * BATCHES} events, in turns. pg inserts the same rows into the same table, ${BATCH} rows a`,
      'statement and a transaction. Emmett keeps the same events in tables of its own, and appends to a stream at a time: those of',
      `${BATCH} events are on three or four. Beside them ${PROCESSES} processes of ${WRITERS} writers append to one log, ${PER_APPEND} events at a time.`,
      `Theirs verifies: ${together.verdict}, ${together.size} of ${together.expected} entries.`,
      verdict(`≥ 0.7× a raw multi-row pg writer (${ratio(share)})`, share >= 0.7),
      verdict(
        `${PROCESSES} processes × ${WRITERS} writers: nothing lost, no gap`,
        together.verdict === 'ok' && together.size === together.expected,
      ),
      verdict(
        `${PROCESSES} processes × ${WRITERS} writers ≥ ${LEAST_PER_SECOND.toLocaleString('en')} entries/s (${perSecond(together.rate)})`,
        together.rate >= LEAST_PER_SECOND,
      ),
    ],
  );
}

function contender(name: string, append: (events: readonly DomainEvent[]) => Promise<void>): Contender {
  let made = 0;
  let work: (readonly DomainEvent[])[] = [];
  return {
    name,
    prepare: () => {
      work = Array.from({ length: BATCHES }, () => nodeEvents(BATCH, (made += BATCH)));
    },
    run: async () => {
      for (const events of work) await append(events);
      return BATCH * BATCHES;
    },
  };
}

/** How many entries a second several processes append to one log, and what is there afterwards. */
async function manyProcesses(storage: string) {
  await using waymark = await createWaymark({ storage });
  const program = fileURLToPath(new URL('support/postgres-writers.mjs', import.meta.url));
  const children = Array.from({ length: PROCESSES }, (_, number) =>
    spawn(process.execPath, [program, storage, ...[WRITERS, APPENDS, PER_APPEND, number].map(String)], {
      stdio: ['pipe', 'pipe', 'inherit'],
    }),
  );
  await Promise.all(children.map((child) => said(child, 'ready')));
  const ends = children.map((child) => said(child, 'done'));
  const begin = performance.now();
  for (const child of children) child.stdin.write('go\n');
  await Promise.all(ends);
  const seconds = (performance.now() - begin) / 1_000;
  await Promise.all(children.map(async (child) => child.exitCode ?? (await once(child, 'exit'))));
  const expected = PROCESSES * WRITERS * APPENDS * PER_APPEND;
  const { verdict: found, size } = await waymark.log.verify();
  return { rate: expected / seconds, verdict: found, size, expected };
}

/** Resolves when a process says a word. */
function said(child: ChildProcess, word: string): Promise<void> {
  return new Promise((resolve, reject) => {
    child.stdout?.on('data', (chunk: Buffer) => {
      if (chunk.toString().includes(word)) resolve();
    });
    child.once('exit', (code) => reject(new Error(`A process ended with ${code} before it was ${word}.`)));
  });
}

function storageIn(schema: string | undefined): string {
  return withOption(URL_OF_SERVER, 'schema', String(schema));
}

function withOption(url: string, name: string, value: string): string {
  const changed = new URL(url);
  changed.searchParams.set(name, value);
  return changed.href;
}

function perSecond(rate: number): string {
  return Math.round(rate).toLocaleString('en');
}
