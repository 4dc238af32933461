import { spawnSync } from 'node:child_process';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { SigningKey, TrustedKeys, verifyBundle } from '../../../src/index.js';
import { deal } from '../../support/deals.js';
import { alter, rebuild, rewritten } from '../../support/hands.js';
import { openWaymark } from '../../support/open-waymark.js';
import { sqliteHands } from '../../support/sql-hands.js';
import { call } from './support/in-process.js';
import { json } from './support/json.js';
import { makeProject, type Project } from './support/project.js';

const MAIN = fileURLToPath(new URL('../../../dist/interfaces/cli/main.js', import.meta.url));
const NAME = 'example.com/deals';

let project: Project;
let key: string;
let publicKey: string;
let eventIds: readonly string[];

/** Writes deals: their text can be altered by {@link rewritten}. */
async function write(count: number, from = 0): Promise<readonly string[]> {
  await using waymark = await openWaymark({ storage: `sqlite:${project.store}` });
  const entries = await waymark.log.append(Array.from({ length: count }, (_, index) => deal(`d-${from + index}`)));
  return entries.map(({ event }) => event.id);
}

beforeEach(async () => {
  project = makeProject();
  key = `${project.path}/waymark.key`;
  eventIds = await write(40);
  publicKey = (await call(['seal', '--generate-key', key, '--name', NAME])).stdout.trim();
});
afterEach(() => project.remove());

const seal = (...args: readonly string[]) => project.look(['seal', '--key', key, ...args]);

/** Somebody replaces the log from an entry on, and makes everything fit. */
async function replaceFrom(from: number): Promise<void> {
  const hands = sqliteHands(project.store);
  await alter(hands, 'audit_entries', (rows) => rows.map((row, index) => (index < from ? row : rewritten(row))));
  await rebuild(hands, { tiles: true });
  hands.close();
}

describe('waymark seal', () => {
  it('makes a key that only its owner can read, and shows its public half', async () => {
    expect(statSync(key).mode & 0o777).toBe(0o600);
    expect(SigningKey.parse(readFileSync(key, 'utf8')).verifier.toString()).toBe(publicKey);
    expect((await seal('--show-key')).stdout).toBe(`${publicKey}\n`);
    expect(json((await seal('--show-key', '--json')).stdout)).toStrictEqual({ key: publicKey });
    const again = await call(['seal', '--generate-key', key, '--name', NAME]);
    expect([again.code, again.stderr]).toStrictEqual([1, expect.stringContaining('WAYMARK_KEY_FILE_FAILED')]);
  });

  it('signs the log once, until something comes', async () => {
    const first = await seal();
    expect(first.code).toBe(0);
    expect(first.stdout).toContain('sealed: 40 entries, root ');
    expect(first.stdout).toContain('waymark prove EVENT --out bundle.json');
    expect((await seal()).stdout).toContain('nothing new to seal since: 40 entries');
    await write(2, 40);
    expect(json((await seal('--json')).stdout)).toMatchObject({ isNew: true, size: 43, origin: NAME });
  });

  it('does not sign a log that was replaced', async () => {
    await seal();
    await replaceFrom(10);
    const refused = await seal();
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('WAYMARK_LOG_FORKED');
    expect(refused.stderr).toContain('→ Run waymark verify');
  });

  it.each<[string, readonly string[]]>([
    ['without a key', []],
    ['with a name and no key to make', ['--name', NAME]],
    ['with a key to make and no name', ['--generate-key', './another.key']],
    ['with a key that is none', ['--key', fileURLToPath(import.meta.url)]],
  ])('is wrong usage %s', async (_, args) => {
    const { code, stderr } = await project.look(['seal', ...args]);
    expect(code).toBe(2);
    expect(stderr).toContain('→');
  });
});

