import { execFile } from 'node:child_process';
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { makeFiles, changeSome } from './support/many-files.js';
import { median } from './support/measure.js';
import { ratio, report, verdict } from './support/report.js';
// The types alone: what is measured is what was built.
import type * as Sources from '../src/infrastructure/file/local-file-storage.js';

const run = promisify(execFile);

const FILES = 10_000;
const BYTES = 200_000_000;
const CHANGED = 10;
const LARGE_BYTES = 2_000_000_000;
const ROUNDS = 7;
const FIRST_ROUNDS = 3;

/** One question: what we do, what git does, and how much longer we may take. */
interface Race {
  readonly what: string;
  readonly bar: number;
  readonly rounds: number;
  /** Makes ready what the next round needs, outside of the time that is measured. */
  prepare(round: number): Promise<void>;
  ours(round: number): Promise<unknown>;
  gits(round: number): Promise<unknown>;
}

/** What do a snapshot and a restore of 10,000 files cost beside git, and how much memory does a file of 2 GB take? */
export default async function workspaceBench(size = FILES, isQuick = false): Promise<void> {
  // What was built: sources that are run as they are have no thread.
  const { LocalFileStorage } = (await import(
    new URL('../dist/infrastructure/file/local-file-storage.js', import.meta.url).href
  )) as typeof Sources;
  const home = mkdtempSync(join(tmpdir(), 'waymark-bench-'));
  const at = (name: string): string => join(home, name);
  const rounds = isQuick ? 3 : ROUNDS;
  try {
    const largest = await memoryOfLarge(new LocalFileStorage({ folder: at('large.files') }), home, isQuick);

    for (const folder of ['ours', 'gits']) makeFiles(at(folder), size, BYTES / FILES);
    const git = (...args: readonly string[]): Promise<unknown> => run('git', args, { cwd: at('gits'), env: GIT_ENV });
    await run('sync');
    let storage = new LocalFileStorage({ folder: at('files-0') });
    const index = at('ours.index');
    let tree = '';

    const races: readonly Race[] = [
      {
        what: `first snapshot of ${size} files, ${((BYTES / FILES) * size) / 1e6} MB`,
        bar: 2,
        rounds: isQuick ? 1 : FIRST_ROUNDS,
        async prepare(round) {
          await storage.close();
          rmSync(at('files-0'), { recursive: true, force: true });
          rmSync(at('gits/.git'), { recursive: true, force: true });
          rmSync(index, { force: true });
          await git('init', '-q');
          await run('sync');
          storage = new LocalFileStorage({ folder: at('files-0') });
          // The thread is there, as it is in a process that does this more than once.
          await storage.compare(await emptyFolder(at(`empty-${round}`)), undefined);
        },
        ours: async () => (tree = (await storage.snapshot(at('ours'), { index })).treeHash),
        gits: () => git('add', '-A'),
      },
      {
        what: `snapshot after ${CHANGED} changed`,
        bar: 1.5,
        rounds,
        async prepare(round) {
          for (const folder of ['ours', 'gits']) changeSome(at(folder), CHANGED, round);
          await run('sync');
        },
        ours: async () => (tree = (await storage.snapshot(at('ours'), { index, base: tree })).treeHash),
        gits: async () => {
          await git('status', '--short');
          await git('add', '-A');
        },
      },
      {
        what: `restore of ${CHANGED} changed`,
        bar: 1.5,
        rounds,
        async prepare(round) {
          for (const folder of ['ours', 'gits']) changeSome(at(folder), CHANGED, 1_000 + round);
          await run('sync');
        },
        ours: () => storage.checkout(at('ours'), tree, { index, removeOthers: true }),
        gits: () => git('checkout', '--', '.'),
      },
    ];

    const rows: string[][] = [];
    const verdicts: string[] = [];
    for (const race of races) {
      const { ours, gits } = await compete(race);
      rows.push([race.what, ms(ours), ms(gits), ratio(ours / gits), `≤ ${ratio(race.bar)}`]);
      verdicts.push(verdict(`${race.what}: ≤ ${ratio(race.bar)} of git`, ours / gits <= race.bar));
    }
    await storage.close();
    const { stdout } = await run('git', ['--version']);
    report('What does it cost to keep a folder, and to go back?', ['work', 'waymark', 'git', 'ratio', 'bar'], rows, [
      `Medians, in turns, against ${String(stdout).trim()} with its default configuration: it keeps with zlib at level 1, and does`,
      'not wait for the disk (core.fsync leaves loose objects out). Waymark does, for each content and each name. Each has a',
      `folder of its own. ${rounds} rounds, ${isQuick ? 1 : FIRST_ROUNDS} of the first snapshot. Git's time has the start of its processes in it, ours a message to the thread.`,
      ...verdicts,
      `A file of ${largest.bytes / 1e9} GB: ${mb(largest.snapshot)} more memory while it is kept, ${mb(largest.checkout)} while it is put back.`,
      verdict('≤ 100 MB', Math.max(largest.snapshot, largest.checkout) <= 100e6),
    ]);
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

/** No configuration but the defaults. */
const GIT_ENV = { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' };

async function compete(race: Race): Promise<{ readonly ours: number; readonly gits: number }> {
  const samples = { ours: [] as number[], gits: [] as number[] };
  const warmUp = race.rounds > FIRST_ROUNDS || race.rounds === ROUNDS ? 2 : 0;
  for (let round = 0; round < warmUp + race.rounds; round += 1) {
    await race.prepare(round);
    // Who is first changes: the second one finds the disk as the first one has left it.
    const order = round % 2 === 0 ? (['ours', 'gits'] as const) : (['gits', 'ours'] as const);
    for (const who of order) {
      const begin = performance.now();
      await race[who](round);
      const elapsed = performance.now() - begin;
      if (round >= warmUp) samples[who].push(elapsed);
    }
  }
  return { ours: median(samples.ours), gits: median(samples.gits) };
}

/** By how much the process grows at most. */
async function memoryOfLarge(
  storage: Sources.LocalFileStorage,
  home: string,
  isQuick: boolean,
): Promise<{ readonly bytes: number; readonly snapshot: number; readonly checkout: number }> {
  const [folder, copy] = [join(home, 'large'), join(home, 'large-copy')];
  const bytes = isQuick ? LARGE_BYTES / 4 : LARGE_BYTES;
  for (const path of [folder, copy]) mkdirSync(path);
  const file = join(folder, 'large.bin');
  // Half of it can be compressed.
  const piece = Buffer.alloc(10_000_000);
  for (let at = 0; at < piece.length; at += 4) {
    piece.writeUInt32LE(at % 8_000 < 4_000 ? at % 97 : (at * 2_654_435_761) % 4_294_967_291, at);
  }
  writeFileSync(file, '');
  while (statSync(file).size < bytes) appendFileSync(file, piece);
  let tree = '';
  await storage.compare(copy, undefined);
  const snapshot = await growthOf(async () => (tree = (await storage.snapshot(folder)).treeHash));
  const checkout = await growthOf(() => storage.checkout(copy, tree, { removeOthers: true }));
  await storage.close();
  for (const path of [folder, copy, join(home, 'large.files')]) rmSync(path, { recursive: true, force: true });
  return { bytes, snapshot, checkout };
}

async function growthOf(work: () => Promise<unknown>): Promise<number> {
  const before = process.memoryUsage.rss();
  let most = before;
  const timer = setInterval(() => (most = Math.max(most, process.memoryUsage.rss())), 10);
  try {
    await work();
  } finally {
    clearInterval(timer);
  }
  return Math.max(most, process.memoryUsage.rss()) - before;
}

function emptyFolder(path: string): Promise<string> {
  mkdirSync(path, { recursive: true });
  return Promise.resolve(path);
}

function ms(value: number): string {
  return `${value.toFixed(0)} ms`;
}

function mb(bytes: number): string {
  return `${(bytes / 1e6).toFixed(0)} MB`;
}
