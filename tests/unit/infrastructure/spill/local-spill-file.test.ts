import {
  appendFileSync,
  chmodSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import type { SpillFile } from '../../../../src/application/audit/spill-file.port.js';
import { LocalSpillFile } from '../../../../src/infrastructure/spill/local-spill-file.js';
import { systemClock } from '../../../../src/infrastructure/runtime/system-clock.js';
import { caught } from '../../../support/caught.js';
import { Processes } from '../../../support/processes.js';
import { makeTemporaryFolder, type TemporaryFolder } from '../../../support/temporary-folder.js';

let folder: TemporaryFolder;
let processes: Processes;
const opened: SpillFile[] = [];

beforeEach(() => {
  folder = makeTemporaryFolder();
  processes = new Processes();
});
afterEach(() => {
  for (const spill of opened.splice(0)) spill.close();
  folder.remove();
});

function open(self: string, maxBytes = 1_000_000, masterId?: string): LocalSpillFile {
  const identity = processes.identity(self);
  const key = masterId === undefined ? {} : { masterId };
  const prefix = folder.file('deep/log.spill');
  const spill = new LocalSpillFile({ prefix, maxBytes, identity, clock: systemClock, ...key });
  opened.push(spill);
  return spill;
}

/** A process that leaves lines behind. */
function die(self: string, ...lines: readonly string[]): void {
  open(self).append(lines);
  processes.kill(self);
}

const files = (): readonly string[] => readdirSync(folder.file('deep'));
const only = (): string => folder.file(`deep/${files()[0]}`);
const long = (count: number): readonly string[] => Array.from({ length: count }, (_, index) => `{"n":${index}}`);

async function drain(spill: SpillFile, max = 1_000): Promise<readonly (string | undefined)[]> {
  const all: (string | undefined)[] = [];
  while (spill.count > 0) {
    const lines = await spill.peek(max);
    all.push(...lines);
    spill.remove(lines.length);
  }
  return all;
}

describe('a spill file of a process with a master key', () => {
  it('is taken over by one with the same key alone, which takes over the others too', async () => {
    open('host/1', undefined, 'key1').append(['{"n":1}']);
    open('host/2').append(['{"n":2}']);
    for (const self of ['host/1', 'host/2']) processes.kill(self);
    expect(await open('host/3', undefined, 'key2').adopt()).toBe(1);
    processes.kill('host/3');
    expect(await open('host/4').adopt()).toBe(1);
    processes.kill('host/4');
    const last = open('host/5', undefined, 'key1');
    expect(await last.adopt()).toBe(2);
    expect(new Set(await drain(last))).toStrictEqual(new Set(['{"n":1}', '{"n":2}']));
    expect(files()).toStrictEqual([]);
  });
});

describe('a spill file', () => {
  it('gives lines back in order, and is removed when it is empty', async () => {
    const spill = open('host/1');
    expect(spill.append(['a', 'b'])).toBe(2);
    expect(spill.append(['c', 'ä 東京 "\\n"'])).toBe(2);
    expect(spill.count).toBe(4);
    expect(await drain(spill)).toStrictEqual(['a', 'b', 'c', 'ä 東京 "\\n"']);
    expect(files()).toStrictEqual([]);
    spill.append(['d']);
    expect(await drain(spill)).toStrictEqual(['d']);
  });

  it('keeps what was peeked until it is removed, and reads a part at a time', async () => {
    const spill = open('host/1', 10_000_000);
    const lines = long(50_000);
    spill.append(lines);
    expect(await spill.peek(2)).toStrictEqual(lines.slice(0, 2));
    spill.remove(1);
    expect(await spill.peek(2)).toStrictEqual(lines.slice(1, 3));
    expect(await drain(spill, 777)).toStrictEqual(lines.slice(1));
  });

  it('takes lines that are longer than what is read at once', async () => {
    const spill = open('host/1', 100_000_000);
    const large = 'x'.repeat(3_000_000);
    spill.append(['a', large, 'b']);
    expect(await drain(spill)).toStrictEqual(['a', large, 'b']);
  });

  it('takes as many as fit, and more than that only where it is to tell how many do not', async () => {
    const spill = open('host/1', 40);
    expect(spill.append(['12345', '12345', '12345', '12345'])).toBe(2);
    expect(spill.append(['12345'])).toBe(0);
    expect(spill.append(['12345'], true)).toBe(1);
    expect(await drain(spill)).toStrictEqual(['12345', '12345', '12345']);
    // What was removed is room again.
    expect(spill.append(['12345'])).toBe(1);
  });

  it('can be read by its owner only', () => {
    open('host/1').append(['a']);
    expect(statSync(only()).mode & 0o077).toBe(0);
    expect(statSync(folder.file('deep')).mode & 0o077).toBe(0);
  });

  it('that was moved away is begun anew, and what was in it is still read', async () => {
    const spill = open('host/1');
    spill.append(['a']);
    unlinkSync(only());
    spill.append(['b']);
    expect(await drain(spill)).toStrictEqual(['a', 'b']);
  });

  it('says so where it can not be made', () => {
    writeFileSync(folder.file('deep'), 'a file, not a folder');
    expect(() => open('host/1').append(['a'])).toThrow(/EEXIST|ENOTDIR/);
  });
});

describe('what a process left behind', () => {
  it('is taken over by one that comes after it, as older than its own', async () => {
    die('host/1', 'a', 'b');
    const spill = open('host/2');
    spill.append(['c']);
    expect(await spill.adopt()).toBe(2);
    expect(await drain(spill)).toStrictEqual(['a', 'b', 'c']);
    expect(files()).toStrictEqual([]);
  });

  it('is left alone for as long as that process is there', async () => {
    open('host/1').append(['a']);
    expect(await open('host/2').adopt()).toBe(0);
    expect(files()).toHaveLength(1);
  });

  it('is taken over by one of several', async () => {
    for (let dead = 0; dead < 20; dead += 1) die(`host/dead-${dead}`, `${dead}`);
    const living = Array.from({ length: 5 }, (_, index) => open(`host/${index}`));
    const adopted = await Promise.all(living.map((spill) => spill.adopt()));
    expect(adopted.reduce((sum, count) => sum + count, 0)).toBe(20);
    const lines = (await Promise.all(living.map((spill) => drain(spill)))).flat();
    expect(lines.map(Number).toSorted((a, b) => a - b)).toStrictEqual(Array.from({ length: 20 }, (_, index) => index));
  });

  it('is taken over again when whoever took it over dies as well', async () => {
    die('host/1', 'a');
    await open('host/2').adopt();
    expect(await open('host/3').adopt()).toBe(0);
    processes.kill('host/2');
    const spill = open('host/3');
    expect(await spill.adopt()).toBe(1);
    expect(await drain(spill)).toStrictEqual(['a']);
  });

  it('comes oldest first', async () => {
    die('host/1', 'old');
    const old = only();
    utimesSync(old, 1_000, 1_000);
    die('host/2', 'new');
    const spill = open('host/3');
    await spill.adopt();
    expect(await drain(spill)).toStrictEqual(['old', 'new']);
  });

  it('counts as left behind when nobody touched it for ten minutes, whoever wrote it', async () => {
    const spill = open('elsewhere/1');
    spill.append(['a']);
    const longAgo = Date.now() / 1_000 - 601;
    utimesSync(only(), longAgo, longAgo);
    spill.touch();
    expect(await open('host/1').adopt()).toBe(0);
    utimesSync(only(), longAgo, longAgo);
    expect(await open('host/1').adopt()).toBe(1);
  });

  it('is also found where the process had a name that no file can have', async () => {
    const name = `a/very/${'long/'.repeat(60)}name`;
    open(name).append(['a']);
    utimesSync(only(), 1_000, 1_000);
    expect(await open('host/1').adopt()).toBe(1);
  });

  it('ends in the middle of a line when the process died while it wrote it: that line is damaged', async () => {
    die('host/1', 'a', 'b', 'a long third line');
    truncateSync(only(), statSync(only()).size - 5);
    const spill = open('host/2');
    expect(await spill.adopt()).toBe(3);
    expect(await drain(spill)).toStrictEqual(['a', 'b', undefined]);
    expect(files()).toStrictEqual([]);
  });

  it('is damaged where a byte was changed; the rest is read', async () => {
    die('host/1', '{"a":1}', '{"b":2}', '{"c":3}');
    writeFileSync(only(), readFileSync(only(), 'utf8').replace('"b":2', '"b":3'));
    const spill = open('host/2');
    await spill.adopt();
    expect(await drain(spill)).toStrictEqual(['{"a":1}', undefined, '{"c":3}']);
  });

  it('may be something else altogether', async () => {
    die('host/1', 'a');
    appendFileSync(only(), 'what is this\n\n\0\n');
    const spill = open('host/2');
    await spill.adopt();
    expect(await drain(spill)).toStrictEqual(['a', undefined, undefined, undefined]);
  });

  it('is nothing where there is no folder', async () => {
    expect(await open('host/1').adopt()).toBe(0);
    expect(await caught(() => readdirSync(folder.file('deep')))).toMatchObject({ code: 'ENOENT' });
  });

  it('stays where it is when another user owns it', async () => {
    if (process.getuid?.() === 0) return;
    die('host/1', 'a');
    chmodSync(only(), 0o400);
    expect(await open('host/2').adopt()).toBe(0);
    expect(files()).toHaveLength(1);
  });
});