describe('waymark prove', () => {
  it('writes a bundle that a third party believes', async () => {
    await seal();
    const { code, stdout } = await project.look(['prove', eventIds[3]!]);
    expect(code).toBe(0);
    expect(verifyBundle(stdout, new TrustedKeys([publicKey]))).toMatchObject({ verdict: 'ok', seal: { size: 40 } });
    const out = `${project.path}/bundle.json`;
    expect((await project.look(['prove', eventIds[3]!, '--out', out])).stdout).toBe(`entry 3 proved in ${out}\n`);
    expect(json(readFileSync(out, 'utf8'))).toStrictEqual(json(stdout));
    const nowhere = await project.look(['prove', eventIds[3]!, '--out', `${project.path}/none/bundle.json`]);
    expect([nowhere.code, nowhere.stderr]).toStrictEqual([1, expect.stringContaining('WAYMARK_OUTPUT_FAILED')]);
  });

  it('seals first with a key, and says so without', async () => {
    const without = await project.look(['prove', eventIds[3]!]);
    expect([without.code, without.stderr]).toStrictEqual([1, expect.stringContaining('WAYMARK_UNSEALED')]);
    expect(without.stderr).toContain('waymark seal --key FILE');
    expect((await project.look(['prove', eventIds[3]!, '--key', key])).code).toBe(0);
    await write(5, 40);
    await seal();
    const grown = await project.look(['prove', eventIds[3]!, '--from', '40', '--json']);
    expect(verifyBundle(grown.stdout, new TrustedKeys([publicKey]))).toMatchObject({ olderSeal: { size: 40 } });
  });

  it('knows no other event', async () => {
    const unknown = await project.look(['prove', 'no-such-event']);
    expect([unknown.code, unknown.stderr]).toStrictEqual([1, expect.stringContaining('WAYMARK_EVENT_NOT_FOUND')]);
  });
});

describe('waymark verify', () => {
  it('holds the log to its seals, and says which it believes', async () => {
    await seal();
    const plain = await project.look(['verify']);
    expect(plain.stdout).toMatch(/^log verified: 41 entries, root [0-9a-f]{64}\n$/);
    expect(plain.stderr).toContain('--trusted');
    const trusted = await project.look(['verify', '--trusted', publicKey]);
    expect(trusted.stdout).toContain('1 seal of trusted keys fit, up to 40 entries');
    expect(trusted.stderr).toBe('');
    writeFileSync(`${project.path}/deals.pub`, `${publicKey}\n`);
    const fromFile = ['--trusted', `@${project.path}/deals.pub`, '--json'];
    expect(json((await project.look(['verify', ...fromFile])).stdout)).toMatchObject({
      ok: true,
      verdict: 'ok',
      seals: { count: 1, upTo: 40 },
    });
    const expired = await project.look(['verify', '--trusted', `${publicKey}@39`]);
    expect([expired.code, expired.stderr]).toStrictEqual([1, expect.stringContaining('unsealed')]);
  });

  it('looks at a part', async () => {
    await seal();
    await write(9, 40);
    const since = json((await project.look(['verify', '--since-seal', '--json'])).stdout);
    expect(since).toMatchObject({ ok: true, size: 50, checked: 10 });
    expect((await project.look(['verify', '--since-seal', '40'])).stdout).toContain('10 of 50 entries');
    expect((await project.look(['verify', '--since-seal', '7'])).code).toBe(1);
    const sample = ['verify', '--sample', '5', '--seed', '1', '--json'];
    expect(json((await project.look(sample)).stdout)).toMatchObject({ ok: true, checked: 5, seed: 1 });
  });

  it('tells of a log that was replaced, by its seals and by the anchor', async () => {
    const anchor = `${project.path}/anchor.seals`;
    await seal('--anchor', anchor);
    await replaceFrom(10);
    const forked = await project.look(['verify', '--trusted', publicKey]);
    expect(forked.code).toBe(1);
    expect(forked.stderr).toMatch(/WAYMARK_LOG_NOT_VERIFIED: The log is forked at position 0: .*seal of 40 entries/);
    const hands = sqliteHands(project.store);
    await hands.write('audit_seals', []);
    await alter(hands, 'audit_entries', (rows) => rows.slice(0, 40));
    await rebuild(hands, { tiles: true });
    hands.close();
    expect((await project.look(['verify'])).code).toBe(0);
    const anchored = await project.look(['verify', '--trusted', publicKey, '--anchor', anchor, '--json']);
    expect(anchored.code).toBe(1);
    expect(json(anchored.stdout)).toMatchObject({ ok: false, verdict: 'forked', position: 0 });
  });

  it('is recorded when that is asked for, and changes nothing otherwise', async () => {
    await project.look(['verify']);
    await project.look(['verify', '--record']);
    await project.look(['verify', '--record', '--require-seal']);
    const types = (await project.look(['log', '--type', 'audit.*', '--json'])).stdout;
    expect(types.match(/audit\.\w+/g)).toStrictEqual(['audit.verified', 'audit.verification_failed']);
  });

  it.each<[string, readonly string[]]>([
    ['two ways at once', ['--sample', '5', '--since-seal']],
    ['a seed without a sample', ['--seed', '5']],
    ['a bundle without a key', ['--bundle', 'bundle.json']],
    ['a bundle, and a store to record in', ['--bundle', 'bundle.json', '--record']],
    ['a key that is none', ['--trusted', 'no-key']],
    ['a key file that is not there', ['--trusted', '@no-file']],
    ['a bundle that is not there', ['--bundle', 'no-file', '--trusted', 'no-key']],
  ])('is wrong usage with %s', async (_, args) => {
    const { code, stderr } = await project.look(['verify', ...args]);
    expect(code).toBe(2);
    expect(stderr).toContain('→');
  });
});

