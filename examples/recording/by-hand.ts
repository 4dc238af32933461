import { EventEmitter } from 'node:events';
import { createWaymark, type RecordedNode } from 'waymark';

/** An engine that tells of its jobs in events: its nodes are started and settled by hand. */
export async function main(print: (line: string) => void): Promise<void> {
  await using waymark = await createWaymark({ storage: 'memory:' });
  const engine = new EventEmitter();

  // #region by-hand
  const run = await waymark.recorder.execution({ workflow: 'jobs', version: '2', actor: 'engine:jobs' });
  const nodes = new Map<string, RecordedNode>();
  const told: Promise<unknown>[] = [];
  engine.on('begun', (job: string) => {
    const node = run.node('job', { key: job });
    nodes.set(job, node);
    told.push(node.start());
  });
  engine.on('done', (job: string, result: object) => told.push(nodes.get(job)?.complete(result) ?? Promise.resolve()));
  engine.on('failed', (job: string, error: Error) => told.push(nodes.get(job)?.fail(error) ?? Promise.resolve()));
  // #endregion

  engine.emit('begun', 'resize');
  engine.emit('begun', 'mail');
  engine.emit('failed', 'mail', new Error('no connection'));
  engine.emit('done', 'resize', { pixels: 640 });
  await Promise.all(told);
  print((await run.fail(new Error('a job failed'))).status);
  for (const { message } of await waymark.log.query({ executionId: run.id, types: ['node.*'] })) {
    print(message.replace(/ in \d+ ms$/, ''));
  }
}
