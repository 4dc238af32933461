import { jest } from '@jest/globals';
import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { COLLECTING_MS } from '../support/collect-garbage.js';

const root = new URL('../../', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), 'utf8');

/** An example, and what a page says of it. */
interface Shown {
  readonly page: string;
  readonly file: string;
  readonly code: string;
  /** What it prints; `undefined` where the page shows the code alone. */
  readonly output: string | undefined;
}

const pages = readdirSync(new URL('docs/', root)).filter((name) => name.endsWith('.md'));
const texts = new Map(pages.map((page) => [page, read(`docs/${page}`)]));
const bus = texts.get('bus.md') ?? '';
const WHOLE =
  /<!-- example: ([\w./-]+)(?: \(code\))? -->\n\n```ts\n([\s\S]*?)```\n(?:\nIt prints:\n\n```text\n([\s\S]*?)```\n)?/g;
const shown: readonly Shown[] = pages.flatMap((page) =>
  Array.from((texts.get(page) ?? '').matchAll(WHOLE), ([, file = '', code = '', output]) => ({
    page,
    file,
    code,
    output,
  })),
);

// One of the examples collects garbage.
jest.setTimeout(COLLECTING_MS);

describe('the guide to the bus', () => {
  it.each(shown)('shows examples/$file as it is', ({ file, code }) => {
    expect(code).toBe(read(`examples/${file}`).replaceAll(/^ *\/\/ #(?:end)?region.*\n/gm, ''));
  });

  it.each(shown.filter(({ output }) => output !== undefined))('tells what $file prints', async ({ file, output }) => {
    const program = (await import(`../../examples/${file.replace(/\.ts$/, '.js')}`)) as {
      readonly main: (print: (line: string) => void) => Promise<void>;
    };
    const lines: string[] = [];
    await program.main((line) => void lines.push(line));
    expect(`${lines.join('\n')}\n`).toBe(output);
  });

  it('runs an example as a program, and tells what WAYMARK_DEBUG shows of it', async () => {
    const [, topics = '', file = '', output] =
      /```sh\nWAYMARK_DEBUG='([^']+)' node examples\/run\.mjs (\S+)\n```\n\n```text\n([\s\S]*?)```/.exec(bus) ?? [];
    const { stdout, stderr } = await promisify(execFile)(
      process.execPath,
      [fileURLToPath(new URL('examples/run.mjs', root)), file],
      { env: { ...process.env, WAYMARK_DEBUG: topics } },
    );
    expect(stdout).toBe(shown.find((example) => example.file === file)?.output);
    expect(stderr.replaceAll(/[\da-f-]{36}/g, '<id>').replaceAll(/[\d.]+ ms/g, '<n> ms')).toBe(output);
  });

  it('leaves out no example', () => {
    const all = [...texts.values()].join('\n');
    const files = readdirSync(new URL('examples/bus/', root));
    expect(files.filter((name) => !all.includes(`bus/${name}`))).toStrictEqual([]);
    expect(shown.filter(({ page }) => page === 'bus.md').length).toBeGreaterThan(20);
  });

  it('names every option of a subscription', () => {
    const declared = read('src/application/bus/subscription.ts');
    const parts = declared.matchAll(/export interface (?:\w+SubscribeOptions|QueueOptions|RetryPolicy)\b[\s\S]*?\n}/g);
    const options = Array.from(parts, ([part]) =>
      Array.from(part.matchAll(/^ {2}readonly (\w+)\??:/gm), ([, key]) => key),
    ).flat();
    expect(options.length).toBeGreaterThan(20);
    expect(options.filter((option) => !new RegExp(`^\\| \`(?:retry\\.)?${option}\` `, 'm').test(bus))).toStrictEqual([
      'retry',
    ]);
  });

  it('has the parts that docs/architecture.md names', () => {
    const [, section = ''] = /^## The bus$([\s\S]*?)^## /m.exec(texts.get('architecture.md') ?? '') ?? [];
    const named = Array.from(section.matchAll(/`([\w-]+\.ts)`/g), ([, name]) => name);
    const files = readdirSync(new URL('src/infrastructure/bus/', root));
    expect(named.length).toBeGreaterThan(15);
    expect(named.filter((name) => !files.includes(name ?? ''))).toStrictEqual([]);
  });

  it('has links that lead somewhere', () => {
    const anchors = new Set(Array.from(bus.matchAll(/^#+ (.+)$/gm), ([, heading = '']) => anchor(heading)));
    const links = Array.from(bus.matchAll(/\]\(#([^)]+)\)/g), ([, to = '']) => to);
    expect(links.filter((to) => !anchors.has(to))).toStrictEqual([]);
    const files = Array.from(
      bus.matchAll(/\]\(([^)#]+)[^)]*\)/g),
      ([, to = '']) => new URL(to, new URL('docs/', root)),
    );
    expect(files.filter((url) => !existsSync(url)).map(String)).toStrictEqual([]);
  });
});

/** The anchor that GitHub gives a heading. */
function anchor(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\w -]/g, '')
    .replaceAll(' ', '-');
}
