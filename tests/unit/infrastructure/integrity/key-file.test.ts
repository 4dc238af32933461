import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { loadSigningKey, writeKeyFile } from '../../../../src/infrastructure/integrity/key-file.js';
import { caughtWaymark, codeOf } from '../../../support/caught.js';
import { keyOf } from '../../../support/sealed-log.js';
import { makeTemporaryFolder, type TemporaryFolder } from '../../../support/temporary-folder.js';

let folder: TemporaryFolder;
beforeEach(() => {
  folder = makeTemporaryFolder();
});
afterEach(() => folder.remove());

describe('a file with a signing key', () => {
  it('holds the key, and only its owner can read it', () => {
    const key = keyOf('example.com/orders');
    writeKeyFile(folder.file('waymark.key'), key);
    expect(statSync(folder.file('waymark.key')).mode & 0o777).toBe(0o600);
    expect(loadSigningKey(folder.file('waymark.key')).toSecretText()).toBe(key.toSecretText());
    expect(loadSigningKey(key.toSecretText()).keyId).toBe(key.keyId);
  });

  it('is never replaced', async () => {
    writeKeyFile(folder.file('waymark.key'), keyOf('example.com/orders'));
    const before = readFileSync(folder.file('waymark.key'), 'utf8');
    const error = await caughtWaymark(() => writeKeyFile(folder.file('waymark.key'), keyOf('example.com/other')));
    expect(error.code).toBe('WAYMARK_KEY_FILE_FAILED');
    expect(error.message).toContain('is there already');
    expect(readFileSync(folder.file('waymark.key'), 'utf8')).toBe(before);
  });

  it('has to be there, and to hold a key; what it holds is not told', async () => {
    expect(await codeOf(() => loadSigningKey(folder.file('none')))).toBe('WAYMARK_KEY_FILE_FAILED');
    expect(await codeOf(() => loadSigningKey(''))).toBe('WAYMARK_INVALID_ARGUMENT');
    writeFileSync(folder.file('waymark.key'), 'a secret of another kind');
    const error = await caughtWaymark(() => loadSigningKey(folder.file('waymark.key')));
    expect(error.code).toBe('WAYMARK_INVALID_KEY');
    expect(error.message).not.toContain('secret');
  });
});
