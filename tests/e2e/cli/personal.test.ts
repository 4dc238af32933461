import { writeFileSync } from 'node:fs';
import { openWaymark } from '../../support/open-waymark.js';
import { OfferSent } from '../../support/people.js';
import { makeTemporaryFolder, type TemporaryFolder } from '../../support/temporary-folder.js';
import { call } from './support/in-process.js';
import { json } from './support/json.js';

const KEY = 'ab'.repeat(32);
const OTHER = 'cd'.repeat(32);
const EMAIL = 'ada@example.com';

describe('personal values on the command line', () => {
  let folder: TemporaryFolder;
  let eventId: string;
  const waymark = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
    call([...args, '--store', folder.file('waymark.db')], { env });
  const record = async (masterKey?: string): Promise<void> => {
    await using store = await openWaymark({
      storage: `sqlite:${folder.file('waymark.db')}`,
      ...(masterKey === undefined ? {} : { personalKeys: { masterKey } }),
    });
    const offer = new OfferSent({
      offerId: 'o-1',
      customerId: 'ada',
      email: EMAIL,
      notes: [{ at: 'x', text: 'tall' }],
    });
    await store.log.append([offer]);
    eventId = offer.id;
  };

  beforeEach(() => {
    folder = makeTemporaryFolder();
    writeFileSync(folder.file('master.key'), `${KEY}\n`);
  });
  afterEach(() => folder.remove());

  it.each([
    ['a file that an option names', () => ['--master-key-file', folder.file('master.key')], () => ({})],
    ['the environment', () => [], () => ({ WAYMARK_MASTER_KEY: KEY })],
    ['a file that the environment names', () => [], () => ({ WAYMARK_MASTER_KEY: folder.file('master.key') })],
  ] as const)('are shown with the master key of %s, though their type is not known here', async (_, args, env) => {
    await record(KEY);
    const log = await waymark(['log', '--json', ...args()], env());
    expect(log).toMatchObject({ code: 0, stderr: '' });
    expect(json(log.stdout)).toMatchObject({ payload: { offerId: 'o-1', email: EMAIL, notes: [{ text: 'tall' }] } });
    expect(json(log.stdout)).not.toHaveProperty('unreadable');
    const shown = await waymark(['show', eventId, ...args()], env());
    expect(shown).toMatchObject({ code: 0, stderr: '', stdout: expect.stringContaining(`"email": "${EMAIL}"`) });
    expect((await waymark(['log', ...args()], env())).stdout).toContain('Offer o-1 sent to [personal]');
  });

  it('are shown without a master key where the store has none', async () => {
    await record();
    expect((await waymark(['show', eventId])).stdout).toContain(EMAIL);
    await waymark(['erase', 'ada', '--reason', 'request 4711']);
    expect((await waymark(['show', eventId])).stdout).toContain('"email": "[erased]"');
  });

  it('are said to need a key where none is given, in a place of their own', async () => {
    await record(KEY);
    const shown = await waymark(['show', eventId]);
    expect(shown).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('"email": "[personal: no key]"'),
      stderr: expect.stringMatching(/2 personal values can't be read .*--master-key-file.*WAYMARK_MASTER_KEY/),
    });
    const log = await waymark(['log', '--json']);
    expect(log).toMatchObject({ code: 0, stderr: '' });
    expect(json(log.stdout)).toMatchObject({ unreadable: ['/email', '/notes/0/text'] });
    expect(`${shown.stdout}${log.stdout}`).not.toContain(EMAIL);
    // An empty variable is none.
    expect((await waymark(['show', eventId], { WAYMARK_MASTER_KEY: '' })).code).toBe(0);
  });

  it('fail with a code for another master key, after everything else was shown', async () => {
    await record(KEY);
    for (const args of [
      ['log', '--json'],
      ['log'],
      ['log', '--event', eventId],
      ['show', eventId],
      ['log', '--page'],
    ]) {
      const failed = await waymark(args, { WAYMARK_MASTER_KEY: OTHER });
      expect(failed).toMatchObject({ code: 1, stderr: expect.stringContaining('WAYMARK_PERSONAL_UNREADABLE') });
      expect(failed.stdout).toContain('o-1');
      expect(failed.stdout + failed.stderr).not.toContain(OTHER);
    }
  });

  it('refuse what is no key, and a key on the command line itself, without repeating either', async () => {
    await record(KEY);
    const malformed = await waymark(['log'], { WAYMARK_MASTER_KEY: KEY.slice(2) });
    expect(malformed).toMatchObject({ code: 2, stderr: expect.stringContaining('WAYMARK_INVALID_KEY') });
    expect(malformed.stderr).not.toContain(KEY.slice(2));
    for (const key of [KEY, Buffer.from(KEY, 'hex').toString('base64')]) {
      const typed = await waymark(['log', '--master-key-file', key]);
      expect(typed).toMatchObject({ code: 2, stderr: expect.stringContaining('WAYMARK_USAGE') });
      expect(typed.stderr).not.toContain(key);
    }
    expect((await waymark(['log', '--master-key-file', ''])).code).toBe(2);
    const missing = await waymark(['log', '--master-key-file', folder.file('no-such.key')]);
    expect(missing).toMatchObject({ code: 1, stderr: expect.stringContaining('WAYMARK_KEY_FILE_FAILED') });
  });

  it('stay encrypted in exports, which verify then', async () => {
    await record(KEY);
    const out = folder.file('log.jsonl');
    const env = { WAYMARK_MASTER_KEY: KEY };
    expect((await waymark(['export', '--out', out, '--no-record'], env)).code).toBe(0);
    const printed = await waymark(['export', '--no-record'], env);
    expect(printed.stdout).toContain('$personal');
    expect(printed.stdout).not.toContain(EMAIL);
    expect((await waymark(['export', '--verify', out], env)).code).toBe(0);
  });
});
