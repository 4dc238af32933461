import { createWaymark, type Waymark, type WaymarkConfig } from '../../src/index.js';
import { dropSchemas, hasPostgres, postgresOptions } from '../support/postgres.js';
import { makeTemporaryFolder } from '../support/temporary-folder.js';
import { chain } from '../support/workflows.js';

type Storage = Exclude<WaymarkConfig['storage'], undefined>;

const folder = makeTemporaryFolder();
const { schema, ...postgres } = postgresOptions();
const STORAGES: readonly (readonly [string, () => Storage])[] = [
  ['SQLite', () => ({ kind: 'sqlite', path: folder.file('keys.db') })],
  ...(hasPostgres ? [['PostgreSQL', () => ({ kind: 'postgres', schema, ...postgres }) as Storage] as const] : []),
];

describe.each(STORAGES)('one key in several instances on %s', (_name, storageOf) => {
  let waymarks: readonly Waymark[] = [];
  beforeAll(async () => {
    const storage = storageOf();
    const first = await createWaymark({ storage });
    waymarks = [first, await createWaymark({ storage }), await createWaymark({ storage })];
  });
  afterAll(async () => {
    for (const waymark of waymarks) await waymark.close();
  });

  it('starts one execution, which all of them are given', async () => {
    const asked = await Promise.all(
      waymarks.flatMap((waymark) =>
        [1, 2, 3].map(() => waymark.executions.start(chain(), { n: 1 }, { idempotencyKey: 'start' })),
      ),
    );
    expect(new Set(asked.map(({ id }) => id)).size).toBe(1);
    const results = await Promise.all(asked.map((handle) => handle.result()));
    for (const result of results) expect(result).toMatchObject({ status: 'completed', output: { c: 1 } });
    const [waymark] = waymarks as [Waymark];
    expect(await waymark.executions.list()).toHaveLength(1);
    expect(await waymark.log.query({ types: ['execution.started'] })).toHaveLength(1);
  });

  it('cancels once, and gives all of them the same result', async () => {
    const [waymark] = waymarks as [Waymark];
    const run = await waymark.executions.start(chain(), {}, { breakpoints: ['b'] });
    await run.result();
    const results = await Promise.all(
      waymarks.map(({ executions }) => executions.cancel(run.id, { idempotencyKey: 'cancel', reason: 'enough' })),
    );
    for (const result of results) {
      expect(result).toStrictEqual({ status: 'cancelled', executionId: run.id, reason: 'enough' });
    }
    expect(await waymark.log.query({ executionId: run.id, types: ['execution.cancelled'] })).toHaveLength(1);
  });
});

afterAll(async () => {
  folder.remove();
  if (hasPostgres) await dropSchemas([schema]);
});
