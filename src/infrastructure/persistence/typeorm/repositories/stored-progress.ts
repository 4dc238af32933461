import { z } from 'zod';
import { storedCount } from './stored-row.js';

const text = z.string();
const texts = z.array(text);

/** What is stored of an execution's progress: see `Progress`. */
export const storedProgress = z.object({
  skipped: texts,
  choices: z.record(text, texts),
  open: z.array(
    z.object({
      at: text,
      nodeId: text,
      occurrence: storedCount,
      attempt: storedCount,
      total: storedCount.optional(),
      next: storedCount.optional(),
      bodies: z.array(z.object({ index: storedCount, done: texts, failed: texts.optional() })),
    }),
  ),
});
