import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { createWaymark, defineWorkflow, task, type Waymark } from 'waymark';
import { collectMetrics, logEvents, writeJsonLines } from 'waymark/consumers';

/** Prints a line. */
type Print = (line: string) => void;

const payment = defineWorkflow<{ amount: number; receipt?: string }>({
  id: 'payment',
  version: '1',
  nodes: {
    check: task(({ state }) => {
      if (state.amount > 100) throw new Error(`${state.amount} is over the limit`);
    }),
    pay: task(({ state }) => ({ receipt: `${state.amount} paid` })),
  },
  edges: { check: 'pay' },
});

/** What Waymark does, in a structured log, in a file and as metrics. */
export async function main(print: Print): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'waymark-consumers-'));
  try {
    await using waymark = await createWaymark({ storage: 'memory:' });
    await showLog(waymark, print);
    await showFile(waymark, join(folder, 'events.jsonl'), print);
    await showMetrics(waymark, print);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function showLog(waymark: Waymark, print: Print): Promise<void> {
  print('# a structured log');
  const logger = pino({ level: 'debug' }, { write: print });
  using logging = logEvents(waymark.bus, logger, { minSeverity: 'info' });

  const run = await waymark.executions.start(payment, { amount: 120 });
  await run.result();
  print(`logging: ${logging.active}`);
}

async function showFile(waymark: Waymark, path: string, print: Print): Promise<void> {
  print('# a file of JSON lines');
  const file = await writeJsonLines(waymark.bus, { path, maxBytes: 50_000_000, maxFiles: 10, compress: true });

  const run = await waymark.executions.start(payment, { amount: 80 });
  await run.result();

  await file.close();
  print(await readFile(path, 'utf8'));
}

async function showMetrics(waymark: Waymark, print: Print): Promise<void> {
  print('# metrics for Prometheus');
  using metrics = await collectMetrics(waymark.bus, { registry: new Registry() });

  const run = await waymark.executions.start(payment, { amount: 60 });
  await run.result();

  print(await metrics.registry.metrics());
}
