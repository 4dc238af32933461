// Plain JavaScript over the build in dist/, so that it starts fast. A program of its own that appends to a log, for what
// one process can't show. log-process.mjs STORAGE NAME WRITERS COUNT: each of WRITERS writers at once appends COUNT events
// and prints the id and the position of each once it is durable.
import { z } from 'zod';
import { createWaymark, defineEvent } from '../../dist/index.js';

class NoteTaken extends defineEvent('note.taken', {
  version: 1,
  severity: 'info',
  category: 'operations',
  emitter: 'host',
  description: 'A note was taken.',
  message: (note) => `${note.writer}: ${note.index}`,
  payload: z.object({ writer: z.string(), index: z.number() }),
}) {}

const [storage = '', name = '', writers, count] = process.argv.slice(2);
const waymark = await createWaymark({ storage });
await Promise.all(Array.from({ length: Number(writers) }, (_, writer) => write(`${name}-${writer}`)));
await waymark.close();
process.stdout.write('done\n');

/** @param {string} writer */
async function write(writer) {
  for (let index = 0; index < Number(count); index += 1) {
    const note = new NoteTaken({ writer, index }, { id: `${writer}-${index}`, stream: `note/${writer}` });
    const [entry] = await waymark.log.append([note], { expectedVersions: { [note.context.stream]: index } });
    process.stdout.write(`${note.id} ${entry?.position}\n`);
  }
}
