import type { BaseCheckpointSaver } from '@langchain/langgraph-checkpoint';
import {
  type CheckpointSaverTestInitializer,
  deltaChannelHistoryTests,
  validate,
} from '@langchain/langgraph-checkpoint-validation';
import { type OpenSaver, SAVERS, type SaverUnderTest } from '../../support/savers.js';

// LangGraph's public suite for savers, as it is. It is written for Vitest, of which it uses one thing more than Jest has:
// what is expected softly fails the test later there, and at once here.
Object.assign(expect, { soft: expect });

/** How many tests the suite has in version 1.1.1: one that quietly ran fewer would prove less. */
const TESTS = { validate: 718, deltaChannels: 8 };

describe.each(SAVERS)('the public suite, %s', (name, open) => {
  describe('validate()', () => {
    counted(name, 'validate()', TESTS.validate);
    validate(initializer(name, open));
  });

  describe('deltaChannelHistoryTests()', () => {
    counted(name, 'deltaChannelHistoryTests()', TESTS.deltaChannels);
    deltaChannelHistoryTests(initializer(name, open));
  });
});

function initializer(name: string, open: OpenSaver): CheckpointSaverTestInitializer<BaseCheckpointSaver> {
  const opened = new Map<BaseCheckpointSaver, SaverUnderTest>();
  return {
    checkpointerName: `WaymarkSaver ${name}`,
    createCheckpointer: async () => {
      const under = await open();
      opened.set(under.saver, under);
      return under.saver;
    },
    destroyCheckpointer: async (saver) => {
      await opened.get(saver)?.remove();
      opened.delete(saver);
    },
  };
}

/** Counts the tests that run in the present block, and says it. */
function counted(name: string, suite: string, expected: number): void {
  let ran = 0;
  beforeEach(() => {
    ran += 1;
  });
  afterAll(() => {
    process.stderr.write(`${suite} of LangGraph's public suite ${name}: ${ran} of ${expected} tests ran\n`);
    expect(ran).toBe(expected);
  });
}
