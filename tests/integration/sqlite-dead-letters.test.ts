import Database from 'better-sqlite3';
import { SqliteStore } from '../../src/infrastructure/persistence/typeorm/sqlite-store.js';
import { timerScheduler } from '../../src/infrastructure/runtime/timer-scheduler.js';
import { makeDeadLetter } from '../../src/testing/fixtures.js';
import { caughtWaymark } from '../support/caught.js';
import { makeTemporaryFolder, type TemporaryFolder } from '../support/temporary-folder.js';

let folder: TemporaryFolder;
let store: SqliteStore;
let database: Database.Database;

beforeEach(async () => {
  folder = makeTemporaryFolder();
  store = await open();
  for (const id of ['letter-1', 'letter-2', 'letter-3']) {
    await store.unitOfWork.run((scope) => store.deadLetters.save(makeDeadLetter({ id }), scope));
  }
  database = new Database(folder.file('waymark.db'));
});

afterEach(async () => {
  database.close();
  await store.close();
  folder.remove();
});

async function open(mode: 'rw' | 'ro' = 'rw'): Promise<SqliteStore> {
  const opened = new SqliteStore({ path: folder.file('waymark.db'), mode }, timerScheduler);
  await opened.open();
  return opened;
}

describe('dead letters in SQLite', () => {
  it.each([
    ['an event that is no JSON', "event = 'not json'", 'event'],
    ['an event without a payload', `event = json_remove(event, '$.payload')`, 'event.payload'],
    ['an event of no type', `event = json_set(event, '$.type', 7)`, 'event.type'],
    ['an event at no time', `event = json_set(event, '$.occurredAt', 'soon')`, 'event.occurredAt'],
    ['an error that is none', "error = '{}'", 'error.name'],
    ['an error whose cause is none', `error = json_set(error, '$.cause', 7)`, 'error.cause'],
    ['half an attempt', 'attempts = 0.5', 'attempts'],
    ['a position below 0', 'position = -1', 'position'],
    ['no time', "parked_at = 'soon'", 'parkedAt'],
  ])('are named where one has %s, and the others can be read', async (_, change, column) => {
    database.exec(`UPDATE dead_letters SET ${change} WHERE id = 'letter-2'`);
    for (const read of [store.deadLetters.get('letter-2'), store.deadLetters.find({}, 'letter-1', 10)]) {
      const error = await caughtWaymark(read);
      expect(error.code).toBe('WAYMARK_STORE_CORRUPT');
      expect(error.message).toContain(`Dead letter letter-2 is damaged in the store: its ${column}`);
    }
    expect(await store.deadLetters.get('letter-1')).toBeDefined();
    expect(await store.deadLetters.find({}, 'letter-2', 10)).toHaveLength(1);
    expect(await store.deadLetters.count({})).toBe(3);
  });

  it('are stored with the text of the event as it was written', () => {
    const { event } = makeDeadLetter();
    expect(database.prepare("SELECT event, event_type FROM dead_letters WHERE id = 'letter-1'").get()).toStrictEqual({
      event: JSON.stringify(event),
      event_type: event.type,
    });
  });

  it('are found by handler or type without a look at the others', () => {
    for (const condition of ['handler = ?', 'event_type = ?']) {
      const sql = `EXPLAIN QUERY PLAN SELECT * FROM dead_letters WHERE ${condition} AND ordinal > 5 ORDER BY ordinal`;
      const [step, ...more] = database.prepare(sql).all('x') as { detail: string }[];
      expect(step?.detail).toMatch(/^SEARCH dead_letters USING INDEX dead_letters_by_\w+ \(\w+=\? AND ordinal>\?\)$/);
      expect(more).toStrictEqual([]);
    }
  });

  it('are there for the next who opens the store, and for who only reads it', async () => {
    await store.close();
    const reader = await open('ro');
    expect((await reader.deadLetters.find({}, undefined, 10)).map(({ id }) => id)).toStrictEqual([
      'letter-1',
      'letter-2',
      'letter-3',
    ]);
    await reader.close();
  });
});
