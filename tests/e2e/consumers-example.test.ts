import { readFile } from 'node:fs/promises';
import { main } from '../../examples/bus/consumers.js';

const root = new URL('../../', import.meta.url);

describe('the consumers that are shown', () => {
  let printed: readonly string[];
  beforeAll(async () => {
    const lines: string[] = [];
    await main((line) => void lines.push(...line.trimEnd().split('\n')));
    printed = lines;
  });

  it('log what happens, at the level of its severity', () => {
    const lines = section('# a structured log').slice(0, -1);
    const logged = lines.map((line) => JSON.parse(line) as { readonly level: number; readonly msg: string });
    expect(logged.map(({ level, msg }) => [level, msg])).toStrictEqual(
      expect.arrayContaining([
        [30, 'payment 1 started'],
        [50, 'failed at check: 120 is over the limit'],
      ]),
    );
    // node.started is of the severity debug.
    expect(logged.filter(({ level }) => level < 30)).toStrictEqual([]);
  });

  it('write it to a file', () => {
    const types = section('# a file of JSON lines').map((line) => (JSON.parse(line) as { readonly type: string }).type);
    expect(types.at(0)).toBe('execution.started');
    expect(types).toStrictEqual(expect.arrayContaining(['node.completed', 'execution.completed']));
  });

  it('count it', () => {
    expect(section('# metrics for Prometheus')).toStrictEqual(
      expect.arrayContaining([
        'waymark_executions_total{outcome="completed"} 1',
        'waymark_executions_running 0',
        'waymark_node_duration_seconds_count{outcome="completed"} 2',
      ]),
    );
  });

  it('are shown in docs/consumers.md as they are in examples/', async () => {
    const page = await readFile(new URL('docs/consumers.md', root), 'utf8');
    const example = await readFile(new URL('examples/bus/consumers.ts', root), 'utf8');
    const blocks = [...page.matchAll(/^```ts\n([\s\S]*?)^```/gm)].map(([, block = '']) => block);
    expect(blocks).toHaveLength(3);
    for (const block of blocks) {
      // The imports of one are part of those of all, and the rest is the body of a function.
      const [, ...body] = block.split(/\n\n/);
      expect(example).toContain(
        body
          .join('\n\n')
          .trimEnd()
          .replaceAll(/^(?=.)/gm, '  '),
      );
    }
  });

  /** The lines under a heading. */
  function section(heading: string): readonly string[] {
    const from = printed.indexOf(heading) + 1;
    const length = printed.slice(from).findIndex((line) => line.startsWith('# ') && !/^# (HELP|TYPE)/.test(line));
    return length === -1 ? printed.slice(from) : printed.slice(from, from + length);
  }
});
