// Plain JavaScript over the build in dist/, so that it starts fast and can be killed: export-process.mjs STORE FILE
// FORMAT GZIP goes on with an export, prints a line after each page, and `done` at the end. It reads slowly, so that it
// is killed in the middle.
import { createWaymark } from '../../dist/index.js';

const [store = '', to = '', format = 'jsonl', gzip = ''] = process.argv.slice(2);
const waymark = await createWaymark({ storage: `sqlite:${store}?mode=ro` });
await waymark.log.export({
  to,
  format: /** @type {'jsonl'} */ (format),
  gzip: gzip === 'gzip',
  resume: true,
  record: false,
  onProgress: (done) => void process.stdout.write(`${done}\n`),
});
await waymark.close();
process.stdout.write('done\n');
