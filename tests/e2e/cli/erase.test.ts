import { openWaymark } from '../../support/open-waymark.js';
import { OfferSent } from '../../support/people.js';
import { makeTemporaryFolder, type TemporaryFolder } from '../../support/temporary-folder.js';
import { call } from './support/in-process.js';
import { json } from './support/json.js';

describe('waymark erase', () => {
  let folder: TemporaryFolder;
  const waymark = (...args: readonly string[]) => call([...args, '--store', folder.file('waymark.db')]);

  beforeEach(async () => {
    folder = makeTemporaryFolder();
    await using store = await openWaymark({ storage: `sqlite:${folder.file('waymark.db')}` });
    await store.log.append([new OfferSent({ offerId: 'o-1', customerId: 'ada', email: 'ada@example.com' })]);
  });
  afterEach(() => folder.remove());

  it('tells with --dry-run what it would do, and does nothing', async () => {
    const { code, stdout } = await waymark('erase', 'ada', '--reason', 'request 4711', '--dry-run');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^would erase [0-9a-f]{32} from 1 entry\n$/);
    expect((await waymark('log', '--json')).stdout).not.toContain('audit.erased');
  });

  it('erases, once, and says who wanted it and why', async () => {
    const first = await waymark('erase', 'ada', '--reason', 'request 4711', '--actor', 'user:officer', '--json');
    expect(json(first.stdout)).toMatchObject({ entriesAffected: 1, isErased: true, isPurged: true });
    const again = await waymark('erase', 'ada', '--reason', 'request 4711');
    expect(again).toMatchObject({ code: 0, stdout: expect.stringContaining('nothing is left to erase') });
    const log = await waymark('log', '--type', 'audit.erased', '--json');
    expect(json(log.stdout)).toMatchObject({ actor: 'user:officer', payload: { reason: 'request 4711' } });
    expect((await waymark('verify')).code).toBe(0);
  });

  it('fails for who was never there, and without a reason', async () => {
    const unknown = await waymark('erase', 'Ada', '--reason', 'request 4711');
    expect(unknown).toMatchObject({ code: 1, stderr: expect.stringContaining('WAYMARK_SUBJECT_UNKNOWN') });
    expect(unknown.stderr).not.toContain('Ada');
    expect((await waymark('erase', 'ada')).code).toBe(2);
  });
});
