import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MemorySaver } from '@langchain/langgraph-checkpoint';
import pg from 'pg';
import { measure, median } from './support/measure.js';
import {
  officialMemory,
  officialPostgres,
  officialSqlite,
  type SubjectSaver,
  waymarkSaver,
} from './support/official-savers.js';
import { ratio, report, verdict } from './support/report.js';
import { schemaBytes, sqliteBytes, type StoredBytes } from './support/stored-bytes.js';
import { message, MESSAGE_BYTES, ThreadLoad } from './support/thread-load.js';

const URL_OF_SERVER = process.env['WAYMARK_TEST_POSTGRES'] ?? 'postgres://postgres@127.0.0.1:5432/postgres';
const SCHEMAS = { official: 'waymark_bench_official', own: 'waymark_bench_threads' } as const;
const STEPS = 1_000;
const LAST = 50;

const OFFICIAL_SQLITE = 'official SqliteSaver';
const OWN_SQLITE = 'WaymarkSaver, SQLite';

/** What a saver took for a thread that grows. */
interface Growth {
  readonly name: string;
  readonly bytes: StoredBytes | undefined;
  /** Median over the last steps, in milliseconds. */
  readonly putMs: number;
  readonly listMs: number;
  readonly latestMs: number;
}

/** What does a LangGraph thread cost that grows by 1 KB a step, beside the official savers? */
export default async function checkpointBench(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'waymark-bench-'));
  await dropSchemas();
  try {
    await reportGrowth(folder);
  } finally {
    await dropSchemas();
    await rm(folder, { recursive: true, force: true });
  }
}

async function reportGrowth(folder: string): Promise<void> {
  const ownPath = join(folder, 'threads.db');
  const savers = [
    officialMemory(),
    await waymarkSaver('WaymarkSaver, memory', 'memory:', () => Promise.resolve(undefined)),
    officialSqlite(folder),
    await waymarkSaver(OWN_SQLITE, `sqlite:${ownPath}`, () => Promise.resolve(sqliteBytes(ownPath))),
    await officialPostgres(URL_OF_SERVER, SCHEMAS.official),
    await waymarkSaver('WaymarkSaver, PostgreSQL', withSchema(URL_OF_SERVER, SCHEMAS.own), () =>
      schemaBytes(URL_OF_SERVER, SCHEMAS.own),
    ),
  ];
  const results: Growth[] = [];
  for (const subject of savers) {
    results.push(await growth(subject));
    await subject.close();
  }
  const data = STEPS * MESSAGE_BYTES;
  const parse = await parsing();
  const of = (name: string): Growth => results.find((result) => result.name === name) as Growth;
  const [theirs, own] = [of(OFFICIAL_SQLITE), of(OWN_SQLITE)];
  const checkpoints = ((own.bytes?.all ?? Number.NaN) - (own.bytes?.log ?? Number.NaN)) / data;
  const all = (own.bytes?.all ?? Number.NaN) / data;
  report(
    `What does a thread of ${STEPS} steps cost that grows by 1 KB a step?`,
    ['saver', 'stored', 'to the data', 'of it the log', `put at step ${STEPS}`, 'list(10)', 'latest'],
    results.map(({ name, bytes, putMs, listMs, latestMs }) => [
      name,
      bytes === undefined ? '' : `${(bytes.all / 1e6).toFixed(2)} MB`,
      bytes === undefined ? '' : ratio(bytes.all / data),
      bytes === undefined ? '' : ratio(bytes.log / data),
      ms(putMs),
      ms(listMs),
      ms(latestMs),
    ]),
    [
      `Each step puts the writes of a node and then a checkpoint; what is stored is what that adds to all tables and indexes. With`,
      `Waymark the log is among them: a checkpoint.created for each put. put: median of the last ${LAST}; list(10) and latest: median of`,
      '9, where the process has read the thread once before; a list makes the value of a channel when that is looked at. The official SqliteSaver runs as it comes: WAL with synchronous=NORMAL, so that a',
      'commit does not wait for the disk; WaymarkSaver runs with synchronous=FULL, and does.',
      `The cost of parsing the latest state: ${ms(parse.serdeMs)} with the serializer of LangGraph, ${ms(parse.jsonMs)} with JSON.parse alone.`,
      '',
      verdict(`stored bytes ≤ 3× the data (${ratio(checkpoints)} without the log)`, checkpoints <= 3),
      verdict(`stored bytes ≤ 3× the data, with the log of every put counted as well (${ratio(all)})`, all <= 3),
      verdict(
        `put at step ${STEPS} ≤ 0.5× the official SQLite saver's (${ratio(own.putMs / theirs.putMs)})`,
        own.putMs <= 0.5 * theirs.putMs,
      ),
      verdict(`list(10) ≤ 5 ms (${ms(own.listMs)})`, own.listMs <= 5),
      verdict(
        `latest ≤ 2× the cost of parsing the state (${ratio(own.latestMs / parse.serdeMs)}; ${ratio(own.latestMs / parse.jsonMs)} to JSON.parse)`,
        own.latestMs <= 2 * parse.serdeMs,
      ),
    ],
  );
}

