// @ts-check
// A process of its own, with --expose-gc: what executions take in memory that stand still at a breakpoint.
// Arguments: the storage, how many executions. Prints bytes of the heap, before and after.
import { createWaymark, defineWorkflow, task } from 'waymark';

const [storage = 'memory:', count = '10000'] = process.argv.slice(2);
const collect = /** @type {() => void} */ (globalThis.gc);
const workflow = defineWorkflow({
  id: 'stopping',
  version: '1',
  nodes: { first: task({ run: () => ({ counter: 1 }) }), second: task({ run: () => ({ counter: 2 }) }) },
  edges: { first: 'second' },
});
const waymark = await createWaymark({ storage });
// What is made once: statements, the history of the bus, code.
await pause(200);
const before = await heap();
await pause(Number(count));
console.log(JSON.stringify({ before, after: await heap() }));
await waymark.close();

async function pause(/** @type {number} */ executions) {
  for (let begun = 0; begun < executions; begun += 100) {
    await Promise.all(
      Array.from({ length: 100 }, async () => {
        const handle = await waymark.executions.start(workflow, { counter: 0 }, { breakpoints: ['second'] });
        const { status } = await handle.result();
        if (status !== 'paused') throw new Error(`It is ${status}.`);
      }),
    );
  }
}

async function heap() {
  await waymark.flush();
  collect();
  await new Promise((resolve) => {
    setImmediate(resolve);
  });
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
