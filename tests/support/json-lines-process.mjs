// Plain JavaScript over the build in dist/, so that it starts fast. A program of its own that writes events to a file,
// for what one process can't show: sudden death, and a file that may not grow. json-lines-process.mjs PATH NAME COUNT
// publishes COUNT events NAME-0, NAME-1 …, ten at a time, prints how many of them the file has taken, and at the end
// what the handler last failed with.
import { z } from 'zod';
import { writeJsonLines } from '../../dist/consumers.js';
import { createWaymark, defineEvent } from '../../dist/index.js';

class DealCreated extends defineEvent('deal.created', {
  version: 1,
  severity: 'info',
  category: 'workflow',
  emitter: 'host',
  description: 'A deal was entered.',
  message: (deal) => `deal ${deal.dealId} created`,
  payload: z.object({ dealId: z.string(), note: z.string() }),
}) {}

const [path = '', name = '', count = '0'] = process.argv.slice(2);
const waymark = await createWaymark({ storage: 'memory:' });
const file = await writeJsonLines(waymark.bus, { path, topic: 'deal.*', delayMs: 0 });
for (let index = 0; index < Number(count); index += 1) {
  await waymark.bus.publishAsync(new DealCreated({ dealId: `${name}-${index}`, note: 'x'.repeat(500) }));
  if (index % 10 !== 9) continue;
  await waymark.bus.settled();
  const failed = await waymark.bus.deadLetters.count({ handler: 'writeJsonLines' });
  process.stdout.write(`${index + 1 - failed}\n`);
}
const writer = waymark.bus.subscriptions().find((subscription) => subscription.name === 'writeJsonLines');
await file.close();
await waymark.close();
process.stdout.write(`${writer?.lastError ?? 'done'}\n`);
