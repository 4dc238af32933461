import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { join } from 'node:path';

/** All that there is to see of a folder, by plain means: paths, kinds, permissions, contents, targets. */
export function pictureOf(folder: string): readonly string[] {
  return pictures(folder, '').toSorted();
}

/** A copy that nothing of Waymark has a part in. */
export function copyNaively(from: string, to: string): void {
  execFileSync('cp', ['-a', from, to]);
}

function pictures(folder: string, path: string): string[] {
  return fs.readdirSync(join(folder, path)).flatMap((name) => {
    const at = path === '' ? name : `${path}/${name}`;
    const stat = fs.lstatSync(join(folder, at));
    if (stat.isSymbolicLink()) return [`${at} -> ${fs.readlinkSync(join(folder, at))}`];
    const mode = (stat.mode & 0o777).toString(8);
    if (stat.isDirectory()) return [`${at}/ ${mode}`, ...pictures(folder, at)];
    return [`${at} ${mode} ${fs.readFileSync(join(folder, at)).toString('base64')}`];
  });
}
