import type { Verdict, Verification } from '../../src/index.js';
import { alter, type Hands, rebuild, rewritten, type Row, type Table } from './hands.js';
import type { Workbench } from './integrity.js';

/** One way to tamper with a log, and what has to be found then. */
export interface Tampering {
  readonly name: string;
  /** What has to be there first; the log of {@link prepare} when left out. */
  readonly tamper: (hands: Hands) => Promise<void>;
  readonly verdict: Verdict;
  /** The position that has to be told; `undefined` where none can be. */
  readonly position: number | undefined;
  /** What the detail has to name. */
  readonly names: RegExp;
}

/** The sizes that {@link prepare} seals. */
export const SEALED = [40, 101] as const;

/** A log of 142 entries: 40, a seal, 60, a seal, 40. Its tiles are full at 32, 64, 96 and 128. */
export async function prepare(bench: Workbench): Promise<void> {
  await bench.write(40);
  await bench.integrity.seal();
  bench.clock.advance(1_000);
  await bench.write(60);
  await bench.integrity.seal();
  await bench.write(40);
}

/** A change of one letter, or of a number. */
function flipped(value: string | number | null): string | number {
  if (value === null) return 'x';
  if (typeof value === 'number') return value + 1_000;
  const at = Math.floor(value.length / 2);
  const digit = value[at] === '0' ? '1' : '0';
  return value.slice(0, at) + digit + value.slice(at + 1);
}

const ROW_COLUMNS = {
  event_id: /eventId/,
  type: /type/,
  stream: /stream/,
  execution_id: /executionId/,
  correlation_id: /correlationId/,
  actor: /actor/,
  severity: /severity/,
  outcome: /outcome/,
  category: /category/,
  occurred_at: /occurredAt/,
  recorded_at: /recordedAt/,
  body: /does not hash/,
  leaf_hash: /does not hash/,
} as const;

const flip =
  (table: Table, row: number, column: string) =>
  (hands: Hands): Promise<void> =>
    alter(hands, table, (rows) => void (rows[row] = { ...rows[row], [column]: flipped(rows[row]![column]!) }));

const change =
  (table: Table, edit: (rows: Row[]) => Row[] | void) =>
  (hands: Hands): Promise<void> =>
    alter(hands, table, edit);

