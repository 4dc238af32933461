import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What keeps npm and pip from any registry: the packages are in a folder of the test. */
export const OFFLINE = { npm_config_offline: 'true' } as const;

/** A package for npm. */
export interface LocalPackage {
  readonly name: string;
  readonly version: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly scripts?: Readonly<Record<string, string>>;
}

/**
 * Packs a package that exports its version, and has a program of its name that prints it.
 *
 * @returns what to ask for: `file:/…/a-1.0.0.tgz`
 */
export function packForNpm(folder: string, made: LocalPackage): string {
  const { name, version } = made;
  const source = join(folder, `${name}-${version}`);
  mkdirSync(source);
  writeFileSync(join(source, 'package.json'), JSON.stringify({ ...made, main: 'index.js', bin: { [name]: 'bin.js' } }));
  writeFileSync(join(source, 'index.js'), `module.exports = '${name} ${version}';\n`);
  writeFileSync(join(source, 'bin.js'), `#!/usr/bin/env node\nconsole.log(require('./index.js'));\n`);
  const packed = spawnSync('npm', ['pack', source, '--pack-destination', folder], { cwd: folder, encoding: 'utf8' });
  if (packed.status !== 0) throw new Error(packed.stderr);
  return `file:${join(folder, `${name}-${version}.tgz`)}`;
}

const WHEEL = `
import sys, zipfile
folder, name, version, needs = sys.argv[1:5]
info = f"{name}-{version}.dist-info"
with zipfile.ZipFile(f"{folder}/{name}-{version}-py3-none-any.whl", "w") as wheel:
    wheel.writestr(f"{name}.py", f"version = '{version}'\\n")
    requires = f"Requires-Dist: {needs}\\n" if needs else ""
    wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\\nName: {name}\\nVersion: {version}\\n{requires}")
    wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\\nGenerator: test\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
    files = [f"{name}.py", f"{info}/METADATA", f"{info}/WHEEL", f"{info}/RECORD"]
    wheel.writestr(f"{info}/RECORD", "".join(f"{file},,\\n" for file in files))
`;

/** Puts a wheel of a module that has its version into a folder that pip looks into. */
export function wheelForPip(folder: string, name: string, version: string, needs = ''): void {
  const built = spawnSync('python3', ['-c', WHEEL, folder, name, version, needs], { encoding: 'utf8' });
  if (built.status !== 0) throw new Error(built.stderr);
}

/** What makes pip, and uv, look for wheels there and nowhere else. */
export function onlyIn(folder: string): Readonly<Record<string, string>> {
  return { PIP_NO_INDEX: '1', PIP_FIND_LINKS: folder, UV_NO_INDEX: '1', UV_FIND_LINKS: folder };
}
