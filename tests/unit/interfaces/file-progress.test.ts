import type { CliIo } from '../../../src/interfaces/cli/cli-io.js';
import { fileProgress } from '../../../src/interfaces/cli/file-progress.js';
import { Session } from '../../../src/interfaces/cli/session.js';
import { Recorder } from '../../e2e/cli/support/in-process.js';

function sessionOn(
  columns: number | undefined,
  json = false,
): { readonly session: Session; readonly stderr: Recorder } {
  const stderr = new Recorder(columns);
  const io: CliIo = {
    stdin: { [Symbol.asyncIterator]: () => ({ next: () => Promise.resolve({ done: true, value: undefined }) }) },
    stdout: new Recorder(columns),
    stderr,
    env: {},
    onInterrupt: () => () => undefined,
    whileOpen: () => () => undefined,
    exit: () => undefined,
  };
  return { session: new Session(io, { color: false, json }, new AbortController().signal), stderr };
}

describe('the progress of work on files', () => {
  it('is a line that counts, on a terminal, and goes when it is over', () => {
    const { session, stderr } = sessionOn(80);
    const progress = fileProgress(session, 'read back');
    progress.onProgress({ files: 1, bytes: 10 });
    progress.onProgress({ files: 1_200, bytes: 3_400_000 });
    progress.end();
    progress.end();
    expect(stderr.text).toBe('\r1 file read back, 10 B\u001b[K\r1,200 files read back, 3.4 MB\u001b[K\r\u001b[K');
  });

  it.each([
    ['no terminal', undefined, false],
    ['JSON', 80, true],
  ])('says nothing with %s', (_, columns, json) => {
    const { session, stderr } = sessionOn(columns, json);
    const progress = fileProgress(session, 'read back');
    progress.onProgress({ files: 1, bytes: 10 });
    progress.end();
    expect(stderr.text).toBe('');
  });
});
