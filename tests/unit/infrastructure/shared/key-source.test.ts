import { writeFileSync } from 'node:fs';
import { inspect } from 'node:util';
import { personalKeysSetup } from '../../../../src/composition/personal-configuration.js';
import { sealsSetup } from '../../../../src/composition/seals-configuration.js';
import { looksLikeKey } from '../../../../src/infrastructure/shared/key-source.js';
import { caughtWaymark } from '../../../support/caught.js';
import { keyOf, ORIGIN } from '../../../support/sealed-log.js';
import { makeTemporaryFolder, type TemporaryFolder } from '../../../support/temporary-folder.js';

const HEX = 'ab'.repeat(32);
const BASE64 = Buffer.from(Array.from({ length: 32 }, (_, index) => index * 37 + 5)).toString('base64');
const SECRET = keyOf(ORIGIN).toSecretText();
/** What of a key must be in no error. */
const PARTS = [HEX.slice(0, 12), BASE64.slice(0, 12), SECRET.slice(-12), encodeURIComponent(SECRET).slice(-12)];

/** All that somebody may print of an error, its causes included. */
function shown(error: Error): string {
  return `${inspect(error, { depth: 9, showHidden: true })}\n${JSON.stringify(error)}\n${String(error.stack)}`;
}

let folder: TemporaryFolder;
beforeEach(() => {
  folder = makeTemporaryFolder();
});
afterEach(() => folder.remove());

describe('a master key', () => {
  it.each([
    ['with a line break after it', `${HEX}\n`],
    ['with spaces around it', `  ${HEX} `],
    ['in base64, with a line break', `${BASE64}\r\n`],
  ])('%s is the key', (_, masterKey) => {
    expect(() => personalKeysSetup({ masterKey })).not.toThrow();
  });

  it.each([
    ['a digit too many', `${HEX}a`],
    ['a digit too few', HEX.slice(1)],
    ['half of it', HEX.slice(0, 32)],
    ['a quote', `"${HEX}"`],
    ['spaces in it', HEX.replaceAll(/(.{8})/g, '$1 ')],
    ['base64 with a character too many', `${BASE64.slice(0, 43)}x=`],
    ['base64 with a slash in front', `/${BASE64}`],
    ['a folder before it', `./${HEX}a`],
    ['a NUL', `${HEX}\0`],
  ])('that is none, with %s, is told to nobody', async (_, masterKey) => {
    const error = await caughtWaymark(() => personalKeysSetup({ masterKey }));
    expect(error.code).toBe('WAYMARK_INVALID_KEY');
    for (const part of PARTS) expect(shown(error)).not.toContain(part);
  });

  it('is read from a file whatever that is called, and a path is told', async () => {
    writeFileSync(folder.file(HEX.slice(2)), `${HEX}\n`);
    expect(() => personalKeysSetup({ masterKey: folder.file(HEX.slice(2)) })).not.toThrow();
    const error = await caughtWaymark(() => personalKeysSetup({ masterKey: folder.file('none.key') }));
    expect(error).toMatchObject({ code: 'WAYMARK_KEY_FILE_FAILED', details: { path: folder.file('none.key') } });
    expect(error.message).toContain(folder.file('none.key'));
  });

  it('that could be a short password is not told either', async () => {
    const error = await caughtWaymark(() => personalKeysSetup({ masterKey: 'correct-horse' }));
    expect(error.code).toBe('WAYMARK_KEY_FILE_FAILED');
    expect(error.message).toContain('whose name has 13 characters');
    expect(shown(error)).not.toContain('correct-horse');
  });
});

describe('a signing key', () => {
  it('may have space around it', () => {
    expect(sealsSetup({ key: ` ${SECRET}\n` }).services.signer?.toSecretText()).toBe(SECRET);
  });

  it.each([
    ['with a quote in front', `"${SECRET}"`],
    ['in other letters', SECRET.replace('PRIVATE+KEY', 'Private+key')],
    ['encoded for a URL', encodeURIComponent(SECRET)],
    ['without its beginning', SECRET.slice('PRIVATE+KEY+'.length)],
    ['only the last part', SECRET.slice(SECRET.lastIndexOf('+') + 1)],
    ['that is cut off', SECRET.slice(0, -4)],
    ['of another kind', HEX],
  ])('%s is told to nobody', async (_, key) => {
    const error = await caughtWaymark(() => sealsSetup({ key }));
    expect(error.code).toBe('WAYMARK_INVALID_KEY');
    for (const part of PARTS) expect(shown(error)).not.toContain(part);
  });

  it('is looked for in a file, whose path is told', async () => {
    const error = await caughtWaymark(() => sealsSetup({ key: './keys/waymark-production.key' }));
    expect(error.message).toContain('keys/waymark-production.key');
  });
});

describe('what is taken for a path', () => {
  it.each([
    'waymark.key',
    '/run/secrets/waymark-master-key',
    'C:\\keys\\orders.key',
    '/etc/waymark/PRODUCTION/2026/master.key',
  ])('%s', (path) => {
    expect(looksLikeKey(path)).toBe(false);
  });
});
