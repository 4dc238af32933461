import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { makeBundle, type ProofBundle, TrustedKeys, verifyBundle } from '../../src/index.js';
import { SealedLog } from '../support/sealed-log.js';
import { makeTemporaryFolder, type TemporaryFolder } from '../support/temporary-folder.js';
import { describeWhere, missingPrograms } from '../support/requirement.js';

const page = readFileSync(new URL('../../docs/verifying.md', import.meta.url), 'utf8');

/** The first block of a language. */
function blockOf(language: string): string {
  return new RegExp(`^\`\`\`${language}\n([\\s\\S]*?)^\`\`\``, 'm').exec(page)?.[1] ?? '';
}

const key = blockOf('text').trim();
const bundle = JSON.parse(blockOf('json')) as ProofBundle;

const missing = missingPrograms({ python3: '--version', openssl: 'version' });

describe('the bundle of docs/verifying.md', () => {
  it('is one, and its key is the one beside it', () => {
    expect(verifyBundle(JSON.stringify(bundle), new TrustedKeys([key]))).toMatchObject({
      verdict: 'ok',
      entry: { position: bundle.entry.position, type: 'deal.created' },
      olderSeal: { size: 2 },
    });
  });
});

describeWhere('the script of the page', missing)('the script of docs/verifying.md', () => {
  let folder: TemporaryFolder;
  beforeAll(() => {
    folder = makeTemporaryFolder();
    writeFileSync(folder.file('verify_bundle.py'), blockOf('python'));
  });
  afterAll(() => folder.remove());

  /** Runs it on a bundle: whether it was proved, and the line that it says. */
  function run(given: object, pinned = key): readonly [proved: boolean, said: string] {
    writeFileSync(folder.file('bundle.json'), JSON.stringify(given));
    const { status, stdout, stderr } = spawnSync(
      'python3',
      [folder.file('verify_bundle.py'), folder.file('bundle.json'), pinned],
      { encoding: 'utf8' },
    );
    return [status === 0, `${stdout}${stderr}`.trim()];
  }

  it('proves the bundle of the page', () => {
    expect(run(bundle)).toStrictEqual([true, 'proved: example.com/deals sealed the entry at position 3 of 5']);
  });

  it('proves what Waymark proves, whatever the letters, the size and the position', async () => {
    const log = new SealedLog(13, { prefix: 'é日😀\u0000\u2028"\\' });
    const results = [];
    for (const [position, size] of [
      [0, 1],
      [0, 13],
      [6, 7],
      [7, 8],
      [12, 13],
    ] as const) {
      const made = await makeBundle({
        entry: log.entries[position]!,
        seal: log.sealAt(size),
        subtrees: log.subtrees,
      });
      results.push(run(made, log.key.verifier.toString())[0]);
    }
    expect(results).toStrictEqual([true, true, true, true, true]);
  });

  it.each<[string, (given: ProofBundle) => object]>([
    ['another text', (given) => ({ ...given, entry: { ...given.entry, body: `${given.entry.body} ` } })],
    ['another position', (given) => ({ ...given, entry: { ...given.entry, position: 2 } })],
    ['another seal', (given) => ({ ...given, seal: given.seal.replace('\n5\n', '\n4\n') })],
    ['a path too short', (given) => ({ ...given, path: given.path.slice(1) })],
    ['a path too long', (given) => ({ ...given, path: [...given.path, given.path[0]] })],
    ['another path', (given) => ({ ...given, path: given.path.toReversed() })],
  ])('does not prove %s', (_, change) => {
    const [proved, said] = run(change(bundle));
    expect(said).toMatch(/^NOT PROVED: /);
    expect(proved).toBe(false);
  });

  it('does not prove what another key signed', () => {
    const other = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW';
    expect(run(bundle, other)).toStrictEqual([false, 'NOT PROVED: the seal is not signed with that key']);
  });
});
