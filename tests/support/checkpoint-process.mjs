// Plain JavaScript over the build in dist/. Stores checkpoints of an execution of its own as another process does:
// checkpoint-process.mjs STORE NAME COUNT. Each state has what others have as well, so that most of it is there already;
// or is not, where a collection was faster. Prints `ready`, then the id of each checkpoint once it is durable.
import { storeCheckpoint } from '../../dist/application/checkpoint/store-checkpoint.js';
import { StateEncoder } from '../../dist/domain/checkpoint/content/state-encoder.js';
import { createWaymark } from '../../dist/index.js';

const [storage = '', name = '', count = '0'] = process.argv.slice(2);
const { store, ...waymark } = await open();
const encoder = new StateEncoder();
process.stdout.write('ready\n');

for (let sequence = 0; sequence < Number(count); sequence += 1) {
  // One that comes back again and again, is referred to by one checkpoint at a time, and is garbage in between.
  const state = {
    shared: `what all have in common ${sequence % 3} `.repeat(100),
    own: `${name} ${sequence} `.repeat(60),
  };
  const { values, ...encoded } = encoder.encode(name, state);
  const id = `${name}-${sequence}`;
  const place = {
    id,
    executionId: name,
    parentId: sequence === 0 ? null : `${name}-${sequence - 1}`,
    branchId: 'main',
  };
  const node = { sequence, kind: /** @type {const} */ ('auto'), nodeId: null, occurrence: null };
  const position = { completed: [], nextNodeIds: [] };
  const checkpoint = { ...place, ...node, ...encoded, position, createdAt: new Date().toISOString() };
  await store.unitOfWork.run(async (scope) => {
    await storeCheckpoint(store.checkpoints, { checkpoint, values }, scope);
    const branch = { executionId: name, branchId: 'main', parentBranchId: null, startCheckpointId: null };
    await store.checkpoints.saveBranch({ ...branch, headCheckpointId: id, abandoned: false }, scope);
    // Only the newest one stays: what the others had is garbage, until it comes again.
    if (sequence > 0) await store.checkpoints.remove(name, [`${name}-${sequence - 1}`], scope);
  });
  process.stdout.write(`${id}\n`);
}
await waymark.close();

async function open() {
  const opened = await createWaymark({ storage });
  return { store: opened.store, close: () => opened.close() };
}
