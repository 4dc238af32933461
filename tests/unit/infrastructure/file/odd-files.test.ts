import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { join } from 'node:path';
import { bytesOf, compareNames, nameOf } from '../../../../src/infrastructure/file/name-bytes.js';
import { type LocalFileStore, makeFileStore } from '../../../support/file-store.js';

const ALL = { removeOthers: true };

describe('names that are not UTF-8', () => {
  it('become strings that nothing else has, and come back', () => {
    const names = [[0xff], [0x61, 0x80, 0x62], [0xed, 0xb2, 0x80], [0xe2, 0x82], [0xf0, 0x9f, 0x92, 0xa9, 0xfe]];
    const strings = names.map((bytes) => nameOf(Buffer.from(bytes)));
    expect(strings).toStrictEqual(['\udcff', 'a\udc80b', '\udced\udcb2\udc80', '\udce2\udc82', '\u{1f4a9}\udcfe']);
    expect(strings.map((name) => [...bytesOf(name)])).toStrictEqual(names);
  });

  it('are in the order of their bytes', () => {
    const names = ['z', 'é', '\uffee', '\u{1f4a9}', 'a', '\udcff'];
    expect(names.toSorted(compareNames)).toStrictEqual(['a', 'z', 'é', '\uffee', '\u{1f4a9}', '\udcff']);
  });
});

describe('a folder with odd files', () => {
  let store: LocalFileStore;
  let folder: string;
  let copy: string;

  beforeEach(() => {
    store = makeFileStore();
    [folder, copy] = [join(store.room, 'one'), join(store.room, 'copy')];
    for (const path of [folder, copy]) fs.mkdirSync(path);
  });

  afterEach(() => store.close());

  /** Keeps the folder, and puts it into another. */
  async function there(): Promise<number> {
    const { treeHash, fileCount } = await store.storage.snapshot(folder);
    await store.storage.checkout(copy, treeHash, ALL);
    expect((await store.storage.snapshot(copy)).treeHash).toBe(treeHash);
    return fileCount;
  }

  it('keeps names of every kind', async () => {
    const names = [
      'new\nline',
      ' ',
      '-rf',
      'a\\b',
      'ünï',
      'u\u0308',
      '東京',
      'x'.repeat(255),
      'A',
      'a',
      '..a',
      '__proto__',
    ];
    for (const name of names) fs.writeFileSync(join(folder, name), name);
    expect(await there()).toBe(names.length);
    expect(fs.readdirSync(copy).toSorted()).toStrictEqual(names.toSorted());
  });

  it('keeps names, and targets of links, that are not UTF-8', async () => {
    const at = (path: string, bytes: readonly number[]) => Buffer.concat([Buffer.from(`${path}/`), Buffer.from(bytes)]);
    fs.mkdirSync(at(folder, [0xfe]));
    fs.writeFileSync(at(folder, [0xfe, 0x2f, 0xff, 0x78]), 'odd');
    fs.symlinkSync(Buffer.from([0xff, 0x78]), at(folder, [0xfe, 0x2f, 0x6c]));
    expect(await there()).toBe(2);
    expect(fs.readFileSync(at(copy, [0xfe, 0x2f, 0xff, 0x78]), 'utf8')).toBe('odd');
    expect([...fs.readlinkSync(at(copy, [0xfe, 0x2f, 0x6c]), 'buffer')]).toStrictEqual([0xff, 0x78]);
  });

  it('keeps paths that are longer than the system takes', async () => {
    // A shell makes whole paths of them, and Node goes from one to the next.
    const down =
      "for (let i = 0; i < 40; i++) { if (make) fs.mkdirSync('d'.repeat(200)); process.chdir('d'.repeat(200)); }";
    const run = (cwd: string, script: string) =>
      execFileSync(process.execPath, ['-e', script], { cwd, encoding: 'utf8' });
    run(folder, `const make = true; ${down} fs.writeFileSync('file', 'deep');`);
    expect(await there()).toBe(1);
    expect(run(copy, `const make = false; ${down} process.stdout.write(fs.readFileSync('file'));`)).toBe('deep');
    // And takes them away again.
    const { treeHash } = await store.storage.snapshot(fs.mkdtempSync(join(store.room, 'empty-')));
    await store.storage.checkout(copy, treeHash, { ...ALL, backup: join(store.room, 'backup') });
    expect(fs.readdirSync(copy)).toStrictEqual([]);
  });

  it('leaves pipes and sockets out, and does not wait for them', async () => {
    execFileSync('mkfifo', [join(folder, 'pipe'), join(folder, '.gitignore')]);
    fs.writeFileSync(join(folder, 'file'), '');
    expect(await there()).toBe(1);
    // Where the tree has something else, they give way.
    execFileSync('mkfifo', [join(copy, 'sub')]);
    fs.mkdirSync(join(folder, 'sub'));
    fs.writeFileSync(join(folder, 'sub', 'x'), '');
    fs.rmSync(join(copy, 'file'));
    execFileSync('mkfifo', [join(copy, 'file')]);
    expect(await there()).toBe(2);
  });

  it('keeps permissions, whatever the mask of the process is', async () => {
    for (const mode of [0o600, 0o644, 0o755, 0o777, 0o444, 0o400]) {
      fs.writeFileSync(join(folder, mode.toString(8)), '');
      fs.chmodSync(join(folder, mode.toString(8)), mode);
    }
    fs.mkdirSync(join(folder, 'shut'));
    fs.writeFileSync(join(folder, 'shut', 'inside'), '');
    fs.chmodSync(join(folder, 'shut'), 0o555);
    await there();
    expect(fs.statSync(join(copy, 'shut')).mode & 0o777).toBe(0o555);
    expect(fs.statSync(join(copy, '777')).mode & 0o777).toBe(0o777);
  });

  it('does not keep the storage itself', async () => {
    fs.writeFileSync(join(store.room, 'file'), '');
    const index = join(store.room, 'index');
    const first = await store.storage.snapshot(store.room, { index });
    expect(first.fileCount).toBe(1);
    expect((await store.storage.snapshot(store.room, { index })).treeHash).toBe(first.treeHash);
  });
});
