import { runProgram } from '../support/run-program.js';

const EVENTS = 2_000_000;
const LIMIT_BYTES = 5_000_000;
const TIMEOUT_MS = 120_000;

describe('the heap under a bus', () => {
  it(
    'does not grow with what was published, once the history is full',
    async () => {
      // In a process of its own: only there can garbage be collected on demand, and nobody else makes any.
      const [line = ''] = await runProgram('bus-process.mjs', ['growth', String(EVENTS)], ['--expose-gc']);
      const { grownBytes, received } = JSON.parse(line) as { readonly grownBytes: number; readonly received: number };
      expect(received).toBe(EVENTS);
      expect(grownBytes).toBeLessThan(LIMIT_BYTES);
    },
    TIMEOUT_MS,
  );
});
