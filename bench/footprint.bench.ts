import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { quantile } from './support/measure.js';
import { report, verdict } from './support/report.js';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const RUNS = 15;

/** How heavy is the package, and how long does its command line take to start? */
export default function footprintBench(): Promise<void> {
  const bare = startUp(['-e', '0']);
  const help = startUp(['dist/interfaces/cli/main.js', '--help']);
  const library = startUp(['--input-type=module', '-e', "await import('waymark')"]);
  const pack = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
    cwd: ROOT,
    encoding: 'utf8',
    stdio: 'pipe',
  });
  const parsed = JSON.parse(pack) as { unpackedSize: number }[] | Record<string, { unpackedSize: number }>;
  const unpacked = Object.values(parsed)[0]?.unpackedSize ?? Number.NaN;
  report(
    'How heavy is it?',
    ['what', 'median', 'longest'],
    [
      ['node -e 0 (the floor)', ms(bare, 0.5), ms(bare, 1)],
      ['waymark --help', ms(help, 0.5), ms(help, 1)],
      ["import('waymark')", ms(library, 0.5), ms(library, 1)],
      ['unpacked package', `${(unpacked / 1e6).toFixed(2)} MB`, ''],
    ],
    [
      `${RUNS} processes each, from start to exit.`,
      verdict('waymark --help < 300 ms', quantile(help, 0.5) < 300),
      verdict('unpacked package < 3 MB without dependencies', unpacked < 3_000_000),
    ],
  );
  return Promise.resolve();
}

function startUp(args: readonly string[]): readonly number[] {
  return Array.from({ length: RUNS }, () => {
    const begin = performance.now();
    execFileSync(process.execPath, args, { cwd: ROOT, stdio: 'ignore' });
    return performance.now() - begin;
  });
}

function ms(values: readonly number[], share: number): string {
  return `${quantile(values, share).toFixed(0)} ms`;
}
