// @ts-check
// A process of its own with writers that append to one log. Arguments: the store's URL, writers, appends each, events each,
// and the number of this process. It says that it is ready, and begins at the first line it is given.
import { once } from 'node:events';
import { createJiti } from 'jiti';
import { createWaymark } from 'waymark';

const [storage = '', ...numbers] = process.argv.slice(2);
const [writers = 0, appends = 0, count = 0, number = 0] = numbers.map(Number);
const { nodeEvents } = /** @type {typeof import('./events.js')} */ (
  await createJiti(import.meta.url).import('./events.ts')
);
const waymark = await createWaymark({ storage });
const total = writers * appends;
const work = Array.from({ length: total }, (_, part) => nodeEvents(count, (number * total + part) * count));
console.log('ready');
await once(process.stdin, 'data');
await Promise.all(
  Array.from({ length: writers }, async (_, writer) => {
    for (let part = writer; part < total; part += writers) await waymark.log.append(work[part] ?? []);
  }),
);
console.log('done');
await waymark.close();
process.stdin.destroy();
