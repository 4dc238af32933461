import { main } from '../../examples/langgraph/saver.js';

describe('the saver that is shown', () => {
  it('keeps a thread that waits for a person, and the log of it', async () => {
    const printed: string[] = [];
    await main((line) => printed.push(line));
    expect(printed).toStrictEqual([
      'human: Write to Ada.',
      'ai: Shall I send it?',
      'human: Yes, do.',
      'ai: Sent.',
      '5 checkpoints on main',
      'checkpoint.created',
      'checkpoint.created',
      'the log is ok',
    ]);
  });
});
