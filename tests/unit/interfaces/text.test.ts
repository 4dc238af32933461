import { CheckpointTree, renderCheckpointTree, renderTimeline, type StateChange } from '../../../src/index.js';
import { renderChanges } from '../../../src/interfaces/cli/output/diff-view.js';
import { renderTable } from '../../../src/interfaces/cli/output/table.js';
import { fit, pad, widthOf, wrap } from '../../../src/interfaces/text/columns.js';
import { makePalette } from '../../../src/interfaces/text/palette.js';
import { printable, printableJson } from '../../../src/interfaces/text/printable.js';
import { formatBytes, formatDuration } from '../../../src/interfaces/text/quantities.js';
import { DealCreated } from '../../support/deals.js';
import { openWaymark } from '../../support/open-waymark.js';
import { chain } from '../../support/workflows.js';

describe('text that is safe to print', () => {
  it('shows control characters and marks that reorder text', () => {
    expect(printable('a\u001b[31m\u0007\r\n\tb\u009b\u202e\u2028')).toBe(
      String.raw`a\u001b[31m\u0007\r\n\tb\u009b\u202e\u2028`,
    );
    expect(printable('Grüße, 世界 👩‍👩‍👧')).toBe('Grüße, 世界 👩‍👩‍👧');
  });

  it('keeps what JSON means', () => {
    const value = { 'k\u009b': ['\u001b\u007f\u2028\u202e', { a: '\n' }] };
    const text = printableJson(value, 2);
    expect(JSON.parse(text)).toStrictEqual(value);
    // oxlint-disable-next-line no-control-regex -- that there are none but line feeds is the point
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u202e]/);
    expect(printableJson(undefined)).toBe('null');
  });
});

describe('columns', () => {
  it('measures what a terminal shows: wide characters, joined emoji, colours', () => {
    expect(widthOf('世界')).toBe(4);
    expect(widthOf(makePalette(true).red('abc'))).toBe(3);
    expect(pad('世', 4)).toBe('世  ');
    expect(fit('世界世界', 5)).toBe('世界…');
    expect(fit('👩‍👩‍👧👩‍👩‍👧', 3)).toBe('👩‍👩‍👧…');
    expect(fit('short', 5)).toBe('short');
    expect(fit('long', undefined)).toBe('long');
  });

  it('wraps at spaces, and keeps words whole', () => {
    expect(wrap('a long message', 6)).toStrictEqual(['a long', 'message']);
    expect(wrap('世界 世界', 4)).toStrictEqual(['世界', '世界']);
    expect(wrap('short', 5)).toStrictEqual(['short']);
    expect(wrap('a long message', undefined)).toStrictEqual(['a long message']);
  });

  it('lets a cell of a table go on in the next line', () => {
    const columns = [
      { title: 'NAME', value: (row: string) => row },
      { title: 'MEANING', value: () => 'more than fits', flexible: true, wraps: true },
    ];
    expect(renderTable(columns, ['a', 'b'], { width: 16, title: (text) => text })).toBe(
      ['NAME  MEANING', 'a     more than', '      fits', 'b     more than', '      fits'].join('\n'),
    );
    // Too narrow for a word: the line is longer, and nothing is lost.
    expect(renderTable(columns, ['a'], { width: 5, title: (text) => text })).toContain('      than\n      fits');
  });

  it('tells durations and sizes', () => {
    expect([0.4, 999, 1_000, 59_900, 59_990, 83_000, 3_599_600, 7_260_000].map(formatDuration)).toStrictEqual([
      '0 ms',
      '999 ms',
      '1.0 s',
      '59.9 s',
      '1 min 0 s',
      '1 min 23 s',
      '1 h 0 min',
      '2 h 1 min',
    ]);
    expect([0, 999, 1_000, 1_234_567].map(formatBytes)).toStrictEqual(['0 B', '999 B', '1.0 kB', '1.2 MB']);
  });

  it('leaves optional columns out and cuts flexible ones, and never an id', () => {
    const columns = [
      { title: 'ID', value: (row: string) => row },
      { title: 'TEXT', value: () => 'some longer text', flexible: true },
      { title: 'MORE', value: () => 'more', optional: true },
    ];
    const at = (width?: number): string => renderTable(columns, ['0123456789'], { width, title: (text) => text });
    expect(at()).toBe('ID          TEXT              MORE\n0123456789  some longer text  more');
    expect(at(30)).toBe('ID          TEXT          MORE\n0123456789  some longer…  more');
    expect(at(20)).toBe('ID          TEXT\n0123456789  some lo…');
    expect(at(5)).toBe('ID          TEXT\n0123456789  some …');
  });

  it('put the first column above the others where not even they have room beside it', () => {
    const columns = [
      { title: 'ID', value: (row: string) => row },
      { title: 'STATUS', value: () => 'completed' },
      { title: 'TEXT', value: () => 'some longer text', flexible: true },
    ];
    const at = (width: number): string => renderTable(columns, ['0123456789', 'ABC'], { width, title: (text) => text });
    expect(at(29)).toBe('ID          STATUS     TEXT\n0123456789  completed  some …\nABC         completed  some …');
    expect(at(20)).toBe(
      ['ID', '  STATUS     TEXT', '0123456789', '  completed  some l…', 'ABC', '  completed  some l…'].join('\n'),
    );
  });

  it('shortens the values of a change, and escapes its path', () => {
    const changes: StateChange[] = [
      { kind: 'added', path: '/\u001b', after: 'x'.repeat(100) },
      { kind: 'changed', path: '/a', before: 1, after: { b: [2] } },
      { kind: 'removed', path: '/gone', before: null },
    ];
    expect(renderChanges(changes, makePalette(false))).toBe(
      [
        String.raw`+ /\u001b  "` + 'x'.repeat(58) + '…',
        '~ /a       1 → {"b":[2]}',
        '- /gone    null',
        '3 changes: 1 added, 1 removed, 1 changed',
      ].join('\n'),
    );
  });
});

