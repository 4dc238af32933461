// Plain JavaScript over the build in dist/, so that it starts fast and can be killed: workspace-step-process.mjs STORE STEPS
// VERB [ARGUMENTS]. Opens the store, makes the file STEPS, which arms tests/support/kill-points.mjs, and does one thing
// with a workspace.
import { writeFileSync } from 'node:fs';
import { createWaymark } from '../../dist/index.js';

const [store = '', steps = '', verb, first = '', second = ''] = process.argv.slice(2);
const waymark = await createWaymark({ storage: `sqlite:${store}` });
writeFileSync(steps, '');
switch (verb) {
  case 'create':
    await waymark.workspaces.create({ from: { folder: first }, executionId: second });
    break;
  case 'snapshot':
    await waymark.workspaces.snapshot(first);
    break;
  case 'restore':
    await waymark.workspaces.restore(first, second, { checkpointId: 'checkpoint-1' });
    break;
  case 'remove':
    await waymark.workspaces.remove(first);
    break;
  default:
    throw new Error(`There is no verb ${verb}.`);
}
await waymark.close();
process.stdout.write('done\n');
