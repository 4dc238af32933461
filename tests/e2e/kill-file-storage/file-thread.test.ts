import { runProgram } from '../../support/run-program.js';
import { makeTemporaryFolder } from '../../support/temporary-folder.js';

describe('the thread that works on files', () => {
  it('does not hold up the event loop, can be called off, breaks and comes again, and lets the process end', async () => {
    const folder = makeTemporaryFolder();
    const [line = ''] = await runProgram('file-thread-process.mjs', [folder.path]);
    expect(JSON.parse(line)).toStrictEqual({
      ticked: true,
      progressed: true,
      calledOff: 'called off',
      notFound: 'WAYMARK_FILE_NOT_FOUND',
      broke: 'WAYMARK_FILE_STORAGE_FAILED',
      again: true,
    });
    folder.remove();
  }, 120_000);
});
