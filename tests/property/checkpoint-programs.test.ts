import fc from 'fast-check';
import { FakeClock } from '../support/fake-clock.js';
import { CheckpointProgram, programs } from '../support/checkpoint-program.js';
import { openWaymark } from '../support/open-waymark.js';
import { dropSchemas, hasPostgres, postgresOptions, postgresUrl } from '../support/postgres.js';
import { makeTemporaryFolder } from '../support/temporary-folder.js';

interface Place {
  readonly storage: string;
  remove(): Promise<void> | void;
}

const PLACES: readonly (readonly [name: string, runs: number, make: () => Place])[] = [
  ['in memory', 150, () => ({ storage: 'memory:', remove: () => undefined })],
  ['on SQLite', 40, onSqlite],
  ...(hasPostgres ? [['on PostgreSQL', 6, onPostgres] as const] : []),
];

describe('programs of put, branch, rollback, label, prune, collect, copy and delete', () => {
  it.each(PLACES)('leave what a model has that keeps full copies: %s', async (_name, numRuns, make) => {
    await fc.assert(
      fc.asyncProperty(programs, async (steps) => {
        const place = make();
        const clock = new FakeClock();
        const waymark = await openWaymark({ storage: place.storage, clock });
        try {
          await new CheckpointProgram(waymark, clock).play(steps);
        } finally {
          await waymark.close();
          await place.remove();
        }
      }),
      { numRuns },
    );
  });
});

function onSqlite(): Place {
  const folder = makeTemporaryFolder();
  return { storage: `sqlite:${folder.file('waymark.db')}?durability=off`, remove: () => folder.remove() };
}

function onPostgres(): Place {
  const { schema } = postgresOptions();
  return { storage: postgresUrl(schema), remove: () => dropSchemas([schema]) };
}