describe('a timeline', () => {
  it('is drawn in parts as it is drawn whole', async () => {
    await using waymark = await openWaymark();
    for (const actor of ['user:ada', 'user:bob']) {
      await (await waymark.executions.start(chain(), {}, { actor })).result();
    }
    await waymark.log.append([new DealCreated({ dealId: '1' })]);
    const entries = await waymark.log.query({}, { limit: 1_000 });
    const whole = renderTimeline(entries, { width: 100 });
    const parts = entries.map((entry, index) => {
      const before = entries[index - 1];
      return renderTimeline([entry], { width: 100, ...(before === undefined ? {} : { continues: before }) });
    });
    const squeeze = (text: string): string => text.replaceAll(/ +/g, ' ');
    expect(squeeze(parts.join('\n'))).toBe(squeeze(whole));
    const headings = whole.split('\n').filter((line) => !line.startsWith('#'));
    expect(headings).toHaveLength(4);
    expect(headings.at(-1)).toBe('no execution');
    expect(whole.match(/\(by user:/g)).toHaveLength(2);
    expect(renderTimeline([])).toBe('');
  });
});

describe('a checkpoint tree', () => {
  it('hangs what is abandoned at the head to the side, branch within branch', async () => {
    await using waymark = await openWaymark();
    const run = await waymark.executions.start(chain(), {});
    await run.result();
    const first = await waymark.checkpoints.tree(run.id);
    const [start, a, b, c] = first.checkpoints.map((checkpoint) => checkpoint.id);
    await waymark.executions.rollback(run.id, b!, { reason: 'once' });
    await (await waymark.executions.resume(run.id)).result();
    await waymark.executions.rollback(run.id, a!, { reason: 'twice' });
    const tree = await waymark.checkpoints.tree(run.id);
    const again = tree.checkpoints.at(-1)!.id;
    const text = renderCheckpointTree(tree, { headCheckpointId: a! });
    // Of the details only what belongs to the shape: branches, and where the head is.
    const shape = text.split('\n').map((line) => line.replace(/(?<=[0-9a-f]{12}) {2}.*?(?=(?: {2}← head)?$)/, ''));
    expect(shape).toStrictEqual([
      `● ${start}`,
      `● ${a}  ← head`,
      '╰─╮ branch main, abandoned',
      `  × ${b}`,
      '  ├─╮ branch main, abandoned',
      `  │ × ${c}`,
      '  │',
      `  × ${again}`,
    ]);
  });

  it('is nothing for an execution without checkpoints', () => {
    expect(renderCheckpointTree(new CheckpointTree([], []))).toBe('');
  });

  it('takes a long way without recursion', async () => {
    await using waymark = await openWaymark();
    const run = await waymark.executions.start(chain(), {});
    await run.result();
    const [first] = (await waymark.checkpoints.tree(run.id)).checkpoints;
    const long = Array.from({ length: 20_000 }, (_, index) => ({
      ...first!,
      id: `c${index}`,
      sequence: index,
      parentId: index === 0 ? null : `c${index - 1}`,
    }));
    const branches = [
      {
        executionId: run.id,
        branchId: 'main',
        parentBranchId: null,
        startCheckpointId: null,
        headCheckpointId: 'c19999',
        abandoned: false,
      },
    ];
    expect(renderCheckpointTree(new CheckpointTree(long, branches)).split('\n')).toHaveLength(20_000);
  });
});
