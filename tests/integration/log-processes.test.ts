import { jest } from '@jest/globals';
import Database from 'better-sqlite3';
import { createWaymark, type Waymark } from '../../src/index.js';
import { codeOf } from '../support/caught.js';
import { DealCreated, deals } from '../support/deals.js';
import { askPostgres, dropSchemas, hasPostgres, postgresOptions, postgresUrl } from '../support/postgres.js';
import { runProgram, startProgram } from '../support/run-program.js';
import { makeTemporaryFolder } from '../support/temporary-folder.js';

// Each test starts programs.
jest.setTimeout(120_000);

const PROCESSES = ['a', 'b', 'c', 'd'] as const;
const WRITERS = 6;
const EVENTS = 15;
const TOTAL = PROCESSES.length * WRITERS * EVENTS;

/** A store that several processes can open, and what to do to it from outside. */
interface Place {
  readonly storage: string;
  run(sql: string): Promise<void>;
  remove(): Promise<void>;
}

const PLACES: readonly (readonly [name: string, make: () => Place])[] = [
  ['SQLite', makeFile],
  ...(hasPostgres ? [['PostgreSQL', makeSchema] as const] : []),
];

describe.each(PLACES)('a log on %s that several processes share', (_, makePlace) => {
  let place: Place;
  let waymark: Waymark;

  beforeEach(async () => {
    place = makePlace();
    waymark = await createWaymark({ storage: place.storage });
  });
  afterEach(async () => {
    await waymark.close();
    await place.remove();
  });

  it('is followed each entry once and in order, while 24 writers of four processes append', async () => {
    const command = ['log', '--follow', '--json', '--after', '-1', '--store', place.storage];
    const follow = startProgram('../../dist/interfaces/cli/main.js', command);
    const [seen, printed, ...outputs] = await Promise.all([
      tailed(waymark),
      followed(follow),
      ...PROCESSES.map((name) => runProgram('log-process.mjs', [place.storage, name, String(WRITERS), String(EVENTS)])),
    ]);
    await follow.ended;
    expect(seen.map(([, position]) => position)).toStrictEqual(Array.from({ length: TOTAL }, (__, index) => index));
    // What each writer was told, and in the order in which it was told.
    const told = outputs.flatMap((lines) => {
      expect(lines.at(-1)).toBe('done');
      return lines.slice(0, -1).map((line) => line.split(' '));
    });
    expect(new Map(told.map(([id, position]) => [id, Number(position)]))).toStrictEqual(new Map(seen));
    for (const name of PROCESSES) {
      for (let writer = 0; writer < WRITERS; writer += 1) {
        const own = seen.map(([id]) => id).filter((id) => id.startsWith(`${name}-${writer}-`));
        expect(own).toStrictEqual(Array.from({ length: EVENTS }, (__, index) => `${name}-${writer}-${index}`));
      }
    }
    expect(printed).toStrictEqual(seen);
    expect(await waymark.log.verify()).toMatchObject({ verdict: 'ok', checked: TOTAL });
  });

  it('lets one of several processes win that decided upon the same version of a stream', async () => {
    const other = await createWaymark({ storage: place.storage });
    try {
      for (let version = 0; version < 10; version += 1) {
        const append = (log: Waymark['log']): Promise<string> => {
          const event = new DealCreated({ dealId: 'd' }, { stream: 'deal/d' });
          return log.append([event], { expectedVersions: { 'deal/d': version } }).then(
            () => 'won',
            (error: unknown) => (error as { code: string }).code,
          );
        };
        const results = await Promise.all([append(waymark.log), append(other.log)]);
        expect(results.toSorted()).toStrictEqual(['WAYMARK_STREAM_CONFLICT', 'won']);
      }
    } finally {
      await other.close();
    }
  });

  // What it would write has the shape of the tables as it knows them.
  it('is written no more by a process that is older than the tables have become', async () => {
    await waymark.log.append(deals('before'));
    await place.run(`INSERT INTO migrations (timestamp, name) VALUES (1900000000000, 'AddFuture1900000000000')`);
    expect(await codeOf(waymark.log.append(deals('after')))).toBe('WAYMARK_STORE_NEWER');
    expect(await codeOf(waymark.log.append(deals('again')))).toBe('WAYMARK_STORE_NEWER');
    expect((await waymark.log.head()).size).toBe(1);
    // Nobody is kept out by a transaction that was left open.
    await place.run(`DELETE FROM migrations WHERE name = 'AddFuture1900000000000'`);
    await waymark.log.append(deals('later'));
    expect((await waymark.log.query()).map(({ message }) => message)).toStrictEqual([
      'deal before created',
      'deal later created',
    ]);
  });
});

type Seen = readonly (readonly [id: string, position: number])[];

async function tailed(waymark: Waymark): Promise<Seen> {
  const seen: [string, number][] = [];
  for await (const { event, position } of waymark.log.tail({}, { after: -1, pollMs: 5 })) {
    seen.push([event.id, position]);
    if (seen.length === TOTAL) break;
  }
  return seen;
}

async function followed(program: ReturnType<typeof startProgram>): Promise<Seen> {
  const seen: [string, number][] = [];
  for await (const line of program.lines) {
    const { id, position } = JSON.parse(line) as { readonly id: string; readonly position: number };
    seen.push([id, position]);
    if (seen.length === TOTAL) program.kill();
  }
  return seen;
}

function makeFile(): Place {
  const folder = makeTemporaryFolder();
  const path = folder.file('waymark.db');
  return {
    storage: `sqlite:${path}?lockTimeoutMs=60000`,
    run: (sql) => {
      const raw = new Database(path);
      raw.exec(sql);
      raw.close();
      return Promise.resolve();
    },
    remove: () => Promise.resolve(folder.remove()),
  };
}

function makeSchema(): Place {
  const { schema } = postgresOptions();
  return {
    storage: postgresUrl(schema, 'lockTimeoutMs=60000'),
    run: async (sql) => {
      await askPostgres(sql.replace('migrations', `"${schema}".migrations`));
    },
    remove: () => dropSchemas([schema]),
  };
}
