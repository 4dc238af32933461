import { createWaymark } from 'waymark';

/** A script that is run every night, and again when it failed: it says what it does, and skips what is done. */
export async function main(print: (line: string) => void): Promise<void> {
  await using waymark = await createWaymark({ storage: 'memory:' });

  // #region nightly
  const run = await waymark.recorder.execution({ workflow: 'nightly', executionId: 'night-31', resume: true });
  const rows = await run.node('fetch', async (node) => {
    node.progress(0.5, 'half of the rows');
    return [3, 1, 2];
  });
  await run.checkpoint({ ...run.state, fetched: rows.length }, { label: 'fetched' });
  for (const row of rows) await run.node('load', () => ({ lastRow: row }), { key: `row-${row}` });
  await run.complete({ loaded: rows.length });
  // #endregion

  for (const { event, message } of await waymark.log.query({ executionId: run.id, types: ['node.*', 'execution.*'] })) {
    print(`${event.type.padEnd(20)} ${message.replace(/ in \d+ ms$/, '')}`);
  }
}
