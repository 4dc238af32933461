import { SqliteDatabase } from '../../src/infrastructure/persistence/typeorm/sqlite-database.js';
import { timerScheduler } from '../../src/infrastructure/runtime/timer-scheduler.js';
import { codeOf } from '../support/caught.js';
import { makeTemporaryFolder } from '../support/temporary-folder.js';

describe('the connection that reads', () => {
  it('can not write, though the file is open for writing', async () => {
    const folder = makeTemporaryFolder();
    const database = new SqliteDatabase({ path: folder.file('waymark.db') }, timerScheduler);
    try {
      await database.open();
      const insert = `INSERT INTO contents (hash, body) VALUES ('h', '1')`;
      expect(await codeOf(database.read((queries) => queries.query(insert)))).toBe('WAYMARK_STORE_READ_ONLY');
      await database.exclusively(({ queries }) => queries.query(insert));
      expect(await database.read((queries) => queries.query('SELECT hash FROM contents'))).toHaveLength(1);
    } finally {
      await database.close();
      folder.remove();
    }
  });
});
