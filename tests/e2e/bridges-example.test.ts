import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { main } from '../../examples/bus/bridges.js';

const root = new URL('../../', import.meta.url);
const read = (name: string): string => readFileSync(new URL(name, root), 'utf8');

/** The lines of an example, however far they are indented. */
const lines = (code: string): string =>
  code
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .join('\n');

const PRINTED = [
  'EventEmitter',
  'desk: deal.created',
  'mail: Lovelace & Co would like 100',
  'desk: deal.stage_changed',
  '1 out, 1 in',
  'Subject',
  'desk: deal.created',
  'amount: 100',
  'amount: 70',
  'desk: deal.created',
  '1 out, 1 in',
  'EventTarget',
  'desk: deal.created',
  'dispatched: deal.created',
  'desk: deal.archived',
  '1 out, 1 in',
  'another bus',
  'desk: deal.created',
  'branch: deal.created',
  'branch: deal.archived',
  'desk: deal.archived',
  '1 out, 1 in, 2 not sent back',
];

describe('the example of bridges', () => {
  it('carries both ways over every end point', async () => {
    const printed: string[] = [];
    await main((line) => void printed.push(line));
    expect(printed).toStrictEqual(PRINTED);
  });

  it('runs as a program', async () => {
    const run = promisify(execFile);
    const program = fileURLToPath(new URL('examples/run.mjs', root));
    const { stdout, stderr } = await run(process.execPath, [program, 'bus/bridges.ts']);
    expect(stderr).toBe('');
    expect(stdout.trimEnd().split('\n')).toStrictEqual(PRINTED);
  });

  it('is what docs/bridges.md shows', () => {
    const shown = Array.from(read('docs/bridges.md').matchAll(/^```ts\n([\s\S]*?)^```/gm), ([, code = '']) =>
      lines(code),
    );
    const example = lines(read('examples/bus/bridges.ts'));
    expect(shown).toHaveLength(4);
    expect(shown.filter((code) => !example.includes(code))).toStrictEqual([]);
  });
});
