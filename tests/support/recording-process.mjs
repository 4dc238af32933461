// Plain JavaScript over the build in dist/. A runner that records itself and is run from its beginning each time:
// recording-process.mjs STORE. Prints `did NAME` for each node that it did, once its result is durable.
import { createWaymark } from '../../dist/index.js';

const [storage = ''] = process.argv.slice(2);
const waymark = await createWaymark({ storage });
const run = await waymark.recorder.execution({ workflow: 'nightly', executionId: 'n', resume: true });
for (let pass = 1; pass <= 12; pass += 1) {
  let isDone = false;
  await run.node('step', () => {
    isDone = true;
    return { pass };
  });
  if (isDone) process.stdout.write(`did ${pass}\n`);
}
await run.complete({ done: run.completed.length });
await waymark.close();