async function growth(subject: SubjectSaver): Promise<Growth> {
  const empty = await subject.bytes();
  const load = new ThreadLoad(subject.saver, 'thread');
  const puts: number[] = [];
  for (let step = 0; step < STEPS; step += 1) puts.push(await load.step());
  const listed = await medianMs(async () => {
    for await (const tuple of subject.saver.list({ configurable: { thread_id: 'thread' } }, { limit: 10 })) void tuple;
  });
  const latest = await medianMs(async () => {
    await subject.saver.getTuple({ configurable: { thread_id: 'thread' } });
  });
  return {
    name: subject.name,
    bytes: difference(await subject.bytes(), empty),
    putMs: median(puts.slice(-LAST)),
    listMs: listed,
    latestMs: latest,
  };
}

/** What parsing the state of the last step costs, in milliseconds. */
async function parsing(): Promise<{ readonly serdeMs: number; readonly jsonMs: number }> {
  const { serde } = new MemorySaver();
  const state = { messages: Array.from({ length: STEPS }, (_, step) => message(step)), step: STEPS };
  const [, bytes] = await serde.dumpsTyped(state);
  const text = JSON.stringify(state);
  const [typed, plain] = await measure(
    [
      { name: 'serde', run: () => serde.loadsTyped('json', bytes).then(() => 1) },
      { name: 'JSON', run: () => (JSON.parse(text) === null ? 0 : 1) },
    ],
    { rounds: 9 },
  );
  return { serdeMs: (typed?.nsPerOp ?? Number.NaN) / 1e6, jsonMs: (plain?.nsPerOp ?? Number.NaN) / 1e6 };
}

function difference(after: StoredBytes | undefined, before: StoredBytes | undefined): StoredBytes | undefined {
  if (after === undefined || before === undefined) return undefined;
  return { all: after.all - before.all, log: after.log - before.log };
}

async function medianMs(work: () => Promise<void>): Promise<number> {
  const [result] = await measure([{ name: '', run: () => work().then(() => 1) }], { rounds: 9, warmUp: 1 });
  return (result?.nsPerOp ?? Number.NaN) / 1e6;
}

function ms(value: number): string {
  return `${value.toFixed(2)} ms`;
}

function withSchema(url: string, schema: string): string {
  const parsed = new URL(url);
  parsed.searchParams.set('schema', schema);
  return parsed.href;
}

async function dropSchemas(): Promise<void> {
  const client = new pg.Client({ connectionString: URL_OF_SERVER });
  await client.connect();
  try {
    for (const schema of Object.values(SCHEMAS)) await client.query(`DROP SCHEMA IF EXISTS ${schema} CASCADE`);
  } finally {
    await client.end();
  }
}
