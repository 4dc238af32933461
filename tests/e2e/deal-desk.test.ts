import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const example = (name: string): string => fileURLToPath(new URL(`../../examples/${name}`, import.meta.url));

describe('the deal desk', () => {
  let printed: string;
  let complaints: string;
  beforeAll(async () => {
    const { stdout, stderr } = await run(process.execPath, [example('run.mjs'), 'deal-desk/main.ts']);
    printed = stdout;
    complaints = stderr;
  });

  it('registers its family', () => {
    expect(printed).toContain('registered: 5 types of the family deal');
  });

  it('routes by family, in the stream of the deal, and tells cause from effect', () => {
    expect(section('2.')).toStrictEqual([
      'deal.created on deal/7 (user:ada)',
      'deal.updated on deal/7 (user:ada)',
      'deal.profile_enriched on deal/7 (user:ada)',
      'deal.stage_changed on deal/7 (user:ada)',
      'deal.created on deal/8 (user:ada)',
      'the caller sees it too: Error: Nobody Ltd is not in the register',
      'deal.stage_changed on deal/7 (user:grace)',
      'deal.archived on deal/7 (user:grace, caused by another)',
    ]);
  });

  it('finds all of a deal by its correlation, and nothing of another', () => {
    expect(section('3.')).toStrictEqual([
      'info    deal 7 with Lovelace & Co created',
      'info    deal 7: amount changed',
      'debug   deal 7: 2 fact(s) from trade register',
      '{"dealId":"7","source":"trade register","facts":{"founded":1843,"seat":"London"},"apiKey":"[redacted]"}',
      'info    deal 7: new → offered [new to offered]',
      'info    deal 7: offered → won [offered to won]',
      'info    deal 7 archived: it is won',
    ]);
    expect(section('   the log of deal 8')).toStrictEqual([
      'info    deal 8 with Nobody Ltd created',
      expect.stringMatching(/^error {3}.*Nobody Ltd is not in the register/),
    ]);
  });

  it('reads an old record under its old name in the shape of today', () => {
    expect(section('4.')).toStrictEqual(['deal.updated, version 2: {"amount":90}']);
  });

  it('leaves a log that verifies, and nothing to complain of', () => {
    expect(complaints).toBe('');
    expect(printed.trimEnd().endsWith('log ok')).toBe(true);
  });

  it('keeps its secret', () => {
    expect(printed).not.toContain('key-of-the-desk');
  });

  it('has a README that names its types and files', async () => {
    const readme = await readFile(example('deal-desk/README.md'), 'utf8');
    const types = ['deal.created', 'deal.updated', 'deal.stage_changed', 'deal.profile_enriched', 'deal.archived'];
    const named = [...types, 'deal.edited', 'events.ts', 'deal-desk.ts', 'main.ts'];
    expect(named.filter((name) => !readme.includes(name))).toStrictEqual([]);
  });

  /** The lines under a heading, up to the next one. */
  function section(heading: string): readonly string[] {
    const [, body = ''] = printed.split(`\n${heading}`);
    const [block = ''] = body.split('\n\n');
    return block
      .split('\n')
      .slice(1)
      .map((line) => line.trim());
  }
});
