import { errorRecord } from '../../../src/application/context/error-record.js';

describe('an error as it is recorded', () => {
  it('has no line that says that Node ran its queues: whether it is there is a matter of microseconds', () => {
    const error = new Error('no rows');
    const [first, ...rest] = ['Error: no rows', '    at play (file.ts:54:3)', '    at file.ts:70:59'];
    const turns = [
      '    at process.processTicksAndRejections (node:internal/process/task_queues:95:5)',
      '    at processTicksAndRejections (node:internal/process/task_queues:105:5)',
    ];
    error.stack = [first, ...turns, ...rest].join('\n');
    expect(errorRecord(error)).toStrictEqual({
      name: 'Error',
      message: 'no rows',
      stack: [first, ...rest].join('\n'),
    });
  });
});
