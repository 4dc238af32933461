import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const root = new URL('../../', import.meta.url);
const run = promisify(execFile);

describe('the README', () => {
  it('shows the embedding example as it is in examples/', async () => {
    const readme = await readFile(new URL('README.md', root), 'utf8');
    const example = await readFile(new URL('examples/embedding.ts', root), 'utf8');
    expect(readme).toContain(`\`\`\`ts\n${example}\`\`\``);
  });

  it('shows an example that fails, goes back and finishes, and whose log verifies', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'waymark-readme-'));
    try {
      const runner = new URL('examples/run.mjs', root).pathname;
      const { stdout } = await run(process.execPath, [runner, 'embedding.ts'], { cwd: folder });
      expect(stdout).toContain("status: 'completed'");
      expect(stdout).toMatch(/receipt: '120 paid \([^/]+\/pay\/1\)'/);
      expect(stdout.trimEnd().endsWith('ok')).toBe(true);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
