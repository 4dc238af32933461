import { runProgram } from '../support/run-program.js';

/** What a bridge may leave behind, in bytes, after it was enabled and disabled 10,000 times. */
const GENEROUS = 1_000_000;
const TIMEOUT_MS = 60_000;

const MECHANISMS = ['emitter', 'listener', 'subject', 'target', 'bus'] as const;

/** Runs in a process of its own: only there can garbage be collected on demand. */
async function found(command: string, mechanism: string): Promise<unknown> {
  const [line = ''] = await runProgram('bridge-process.mjs', [command, mechanism], ['--expose-gc']);
  return JSON.parse(line) as unknown;
}

describe.each(MECHANISMS)('a bridge (%s)', (mechanism) => {
  it(
    'leaves neither handlers nor memory behind, enabled and disabled 10,000 times',
    async () => {
      const result = (await found('toggle', mechanism)) as { readonly grownBytes: number };
      expect(result).toMatchObject({ onBus: 0, onFar: 0 });
      expect(result.grownBytes).toBeLessThan(GENEROUS);
    },
    TIMEOUT_MS,
  );

  it(
    'keeps nothing alive that it leads to, and leaves the bus, which tells of it',
    async () => {
      // One that only takes in has no handler on the bus that could be collected.
      const collected = mechanism === 'listener' ? [] : [{ handler: 'the bridge', topic: '**' }];
      expect(await found('drop-far', mechanism)).toStrictEqual({
        isGone: true,
        handlers: 0,
        collected,
        enabled: false,
      });
    },
    TIMEOUT_MS,
  );

  it(
    'does not keep the bus alive, and leaves the other side',
    async () => {
      // Of all that a bridge leads to, only a bus can tell of it.
      const collected = mechanism === 'bus' ? [{ handler: 'the bridge', topic: '**' }] : [];
      expect(await found('drop-bus', mechanism)).toStrictEqual({
        isGone: true,
        handlers: 0,
        collected,
        enabled: false,
      });
    },
    TIMEOUT_MS,
  );

  it(
    'goes on carrying when nobody holds it, for as long as there are both sides',
    async () => {
      expect(await found('drop-bridge', mechanism)).toStrictEqual({ received: 1 });
    },
    TIMEOUT_MS,
  );
});
