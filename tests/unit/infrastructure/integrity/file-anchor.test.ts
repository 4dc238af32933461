import { appendFileSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { FileAnchor } from '../../../../src/infrastructure/integrity/file-anchor.js';
import { codeOf } from '../../../support/caught.js';
import { SealedLog } from '../../../support/sealed-log.js';
import { makeTemporaryFolder, type TemporaryFolder } from '../../../support/temporary-folder.js';

const log = new SealedLog(20);
const notes = Array.from({ length: 20 }, (_, size) => log.sealAt(size).note);

let folder: TemporaryFolder;
beforeEach(() => {
  folder = makeTemporaryFolder();
});
afterEach(() => folder.remove());

describe('an anchor in a file', () => {
  it('gives the notes back as they were added, and the last one', async () => {
    const anchor = new FileAnchor(folder.file('not/there/yet.seals'));
    expect(await anchor.read()).toBeUndefined();
    expect(await anchor.latest()).toBeUndefined();
    await anchor.append(notes.slice(0, 1));
    await anchor.append(notes.slice(1, 5));
    await anchor.append([]);
    expect(await anchor.read()).toStrictEqual(notes.slice(0, 5));
    expect(await new FileAnchor(anchor.name).latest()).toBe(notes[4]);
  });

  it('is a text that people can read: one note after another', async () => {
    const anchor = new FileAnchor(folder.file('a.seals'));
    await anchor.append(notes.slice(0, 2));
    expect(readFileSync(anchor.name, 'utf8')).toBe(`\n${notes[0]}\n${notes[1]}`);
  });

  it('finds the last note of a large file without reading all of it', async () => {
    const anchor = new FileAnchor(folder.file('a.seals'));
    for (let round = 0; round < 30; round += 1) await anchor.append(notes);
    expect(readFileSync(anchor.name).length).toBeGreaterThan(64 * 1024);
    expect(await anchor.latest()).toBe(notes[19]);
    expect((await anchor.read())?.length).toBe(600);
  });

  it('loses nothing but the note that was cut off, wherever that was', async () => {
    const [first, second, third] = notes as [string, string, string];
    for (let length = 1; length < Buffer.byteLength(second); length += 1) {
      const anchor = new FileAnchor(folder.file(`${length}.seals`));
      await anchor.append([first]);
      const whole = readFileSync(anchor.name).length;
      appendFileSync(anchor.name, `\n${second}`);
      truncateSync(anchor.name, whole + 1 + length);
      await anchor.append([second, third]);
      const read = (await anchor.read()) ?? [];
      // A signature that was cut off is a note still, which nobody believes.
      expect([read[0], ...read.slice(-2)]).toStrictEqual([first, second, third]);
      expect(read.length).toBeLessThanOrEqual(4);
    }
  });

  it('passes over what is no note', async () => {
    writeFileSync(folder.file('a.seals'), `a heading\n\n${notes[0]}\n# a remark\n\n${notes[1]}`);
    expect(await new FileAnchor(folder.file('a.seals')).read()).toStrictEqual(notes.slice(0, 2));
  });

  it('says which file it is that can not be used', async () => {
    mkdirSync(folder.file('a-folder'));
    const anchor = new FileAnchor(folder.file('a-folder'));
    expect(await codeOf(anchor.read())).toBe('WAYMARK_ANCHOR_FAILED');
    expect(await codeOf(anchor.append(notes))).toBe('WAYMARK_ANCHOR_FAILED');
  });
});
