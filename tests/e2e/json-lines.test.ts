import { execFile } from 'node:child_process';
import { appendFileSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { runProgram, startProgram } from '../support/run-program.js';
import { makeTemporaryFolder, type TemporaryFolder } from '../support/temporary-folder.js';

const PROGRAM = 'json-lines-process.mjs';
/** More than a process comes to write before it is killed. */
const ENDLESS = '1000000';
/** What begins a line. */
const BEGINNING = '{"sequence":';

let folder: TemporaryFolder;
let path: string;
beforeEach(() => {
  folder = makeTemporaryFolder();
  path = folder.file('events.jsonl');
});
afterEach(() => folder.remove());

describe('a process that is killed with SIGKILL while it writes JSON lines', () => {
  it('leaves lines that parse, every acknowledged event among them, and the next one glues nothing to them', async () => {
    const kills = [
      ['a', 1],
      ['b', 7],
      ['c', 23],
    ] as const;
    for (const [name, lines] of kills) {
      const acknowledged = await writeAndKill(name, lines);
      const [complete] = completeLines();
      expect(complete.filter((line) => !isTorn(line)).map(dealOf)).toStrictEqual(
        expect.arrayContaining(deals(name, acknowledged)),
      );
      // Whether a kill tears a line is chance. This one does.
      if (name === 'b') appendFileSync(path, BEGINNING);
    }
    expect(await runProgram(PROGRAM, [path, 'd', '10'])).toStrictEqual(['10', 'done']);

    const [complete, rest] = completeLines();
    expect(rest).toBe('');
    expect(complete.filter((line) => line.lastIndexOf(BEGINNING) > 0)).toStrictEqual([]);
    const torn = complete.filter(isTorn);
    expect(torn.length).toBeGreaterThan(0);
    expect(torn.length).toBeLessThanOrEqual(kills.length);
    expect(complete.slice(-10).map(dealOf)).toStrictEqual(deals('d', 10));
  }, 60_000);
});

describe('a file that may not grow', () => {
  it('fails the batches that it takes a part of, or nothing, and says why', async () => {
    const printed = await runLimited([path, 'a', '100']);
    expect(printed.at(-1)).toBe(`${path} can't be written: the disk is full.`);
    const acknowledged = Number(printed.at(-2));
    expect(acknowledged).toBeGreaterThan(0);
    expect(acknowledged).toBeLessThan(100);
    expect(completeLines()[0].slice(0, acknowledged).map(dealOf)).toStrictEqual(deals('a', acknowledged));

    expect(await runProgram(PROGRAM, [path, 'b', '10'])).toStrictEqual(['10', 'done']);
    expect(completeLines()[0].slice(-10).map(dealOf)).toStrictEqual(deals('b', 10));
  }, 60_000);
});

/** Lets a process write until it has acknowledged so many times, and kills it. How many events it acknowledged. */
async function writeAndKill(name: string, lines: number): Promise<number> {
  const program = startProgram(PROGRAM, [path, name, ENDLESS]);
  const counts: number[] = [];
  for await (const line of program.lines) {
    counts.push(Number(line));
    if (counts.length === lines) program.kill();
  }
  await program.ended;
  return counts.at(-1) ?? 0;
}

/** Runs the program under a limit on the size of files: a write that reaches it is taken in part. */
async function runLimited(args: readonly string[]): Promise<readonly string[]> {
  const program = fileURLToPath(new URL(`../support/${PROGRAM}`, import.meta.url));
  const blocks = 20;
  const command = `ulimit -f ${blocks}; exec "$0" "$@"`;
  const { stdout } = await promisify(execFile)('sh', ['-c', command, process.execPath, program, ...args]);
  return stdout.trimEnd().split('\n');
}

/** The lines that have an end, and what comes after them. */
function completeLines(): readonly [lines: readonly string[], rest: string] {
  const lines = readFileSync(path, 'utf8').split('\n');
  return [lines.slice(0, -1), lines.at(-1) ?? ''];
}

function isTorn(line: string): boolean {
  try {
    JSON.parse(line);
    return false;
  } catch {
    return true;
  }
}

function dealOf(line: string): string {
  return (JSON.parse(line) as { readonly payload: { readonly dealId: string } }).payload.dealId;
}

const deals = (name: string, count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => `${name}-${index}`);
