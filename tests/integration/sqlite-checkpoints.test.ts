import Database from 'better-sqlite3';
import { DataSource } from 'typeorm';
import { MIGRATIONS } from '../../src/infrastructure/persistence/typeorm/migrations/index.js';
import { defineWorkflow, task, type Waymark } from '../../src/index.js';
import { codeOf } from '../support/caught.js';
import { openWaymark } from '../support/open-waymark.js';
import { makeTemporaryFolder, type TemporaryFolder } from '../support/temporary-folder.js';

let folder: TemporaryFolder;
let opened: Waymark[];

beforeEach(() => {
  folder = makeTemporaryFolder();
  opened = [];
});

afterEach(async () => {
  for (const waymark of opened) await waymark.close();
  folder.remove();
});

describe('the rows of checkpoints', () => {
  it.each<[string, (index: number) => object]>([
    ['that set one key', (index) => ({ step: index })],
    ['that set a key each', (index) => ({ [`n${index}`]: index })],
  ])('take space in proportion to the nodes %s', async (_, result) => {
    const sizes: number[] = [];
    for (const count of [40, 80, 160]) {
      const before = rowBytes();
      await run(await open(), count, result);
      sizes.push(rowBytes() - before);
    }
    const [small, middle, large] = sizes as [number, number, number];
    // Twice the nodes take twice the space, and not four times.
    expect(middle / small).toBeLessThan(2.3);
    expect(large / middle).toBeLessThan(2.3);
  });

  it('are put together by a process that did not write them, and gone on from', async () => {
    const first = await open();
    const paused = await first.executions.start(
      chain(30, (index) => ({ step: index })),
      {},
      { breakpoints: ['n20'] },
    );
    await paused.result();
    const [written, head] = [
      await first.checkpoints.list(paused.id),
      (await first.executions.get(paused.id)).headCheckpointId,
    ];
    const second = await open();
    expect(await second.checkpoints.list(paused.id)).toStrictEqual(written);
    second.executions.register(chain(30, (index) => ({ step: index })));
    await (await second.executions.resume(paused.id)).result();
    const all = await first.checkpoints.list(paused.id);
    expect(all.slice(0, written.length)).toStrictEqual(written);
    expect(all.at(-1)?.position.completed.map(({ nodeId }) => nodeId)).toStrictEqual(ids(30));
    expect((await first.checkpoints.get(head)).position.completed).toHaveLength(20);
    expect(await first.checkpoints.state(all.at(-1)!.id)).toStrictEqual({ step: 29 });
  });

  it('and executions are what they were when the tables of what they completed are taken away and made again', async () => {
    const first = await open();
    const options = { breakpoints: ['n5'] };
    const run = await first.executions.start(
      chain(9, (index) => ({ step: index })),
      {},
      options,
    );
    await run.result();
    const [execution, checkpoints] = [await first.executions.get(run.id), await first.checkpoints.list(run.id)];
    expect([execution.completed.length, execution.occurrences['n4']]).toStrictEqual([5, 1]);
    await first.close();
    const database = folder.file('waymark.db');
    const dataSource = new DataSource({ type: 'better-sqlite3', database, migrations: [...MIGRATIONS] });
    await dataSource.initialize();
    const index = MIGRATIONS.findIndex((Migration) => Migration.name.startsWith('CreateCompletions'));
    for (let undone = MIGRATIONS.length; undone > index; undone -= 1) await dataSource.undoLastMigration();
    await dataSource.destroy();
    const second = await open();
    // A later migration, which was taken back too, had brought the column of that.
    expect(await second.executions.get(run.id)).toStrictEqual({ ...execution, fence: 0 });
    expect(await second.checkpoints.list(run.id)).toStrictEqual(checkpoints);
    second.executions.register(chain(9, (at) => ({ step: at })));
    await (await second.executions.resume(run.id)).result();
    expect((await second.executions.get(run.id)).completed).toHaveLength(9);
  });

  it.each([
    [
      'follow each other in a circle',
      `UPDATE checkpoints SET parent_id = (SELECT id FROM checkpoints WHERE sequence = 5) WHERE sequence = 1`,
    ],
    ['have lost the one they follow', `DELETE FROM checkpoints WHERE sequence = 3`],
    ['have lost what they stand on', `UPDATE checkpoints SET base_id = NULL WHERE sequence = 3`],
    ['hold something else for a position', `UPDATE checkpoints SET position = '[]' WHERE sequence = 3`],
    [
      'hold something else for a list',
      `UPDATE checkpoints SET position = '{"completed":5,"nextNodeIds":{"whole":[]}}' WHERE sequence = 3`,
    ],
    ['have lost what they completed', `UPDATE completions SET parent_id = 99 WHERE id = 3`],
    ['completed something twice over', `UPDATE completions SET parent_id = 5 WHERE id = 1`],
    ['hold something else for a manifest', `UPDATE checkpoints SET manifest = '7' WHERE sequence = 3`],
  ])('are told as damaged when they %s', async (_, damage) => {
    const waymark = await open();
    // A key each: then each row stands on the one before.
    const id = await run(waymark, 8, (index) => ({ [`n${index}`]: index }));
    const last = (await waymark.checkpoints.list(id)).at(-1)!;
    raw((database) => {
      database.pragma('foreign_keys = OFF');
      database.exec(damage);
    });
    const look = async (): Promise<unknown> => JSON.stringify(await waymark.checkpoints.get(last.id));
    expect(await codeOf(look)).toBe('WAYMARK_STORE_CORRUPT');
    expect(await codeOf(async () => JSON.stringify(await waymark.checkpoints.list(id)))).toBe('WAYMARK_STORE_CORRUPT');
  });
});

const ids = (count: number): string[] => Array.from({ length: count }, (_, index) => `n${index}`);

function chain(count: number, result: (index: number) => object) {
  const nodeIds = ids(count);
  return defineWorkflow({
    id: 'long',
    version: '1',
    nodes: Object.fromEntries(nodeIds.map((id, index) => [id, task(() => result(index))])),
    edges: Object.fromEntries(nodeIds.slice(1).map((id, index) => [`n${index}`, id])),
  });
}

async function run(waymark: Waymark, count: number, result: (index: number) => object): Promise<string> {
  const started = await waymark.executions.start(chain(count, result), {});
  await started.result();
  return started.id;
}

async function open(): Promise<Waymark> {
  const waymark = await openWaymark({ storage: `sqlite:${folder.file('waymark.db')}` });
  opened.push(waymark);
  return waymark;
}

/** What another program does to the file. */
function raw<Result>(work: (database: Database.Database) => Result): Result {
  const database = new Database(folder.file('waymark.db'));
  try {
    return work(database);
  } finally {
    database.close();
  }
}

/** How much the positions and manifests of all checkpoints take. */
function rowBytes(): number {
  if (opened.length === 0) return 0;
  const total = raw((database) =>
    database.prepare('SELECT SUM(LENGTH(position) + LENGTH(manifest)) AS bytes FROM checkpoints').get(),
  ) as { readonly bytes: number | null };
  return total.bytes ?? 0;
}
