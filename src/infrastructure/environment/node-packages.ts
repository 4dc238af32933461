import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * The packages in a `node_modules` folder, nested ones too, as their own `package.json` files tell: `name@version`, each
 * once, in ascending order. A link is a package, and what is in it is not ours.
 */
export async function packagesIn(modules: string): Promise<readonly string[]> {
  const found = new Set<string>();
  await collect(modules, found);
  return [...found].toSorted();
}

async function collect(modules: string, found: Set<string>): Promise<void> {
  for (const { name, isLink } of await packageFolders(modules)) {
    const folder = join(modules, name);
    const described = await describe(folder);
    if (described !== undefined) found.add(described);
    if (!isLink) await collect(join(folder, 'node_modules'), found);
  }
}

interface PackageFolder {
  /** With the scope, where there is one. */
  readonly name: string;
  readonly isLink: boolean;
}

async function packageFolders(modules: string): Promise<readonly PackageFolder[]> {
  const result: PackageFolder[] = [];
  for (const entry of await entriesOf(modules)) {
    if (entry.name.startsWith('.') || !(entry.isDirectory() || entry.isSymbolicLink())) continue;
    if (!entry.name.startsWith('@')) {
      result.push({ name: entry.name, isLink: entry.isSymbolicLink() });
      continue;
    }
    for (const scoped of await entriesOf(join(modules, entry.name))) {
      result.push({ name: `${entry.name}/${scoped.name}`, isLink: scoped.isSymbolicLink() });
    }
  }
  return result;
}

async function entriesOf(folder: string) {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return [];
    throw error;
  }
}

async function describe(folder: string): Promise<string | undefined> {
  try {
    const { name, version } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as Record<
      string,
      unknown
    >;
    return typeof name === 'string' ? `${name}@${typeof version === 'string' ? version : '0.0.0'}` : undefined;
  } catch {
    // What has no manifest, or a damaged one, is no package that is there.
    return undefined;
  }
}
