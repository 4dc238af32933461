import { runInNewContext } from 'node:vm';
import { jest } from '@jest/globals';
import { warnProcess } from '../../../src/application/shared/warn-process.js';
import { WaymarkError } from '../../../src/index.js';

function warned(thrown: unknown): readonly unknown[] {
  const warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
  try {
    warnProcess(thrown, 'WaymarkSealWarning');
    return warn.mock.calls.flat();
  } finally {
    warn.mockRestore();
  }
}

describe('a warning of the process', () => {
  it('has the name it is given, and the code, the message and the stack of the error', () => {
    const error = new WaymarkError('WAYMARK_STORE_FAILED', 'The store is away.');
    expect(warned(error)).toStrictEqual([
      'The store is away.',
      {
        type: 'WaymarkSealWarning',
        code: error.code,
        detail: expect.stringContaining('WaymarkError: The store is away.\n    at '),
      },
    ]);
  });

  it('takes an error of another realm, which process.emitWarning refuses, and threw that in the place of the trouble', () => {
    const foreign: unknown = runInNewContext('new RangeError("from elsewhere")');
    expect(warned(foreign)).toStrictEqual(['from elsewhere', expect.objectContaining({ type: 'WaymarkSealWarning' })]);
  });

  it('takes what is no error', () => {
    expect(warned('just text')).toStrictEqual(['just text', { type: 'WaymarkSealWarning' }]);
  });
});
