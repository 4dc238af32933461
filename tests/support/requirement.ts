import { spawnSync } from 'node:child_process';
import { relative } from 'node:path';

/**
 * `describe` for what needs something that a machine may lack: a server, a program. Where it is missing the run says what
 * it skips and why; with `WAYMARK_REQUIRE_SERVICES=1` that is a failure.
 *
 * @param what which tests of the file need it
 * @param missing why they can't run, or `undefined` where they can
 */
export function describeWhere(what: string, missing: string | undefined): typeof describe {
  if (missing === undefined) return describe;
  if (process.env['WAYMARK_REQUIRE_SERVICES'] === '1') throw new Error(missing);
  const file = relative(process.cwd(), expect.getState().testPath ?? '');
  process.stderr.write(`Skipped in ${file}: ${what}. ${missing}\n`);
  return describe.skip;
}

/**
 * Why tests can't run that need programs, or `undefined` where they can.
 *
 * @param programs each with the argument by which it tells its version
 */
export function missingPrograms(programs: Readonly<Record<string, string>>): string | undefined {
  const missing = Object.entries(programs)
    .filter(([name, argument]) => spawnSync(name, [argument]).status !== 0)
    .map(([name]) => name);
  return missing.length === 0 ? undefined : `It needs ${missing.join(' and ')}, which is not installed.`;
}
