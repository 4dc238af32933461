import { createWaymark, type Waymark } from 'waymark';

/** A rollback and a fork of a recording: the runner goes on where they leave it. */
export async function main(print: (line: string) => void): Promise<void> {
  await using waymark = await createWaymark({ storage: 'memory:' });
  await nightly(waymark, 'night-31', print);

  print('# rolled back');
  const { checkpoints } = await waymark.checkpoints.tree('night-31');
  const fetched = checkpoints.find(({ label }) => label === 'fetched')?.id ?? '';
  await waymark.executions.rollback('night-31', fetched, { reason: 'row 2 was wrong', statePatch: { limit: 1 } });
  await nightly(waymark, 'night-31', print);

  print('# forked');
  const fork = await waymark.executions.fork(fetched, { executionId: 'what-if', reason: 'without a limit' });
  print((await fork.result()).status);
  await nightly(waymark, 'what-if', print);
}

/** The same from its beginning each time. */
async function nightly(waymark: Waymark, executionId: string, print: (line: string) => void): Promise<void> {
  const run = await waymark.recorder.execution({ workflow: 'nightly', executionId, resume: true });
  const rows = await run.node('fetch', () => {
    print('fetching');
    return [1, 2, 3];
  });
  await run.checkpoint({ ...run.state, rows }, { label: 'fetched' });
  const { limit = rows.length } = run.state as { readonly limit?: number };
  for (const row of rows.slice(0, limit)) {
    await run.node('load', () => print(`loading ${row}`), { key: `row-${row}` });
  }
  await run.complete({ loaded: Math.min(limit, rows.length) });
}