describe('waymark verify --bundle', () => {
  /** Throws when anything is loaded that a proof does not need. */
  const HOOK = `
    export async function resolve(specifier, context, next) {
      const found = await next(specifier, context);
      const foreign = /node_modules\\/(?!zod|commander|picocolors|string-width|strip-ansi|ansi-regex|get-east-asian-width|emoji-regex)/;
      const own = /dist\\/(infrastructure|composition|application|index\\.js)/;
      if (foreign.test(found.url) || own.test(found.url)) throw new Error('it loads ' + found.url);
      return found;
    }`;
  const data = (code: string): string => `data:text/javascript,${encodeURIComponent(code)}`;

  it('needs neither a database nor the rest of Waymark', async () => {
    await seal();
    const out = `${project.path}/bundle.json`;
    await project.look(['prove', eventIds[3]!, '--out', out]);
    const register = data(`import { register } from 'node:module'; register(${JSON.stringify(data(HOOK))});`);
    const run = (...args: readonly string[]) =>
      spawnSync(process.execPath, ['--import', register, MAIN, ...args], { encoding: 'utf8', cwd: project.path });
    const { status, stdout, stderr } = run('verify', '--bundle', out, '--trusted', publicKey);
    expect(stderr).toBe('');
    expect(stdout).toMatch(/^proved: example\.com\/deals sealed it at position 3 of 40 at .*\n {2}deal d-3 created\n$/);
    expect(status).toBe(0);
    // The hook does find what is loaded.
    expect(run('verify').stderr).toContain('it loads');
  });

  it('says what is wrong with a bundle', async () => {
    await seal();
    const out = `${project.path}/bundle.json`;
    await project.look(['prove', eventIds[3]!, '--out', out]);
    const text = readFileSync(out, 'utf8');
    const verify = (...more: readonly string[]) => call(['verify', '--bundle', out, '--trusted', publicKey, ...more]);
    writeFileSync(out, text.replace('d-3', 'd-4'));
    const tampered = await verify();
    expect(tampered.code).toBe(1);
    expect(tampered.stderr).toContain('WAYMARK_NOT_PROVED');
    expect(tampered.stderr).toContain('is tampered');
    expect(json((await verify('--json')).stdout)).toMatchObject({ ok: false, verdict: 'tampered' });
    writeFileSync(out, '{}');
    expect((await verify()).stderr).toContain('is malformed');
    writeFileSync(out, text);
    expect(json((await verify('--json')).stdout)).toMatchObject({ ok: true, verdict: 'ok', seal: { size: 40 } });
  });
});