/** The entry at one position in the place of that at another. */
function moved(row: Row, position: number): Row {
  const body = String(row['body']).replace(/^\{"position":\d+/, `{"position":${position}`);
  return { ...row, position, body };
}

/** Everything that is done to rows one by one, and everything that somebody does who makes all of it fit again. */
export const TAMPERINGS: readonly Tampering[] = [
  ...Object.entries(ROW_COLUMNS).map(([column, names]) => ({
    name: `audit_entries.${column} of entry 70 changed`,
    tamper: flip('audit_entries', 70, column),
    verdict: 'tampered' as const,
    position: 70,
    names,
  })),
  {
    name: 'audit_entries.position of entry 70 changed',
    tamper: flip('audit_entries', 70, 'position'),
    verdict: 'tampered',
    position: 70,
    names: /missing/,
  },
  ...[-1, Number.MIN_SAFE_INTEGER].map((position) => ({
    name: `an entry at position ${position}`,
    tamper: change('audit_entries', (rows) => [{ ...moved(rows[70]!, position), event_id: 'somebody/else' }, ...rows]),
    verdict: 'tampered' as const,
    position,
    names: /the log begins at 0/,
  })),
  ...['size', 'root_hash', 'frontier'].map((column) => ({
    name: `log_head.${column} changed`,
    tamper: flip('log_head', 0, column),
    verdict: column === 'size' ? ('tail-truncated' as const) : ('tampered' as const),
    position: column === 'size' ? 142 : undefined,
    names: /head/,
  })),
  {
    name: 'a hash of log_head.frontier changed',
    tamper: change('log_head', ([row]) => [
      { ...row!, frontier: String(row!['frontier']).replace(/[0-9a-f]{2}/, '00') },
    ]),
    verdict: 'tampered',
    position: 0,
    names: /entries 0 to 127/,
  },
  {
    name: 'log_head without its row',
    tamper: change('log_head', () => []),
    verdict: 'tampered',
    position: undefined,
    names: /head/,
  },
  ...['level', 'idx', 'hash'].map((column) => ({
    name: `audit_tiles.${column} changed`,
    tamper: flip('audit_tiles', 1, column),
    verdict: 'tampered' as const,
    position: undefined,
    names: /tile 1 of level 1, over entries 32 to 63/,
  })),
  {
    name: 'a tile too many',
    tamper: change('audit_tiles', (rows) => void rows.push({ ...rows[0]!, idx: 4 })),
    verdict: 'tampered',
    position: undefined,
    names: /tile 4 of level 1/,
  },
  {
    name: 'two tiles swapped',
    tamper: change('audit_tiles', (rows) => [
      { ...rows[0]!, hash: rows[1]!['hash']! },
      { ...rows[1]!, hash: rows[0]!['hash']! },
      ...rows.slice(2),
    ]),
    verdict: 'tampered',
    position: undefined,
    names: /tile 0 of level 1/,
  },
  ...['id', 'origin', 'size', 'root_hash', 'sealed_at', 'key_id', 'note'].map((column) => ({
    name: `audit_seals.${column} changed`,
    tamper: flip('audit_seals', 0, column),
    verdict: 'tampered' as const,
    position: undefined,
    names: /seal/,
  })),
  {
    name: 'the newest seal removed',
    tamper: change('audit_seals', (rows) => rows.slice(0, 1)),
    verdict: 'tampered',
    position: 101,
    names: /seal of 101 entries/,
  },
  {
    name: 'every seal removed',
    tamper: change('audit_seals', () => []),
    verdict: 'unsealed',
    position: 40,
    names: /seal of 40 entries/,
  },
  {
    name: 'an entry removed',
    tamper: change('audit_entries', (rows) => void rows.splice(70, 1)),
    verdict: 'tampered',
    position: 70,
    names: /missing/,
  },
  {
    name: 'an entry removed, and the others moved up',
    tamper: change('audit_entries', (rows) => [
      ...rows.slice(0, 70),
      ...rows.slice(71).map((row, index) => moved(row, 70 + index)),
    ]),
    verdict: 'tampered',
    position: 70,
    names: /does not hash/,
  },
  {
    name: 'an entry twice',
    tamper: change('audit_entries', (rows) => [
      ...rows.slice(0, 71),
      { ...moved(rows[70]!, 71), event_id: 'another' },
      ...rows.slice(71).map((row, index) => moved(row, 72 + index)),
    ]),
    verdict: 'tampered',
    position: 71,
    names: /does not hash/,
  },
  {
    name: 'two entries swapped',
    tamper: change('audit_entries', (rows) => {
      const [one, other] = [rows[70]!, rows[71]!];
      rows[70] = { ...other, position: 70 };
      rows[71] = { ...one, position: 71 };
    }),
    verdict: 'tampered',
    position: 70,
    names: /says position 71/,
  },
  {
    name: 'an entry put in again at the end',
    tamper: change('audit_entries', (rows) => void rows.push({ ...moved(rows[70]!, 142), event_id: 'another' })),
    verdict: 'tampered',
    position: 142,
    names: /beyond/,
  },
  {
    name: 'the first entries removed',
    tamper: change('audit_entries', (rows) => rows.slice(3)),
    verdict: 'front-truncated',
    position: 0,
    names: /begins at position 3/,
  },
  {
    name: 'the last entries removed',
    tamper: change('audit_entries', (rows) => rows.slice(0, 120)),
    verdict: 'tail-truncated',
    position: 120,
    names: /120 are there/,
  },
  {
    name: 'the last entries removed, all made to fit, a sealed one among them',
    tamper: async (hands) => {
      await alter(hands, 'audit_entries', (rows) => rows.slice(0, 90));
      await rebuild(hands, { tiles: true });
    },
    verdict: 'tail-truncated',
    position: 90,
    names: /seal of 101 entries/,
  },
  {
    name: 'a text rewritten, its leaf made to fit, the head not',
    tamper: async (hands) => {
      const head = await hands.read('log_head');
      const tiles = await hands.read('audit_tiles');
      await alter(hands, 'audit_entries', (rows) => void (rows[70] = rewritten(rows[70]!)));
      await rebuild(hands, { tiles: true });
      await hands.write('log_head', head);
      await hands.write('audit_tiles', tiles);
    },
    verdict: 'tampered',
    // The tile that was left as it was tells more than the head, whose largest part is 128 entries.
    position: 64,
    names: /entries 64 to 95/,
  },
  {
    name: 'rebuilt from the middle, head and tiles included',
    tamper: async (hands) => {
      await alter(hands, 'audit_entries', (rows) => rows.map((row, index) => (index < 70 ? row : rewritten(row))));
      await rebuild(hands, { tiles: true });
    },
    verdict: 'forked',
    position: 40,
    names: /seal of 101 entries .*entries 40 to 100/,
  },
  {
    name: 'rebuilt from the middle, head included, and the tiles forgotten',
    tamper: async (hands) => {
      await alter(hands, 'audit_entries', (rows) => rows.map((row, index) => (index < 70 ? row : rewritten(row))));
      await rebuild(hands, { tiles: false });
    },
    verdict: 'forked',
    position: 64,
    names: /entries 64 to 95/,
  },
  {
    name: 'rebuilt from the beginning',
    tamper: async (hands) => {
      await alter(hands, 'audit_entries', (rows) => rows.map(rewritten));
      await rebuild(hands, { tiles: true });
    },
    verdict: 'forked',
    position: 0,
    names: /seal of 40 entries/,
  },
];

/** What was found, as far as it has to be told. */
export function told({ verdict, position }: Verification): readonly [Verdict, number | undefined] {
  return [verdict, position];
}
