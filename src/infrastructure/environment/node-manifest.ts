import type { EnvironmentSpec } from '../../domain/environment/environment-spec.js';
import { WaymarkError } from '../../domain/shared/errors.js';

type Versions = Readonly<Record<string, string>>;

/** What of a `package.json` matters here. */
export interface Manifest {
  readonly private?: boolean;
  readonly dependencies?: Versions;
  readonly devDependencies?: Versions;
  readonly optionalDependencies?: Versions;
}

/** What of a `package-lock.json` matters here. */
interface Lock {
  readonly packages?: Readonly<Record<string, Manifest>>;
}

/**
 * The `package.json` of a specification: the packages that it names, with those that its lock was made for. npm refuses a
 * lock that does not fit it.
 */
export function manifestOf({ packages = {}, lock }: EnvironmentSpec): Manifest {
  const root = lock === undefined ? {} : (parseLock(lock).packages?.[''] ?? {});
  return {
    private: true,
    dependencies: { ...root.dependencies, ...packages },
    ...(root.devDependencies === undefined ? {} : { devDependencies: without(root.devDependencies, packages) }),
    ...(root.optionalDependencies === undefined
      ? {}
      : { optionalDependencies: without(root.optionalDependencies, packages) }),
  };
}

/** A `package.json` with other packages: each with a version or range, or `null` to take it away. */
export function changeManifest(manifest: Manifest, packages: Readonly<Record<string, string | null>>): Manifest {
  const kept = { ...without(manifest.dependencies ?? {}, packages) };
  for (const [name, version] of Object.entries(packages)) if (version !== null) kept[name] = version;
  return {
    ...manifest,
    dependencies: kept,
    ...(manifest.devDependencies === undefined ? {} : { devDependencies: without(manifest.devDependencies, packages) }),
    ...(manifest.optionalDependencies === undefined
      ? {}
      : { optionalDependencies: without(manifest.optionalDependencies, packages) }),
  };
}

/** A lock that says nothing of some packages, at the top. */
export function withoutLocked(text: string, names: readonly string[]): string {
  const lock = parseLock(text);
  const places = Object.fromEntries(names.map((name) => [`node_modules/${name}`, true]));
  return `${JSON.stringify({ ...lock, packages: without(lock.packages ?? {}, places) }, null, 2)}\n`;
}

function parseLock(text: string): Lock {
  try {
    const lock: unknown = JSON.parse(text);
    if (typeof lock === 'object' && lock !== null && 'packages' in lock) return lock as Lock;
  } catch {
    // Told below, for every text that is none.
  }
  throw new WaymarkError('WAYMARK_ENVIRONMENT_FAILED', 'The lock is no package-lock.json of npm 7 or later.', {
    hint: 'Give the text of package-lock.json, as npm install writes it.',
  });
}

function without<Value>(
  record: Readonly<Record<string, Value>>,
  names: Readonly<Record<string, unknown>>,
): Record<string, Value> {
  return Object.fromEntries(Object.entries(record).filter(([name]) => !Object.hasOwn(names, name)));
}
